package io.rivulet.app.fuzz;

import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PositionedReadable;
import org.apache.hadoop.fs.Seekable;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/** Files in memory, to be read only, so that a million damaged stores take minutes. */
public final class MemoryFileSystem extends FileSystem {
  private static final String SCHEME = "rivulet-fuzz";
  private static final String ROOT = "/store/";

  /** Where the files are. */
  static final String LOCATION = SCHEME + "://" + ROOT.substring(0, ROOT.length() - 1);

  private Map<String, byte[]> files = Map.of();

  /** A configuration that knows this file system. */
  static Configuration configuration() {
    Configuration hadoop = new Configuration();
    hadoop.setClass("fs." + SCHEME + ".impl", MemoryFileSystem.class, FileSystem.class);
    return hadoop;
  }

  /** The one that Hadoop gives everyone for {@link #LOCATION}. */
  static MemoryFileSystem shared(Configuration hadoop) {
    try {
      return (MemoryFileSystem) FileSystem.get(URI.create(LOCATION), hadoop);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Replaces all files; by path below {@link #LOCATION}. */
  void hold(Map<String, byte[]> content) {
    files = content;
  }

  @Override
  public URI getUri() {
    return URI.create(SCHEME + ":///");
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  private static String name(Path path) {
    String name = path.toUri().getPath();
    return name.startsWith(ROOT) ? name.substring(ROOT.length()) : name;
  }

  private byte[] content(Path path) throws FileNotFoundException {
    byte[] content = files.get(name(path));
    if (content == null) {
      throw new FileNotFoundException(path.toString());
    }
    return content;
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    return new FSDataInputStream(new Content(content(path)));
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    return new FileStatus(content(path).length, false, 1, 1, 0, path);
  }

  @Override
  public FileStatus[] listStatus(Path folder) throws IOException {
    String prefix = name(folder) + "/";
    List<FileStatus> found = new ArrayList<>();
    for (String name : files.keySet()) {
      if (name.startsWith(prefix)) {
        found.add(getFileStatus(new Path(folder, name.substring(prefix.length()))));
      }
    }
    return found.toArray(FileStatus[]::new);
  }

  @Override
  public Path getWorkingDirectory() {
    return new Path("/");
  }

  @Override
  public void setWorkingDirectory(Path directory) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FSDataOutputStream append(Path path, int bufferSize, Progressable progress) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean rename(Path from, Path to) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean delete(Path path, boolean recursive) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean mkdirs(Path path, FsPermission permission) {
    throw new UnsupportedOperationException();
  }

  /** What Hadoop asks of a stream. */
  private static final class Content extends ByteArrayInputStream
      implements Seekable, PositionedReadable {
    Content(byte[] content) {
      super(content);
    }

    @Override
    public void seek(long position) {
      pos = (int) Math.min(position, count);
    }

    @Override
    public long getPos() {
      return pos;
    }

    @Override
    public boolean seekToNewSource(long target) {
      return false;
    }

    @Override
    public int read(long position, byte[] buffer, int offset, int length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void readFully(long position, byte[] buffer, int offset, int length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void readFully(long position, byte[] buffer) {
      throw new UnsupportedOperationException();
    }
  }
}
