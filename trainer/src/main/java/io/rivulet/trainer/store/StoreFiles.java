package io.rivulet.trainer.store;

import io.rivulet.trainer.store.Backend.NewFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.util.VersionInfo;

/** The few operations on files that a store needs. */
final class StoreFiles {
  private static final int MAX_TEXT_BYTES = 64 << 20;

  private final FileSystem fs;
  private final Path root;
  private final Configuration hadoop;
  private final Backend backend;

  /** Files to read, or to copy to. */
  StoreFiles(String location, Configuration hadoop) {
    Path path = new Path(location);
    this.fs = fileSystem(path, hadoop);
    this.root = fs.makeQualified(path);
    this.hadoop = hadoop;
    this.backend = Backend.of(fs, hadoop);
  }

  private StoreFiles(StoreFiles files, Backend backend) {
    this.fs = files.fs;
    this.root = files.root;
    this.hadoop = files.hadoop;
    this.backend = backend;
  }

  /**
   * Files to write to.
   *
   * @param singleWriter whether no second process can write
   * @throws StoreException if a commit wouldn't be atomic
   */
  static StoreFiles forWriting(String location, Configuration hadoop, boolean singleWriter)
      throws IOException {
    StoreFiles files = new StoreFiles(location, hadoop);
    return new StoreFiles(files, files.backend.forWriting(files.root, singleWriter));
  }

  private static FileSystem fileSystem(Path path, Configuration hadoop) {
    try {
      FileSystem found = path.getFileSystem(hadoop);
      // The checksummed local file system would add a .crc file to each of ours.
      return found instanceof LocalFileSystem local ? local.getRaw() : found;
    } catch (IOException e) {
      throw new StoreException("Can't use store.path " + path + ": " + e.getMessage(), e);
    } catch (RuntimeException | NoClassDefFoundError e) {
      if (e instanceof NoClassDefFoundError || e.getCause() instanceof ClassNotFoundException) {
        throw new StoreException(
            "store.path "
                + path
                + " needs Hadoop's S3A, which is not on the class path; add --packages"
                + " org.apache.hadoop:hadoop-aws:"
                + VersionInfo.getVersion()
                + " to spark-submit",
            e);
      }
      throw e;
    }
  }

  Configuration hadoop() {
    return hadoop;
  }

  Path root() {
    return root;
  }

  interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /** Writes a file, through to the disk. */
  DataFile write(String path, Content content) throws IOException {
    MessageDigest digest = sha256();
    long bytes;
    Path file = new Path(root, path);
    try (NewFile out = backend.create(file)) {
      DigestOutputStream digested = new DigestOutputStream(out.stream(), digest);
      content.writeTo(digested);
      digested.flush();
      bytes = out.sync();
    }
    backend.forceName(file);
    return new DataFile(path, bytes, HexFormat.of().formatHex(digest.digest()));
  }

  /** Writes what {@code in} holds to any file of a store. */
  void copy(InputStream in, String path) throws IOException {
    try (NewFile out = backend.create(new Path(root, path))) {
      in.transferTo(out.stream());
      out.sync();
    }
  }

  /** Creates a file with its whole content; false, and nothing done, if it is there already. */
  boolean putIfAbsent(String path, byte[] content) throws IOException {
    return backend.putIfAbsent(new Path(root, path), content);
  }

  /** Whether {@link #append} is possible. */
  boolean appends() {
    return backend.appends();
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
