package io.rivulet.trainer.store;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** A local disk: a hard link fails if its name is taken. */
final class LocalBackend extends Backend {
  private static final int BLOCK_BYTES = 1 << 20;

  /** At least that of the disk's blocks. */
  private static final int ALIGNMENT = 4096;

  /** The block of the last file, for the next one. */
  private final AtomicReference<ByteBuffer> spare = new AtomicReference<>();

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

  /**
   * Without Hadoop, which starts a process for the permissions of each file that it creates, and
   * where the file system can do it (O_DIRECT) past its page cache: what is brought to the disk at
   * once needs no copy there, which takes longer than the SHA-256 where pages are fresh to a
   * virtual machine, and pushes out what others read.
   */
  private final class NewLocalFile extends OutputStream implements NewFile {
    private final java.nio.file.Path path;
    private final FileChannel file;
    private final ByteBuffer block;

    /** The same file past the page cache; null before the first block, and where it can't be. */
    private FileChannel direct;

    private boolean tryDirect = true;
    private long written;

    NewLocalFile(java.nio.file.Path path) throws IOException {
      Files.createDirectories(path.getParent());
      this.path = path;
      file =
          FileChannel.open(
              path,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE);
      ByteBuffer left = spare.getAndSet(null);
      block =
          left == null
              ? ByteBuffer.allocateDirect(BLOCK_BYTES + ALIGNMENT - 1).alignedSlice(ALIGNMENT)
              : left;
      block.clear().limit(BLOCK_BYTES);
    }

    @Override
    public OutputStream stream() {
      return this;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      for (int done = 0; done < length; ) {
        int n = Math.min(length - done, block.remaining());
        block.put(bytes, from + done, n);
        done += n;
        if (!block.hasRemaining()) {
          drain();
        }
      }
    }

    /** Writes the block: what is aligned of a long file directly. */
    private void drain() throws IOException {
      boolean isLong = written > 0 || !block.hasRemaining();
      block.flip();
      int end = block.limit();
      if (isLong && tryDirect) {
        block.limit(end / ALIGNMENT * ALIGNMENT);
        drainDirectly();
        block.limit(end);
      }
      while (block.hasRemaining()) {
        written += file.write(block, written);
      }
      block.clear().limit(BLOCK_BYTES);
    }

    private void drainDirectly() {
      try {
        if (direct == null) {
          direct = FileChannel.open(path, StandardOpenOption.WRITE, ExtendedOpenOption.DIRECT);
        }
        while (block.hasRemaining()) {
          written += direct.write(block, written);
        }
      } catch (IOException | UnsupportedOperationException e) {
        // What is left goes the common way, which fails with the reason if that can't be either.
        tryDirect = false;
      }
    }

    @Override
    public long sync() throws IOException {
      drain();
      file.force(true);
      return written;
    }

    @Override
    public void close() throws IOException {
      if (!file.isOpen()) {
        return;
      }
      spare.set(block);
      try {
        if (direct != null) {
          direct.close();
        }
      } finally {
        file.close();
      }
    }
  }
}
