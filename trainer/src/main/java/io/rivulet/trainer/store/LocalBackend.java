package io.rivulet.trainer.store;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.nio.file.StandardOpenOption;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** A local disk: a hard link fails if its name is taken. */
final class LocalBackend extends Backend {
  private static final int BUFFER_BYTES = 1 << 16;

  LocalBackend(FileSystem fs) {
    super(fs);
  }

  @Override
  boolean putIfAbsent(Path file, byte[] content) throws IOException {
    return putByTemporary(
        file,
        content,
        (temporary, name) -> {
          Files.createLink(local(name), local(temporary));
          forceName(name);
        });
  }

  @Override
  NewFile create(Path file) throws IOException {
    // Another implementation for local paths was set on purpose.
    boolean hadoopsOwn = fs.getClass() == RawLocalFileSystem.class;
    return hadoopsOwn ? new NewLocalFile(local(file)) : super.create(file);
  }

  @Override
  void forceName(Path file) throws IOException {
    try (FileChannel directory =
        FileChannel.open(local(file.getParent()), StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  private static java.nio.file.Path local(Path path) {
    return Paths.get(path.toUri());
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
}
