package io.rivulet.trainer.store;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Options.Rename;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/**
 * The few operations on files that a store needs, with put-if-absent as each file system can do it
 * atomically: a hard link on a local disk, rename without overwrite on HDFS.
 */
final class StoreFiles {
  private static final String LOCAL = "file";
  private static final int MAX_TEXT_BYTES = 64 << 20;
  private static final int BUFFER_BYTES = 1 << 16;

  private final FileSystem fs;
  private final Path root;
  private final Configuration hadoop;

  StoreFiles(String location, Configuration hadoop) {
    Path path = new Path(location);
    FileSystem found;
    try {
      found = path.getFileSystem(hadoop);
    } catch (IOException e) {
      throw new StoreException("Can't use store.path " + location + ": " + e.getMessage(), e);
    }
    // The checksummed local file system would add a .crc file to each of ours.
    this.fs = found instanceof LocalFileSystem local ? local.getRaw() : found;
    this.root = fs.makeQualified(path);
    this.hadoop = hadoop;
  }

  Configuration hadoop() {
    return hadoop;
  }

  Path root() {
    return root;
  }

  /** Refuses file systems on which a commit wouldn't be atomic. */
  void requireAtomicCommit() {
    String scheme = root.toUri().getScheme();
    if (!scheme.equals(LOCAL) && !scheme.equals("hdfs")) {
      throw new StoreException(
          "A store on "
              + scheme
              + " can't commit atomically yet; set store.path to a local or HDFS directory");
    }
  }

  interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /** Writes a file, through to the disk. */
  DataFile write(String path, Content content) throws IOException {
    MessageDigest digest = sha256();
    long bytes;
    Path file = new Path(root, path);
    try (NewFile out = create(file)) {
      DigestOutputStream digested = new DigestOutputStream(out.stream(), digest);
      content.writeTo(digested);
      digested.flush();
      bytes = out.sync();
    }
    if (local()) {
      forceDirectory(local(file.getParent()));
    }
    return new DataFile(path, bytes, HexFormat.of().formatHex(digest.digest()));
  }

  /** Writes what {@code in} holds to any file of a store. */
  void copy(InputStream in, String path) throws IOException {
    try (NewFile out = create(new Path(root, path))) {
      in.transferTo(out.stream());
      out.sync();
    }
  }

  /** A file that is being written, in place of one that may be there. */
  private interface NewFile extends Closeable {
    OutputStream stream();

    /** Brings what was written to the disk; its length in bytes. */
    long sync() throws IOException;
  }

  private NewFile create(Path file) throws IOException {
    // Another implementation for local paths was set on purpose.
    boolean hadoopsOwn = local() && fs.getClass() == RawLocalFileSystem.class;
    return hadoopsOwn ? new NewLocalFile(local(file)) : new NewHadoopFile(fs.create(file, true));
  }

  private record NewHadoopFile(FSDataOutputStream stream) implements NewFile {
    @Override
    public long sync() throws IOException {
      stream.hsync();
      return stream.getPos();
    }

    @Override
    public void close() throws IOException {
      stream.close();
    }
  }

  /** Without Hadoop, which starts a process for the permissions of each file that it creates. */
  private static final class NewLocalFile implements NewFile {
    private final FileOutputStream file;
    private final OutputStream stream;

    NewLocalFile(java.nio.file.Path path) throws IOException {
      Files.createDirectories(path.getParent());
      file = new FileOutputStream(path.toFile());
      stream = new BufferedOutputStream(file, BUFFER_BYTES);
    }

    @Override
    public OutputStream stream() {
      return stream;
    }

    @Override
    public long sync() throws IOException {
      stream.flush();
      file.getFD().sync();
      return file.getChannel().position();
    }

    @Override
    public void close() throws IOException {
      stream.close();
    }
  }

  /** Creates a file with its whole content; false, and nothing done, if it is there already. */
  boolean putIfAbsent(String path, byte[] content) throws IOException {
    Path target = new Path(root, path);
    Path temporary = new Path(target.getParent(), target.getName() + "." + UUID.randomUUID());
    try (NewFile out = create(temporary)) {
      out.stream().write(content);
      out.sync();
    }
    try {
      if (local()) {
        Files.createLink(local(target), local(temporary));
        forceDirectory(local(target.getParent()));
      } else {
        FileContext.getFileContext(root.toUri(), hadoop).rename(temporary, target, Rename.NONE);
      }
      return true;
    } catch (FileAlreadyExistsException | org.apache.hadoop.fs.FileAlreadyExistsException e) {
      return false;
    } finally {
      fs.delete(temporary, false);
    }
  }

  private boolean local() {
    return root.toUri().getScheme().equals(LOCAL);
  }

  private static java.nio.file.Path local(Path path) {
    return Paths.get(path.toUri());
  }

  /** Makes a new name survive a power failure. */
  private static void forceDirectory(java.nio.file.Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  void append(String path, String line) throws IOException {
    Path file = new Path(root, path);
    try (FSDataOutputStream out = fs.exists(file) ? fs.append(file) : fs.create(file, false)) {
      out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  /** The content of a small file. */
  byte[] read(String path) throws IOException {
    Path file = new Path(root, path);
    long bytes = fs.getFileStatus(file).getLen();
    if (bytes > MAX_TEXT_BYTES) {
      throw new StoreException(file + " has " + bytes + " bytes, more than such a file can have");
    }
    try (InputStream in = fs.open(file)) {
      return in.readAllBytes();
    }
  }

  InputStream open(String path) throws IOException {
    return fs.open(new Path(root, path));
  }

  /** Length of a file, or -1 where there is none. */
  long length(String path) throws IOException {
    try {
      return fs.getFileStatus(new Path(root, path)).getLen();
    } catch (FileNotFoundException e) {
      return -1;
    }
  }

  /** Names in a folder, sorted; none if it doesn't exist. */
  List<String> list(String folder) throws IOException {
    try {
      return Arrays.stream(fs.listStatus(new Path(root, folder)))
          .filter(FileStatus::isFile)
          .map(status -> status.getPath().getName())
          .sorted()
          .toList();
    } catch (FileNotFoundException e) {
      return List.of();
    }
  }

  void delete(String path) throws IOException {
    fs.delete(new Path(root, path), false);
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
