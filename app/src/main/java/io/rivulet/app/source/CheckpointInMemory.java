package io.rivulet.app.source;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PathFilter;
import org.apache.hadoop.fs.PositionedReadable;
import org.apache.hadoop.fs.Seekable;
import org.apache.spark.sql.execution.streaming.CheckpointFileManager;
import org.apache.spark.sql.execution.streaming.CheckpointFileManager.CancellableFSDataOutputStream;

/**
 * Keeps the logs of Spark's streaming queries in this process's memory. Where to go on is the model
 * store's to say, and a query never outlives its process; so nobody ever reads these logs again,
 * and writing them to a disk would cost more than planning a small window.
 *
 * <p>Spark makes instances by name: {@code spark.sql.streaming.checkpointFileManagerClass}. All
 * share one memory, since each log of a query has an instance of its own.
 */
public final class CheckpointInMemory implements CheckpointFileManager {
  private static final Map<String, byte[]> FILES = new ConcurrentHashMap<>();

  private final Path root;

  /** What Spark calls. */
  public CheckpointInMemory(Path root, Configuration ignored) {
    this.root = root;
  }

  /** Content of a file of a query's checkpoint. */
  static byte[] read(Path file) throws FileNotFoundException {
    byte[] content = FILES.get(key(file));
    if (content == null) {
      throw new FileNotFoundException(file + " is not among the checkpoints in memory");
    }
    return content;
  }

  /** Forgets a query's checkpoint. */
  static void forget(Path checkpoint) {
    String key = key(checkpoint);
    FILES.keySet().removeIf(name -> name.equals(key) || name.startsWith(key + Path.SEPARATOR));
  }

  private static String key(Path path) {
    return Path.getPathWithoutSchemeAndAuthority(path).toString();
  }

  @Override
  public CancellableFSDataOutputStream createAtomic(Path path, boolean overwrite) {
    if (!overwrite && exists(path)) {
      throw undeclared(new FileAlreadyExistsException(path + " is there already"));
    }
    return new AtomicOutput(path, overwrite, new ByteArrayOutputStream());
  }

  /** A file that is there when its stream is closed. */
  private static final class AtomicOutput extends CancellableFSDataOutputStream {
    private final Path path;
    private final boolean overwrite;
    private final ByteArrayOutputStream content;
    private boolean ended;

    AtomicOutput(Path path, boolean overwrite, ByteArrayOutputStream content) {
      super(content);
      this.path = path;
      this.overwrite = overwrite;
      this.content = content;
    }

    @Override
    public void close() throws IOException {
      if (ended) {
        return;
      }
      ended = true;
      super.close();
      if (overwrite) {
        FILES.put(key(path), content.toByteArray());
      } else if (FILES.putIfAbsent(key(path), content.toByteArray()) != null) {
        throw new FileAlreadyExistsException(path + " is there already");
      }
    }

    @Override
    public void cancel() {
      ended = true;
    }
  }

  @Override
  public FSDataInputStream open(Path path) {
    try {
      return new FSDataInputStream(new Content(read(path)));
    } catch (FileNotFoundException e) {
      throw undeclared(e);
    }
  }

  /** Spark's interface, written in Scala, declares no exception, but Spark expects these. */
  @SuppressWarnings("unchecked")
  private static <E extends Exception> RuntimeException undeclared(IOException e) throws E {
    throw (E) e;
  }

  /** Bytes as Hadoop reads them. */
  private static final class Content extends ByteArrayInputStream
      implements Seekable, PositionedReadable {

    Content(byte[] bytes) {
      super(bytes);
    }

    @Override
    public void seek(long position) throws IOException {
      if (position < 0 || position > count) {
        throw new EOFException("No position " + position + " in " + count + " bytes");
      }
      pos = (int) position;
    }

    @Override
    public long getPos() {
      return pos;
    }

    @Override
    public boolean seekToNewSource(long position) {
      return false;
    }

    @Override
    public int read(long position, byte[] into, int offset, int length) {
      if (position < 0 || position >= count) {
        return -1;
      }
      int n = Math.min(length, count - (int) position);
      System.arraycopy(buf, (int) position, into, offset, n);
      return n;
    }

    @Override
    public void readFully(long position, byte[] into, int offset, int length) throws IOException {
      if (read(position, into, offset, length) < length) {
        throw new EOFException("Fewer than " + length + " bytes from " + position + " on");
      }
    }

    @Override
    public void readFully(long position, byte[] into) throws IOException {
      readFully(position, into, 0, into.length);
    }
  }

  @Override
  public FileStatus[] list(Path folder, PathFilter filter) {
    String prefix = key(folder) + Path.SEPARATOR;
    return FILES.entrySet().stream()
        .filter(file -> isIn(prefix, file.getKey()))
        .map(
            file -> new FileStatus(file.getValue().length, false, 1, 1, 0, new Path(file.getKey())))
        .filter(status -> filter.accept(status.getPath()))
        .toArray(FileStatus[]::new);
  }

  private static boolean isIn(String prefix, String name) {
    return name.startsWith(prefix) && name.indexOf(Path.SEPARATOR_CHAR, prefix.length()) < 0;
  }

  @Override
  public void mkdirs(Path path) {
    // A folder is there as soon as a file is in it.
  }

  @Override
  public boolean exists(Path path) {
    String key = key(path);
    return FILES.keySet().stream()
        .anyMatch(name -> name.equals(key) || name.startsWith(key + Path.SEPARATOR));
  }

  @Override
  public void delete(Path path) {
    forget(path);
  }

  @Override
  public boolean isLocal() {
    return true;
  }

  @Override
  public Path createCheckpointDirectory() {
    return root;
  }
}
