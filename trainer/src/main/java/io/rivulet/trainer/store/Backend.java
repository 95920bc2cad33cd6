package io.rivulet.trainer.store;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * How files are made on one kind of file system, with put-if-absent as it can do it atomically.
 * Everything else about files is the same on all that Hadoop knows.
 */
abstract class Backend {
  final FileSystem fs;

  Backend(FileSystem fs) {
    this.fs = fs;
  }

  /** The backend of a file system, by its scheme. */
  static Backend of(FileSystem fs, Configuration hadoop) {
    return switch (fs.getUri().getScheme()) {
      case "file" -> new LocalBackend(fs);
      case "hdfs" -> new HdfsBackend(fs, hadoop);
      case "s3a" -> new S3Backend(fs);
      default -> new ReadOnlyBackend(fs);
    };
  }

  /**
   * This backend, or the one to write a store with.
   *
   * @param root of the store
   * @param singleWriter whether the user sees to it that no second process writes
   * @throws StoreException if a commit wouldn't be atomic
   */
  Backend forWriting(Path root, boolean singleWriter) throws IOException {
    return this;
  }

  /** Creates a file with its whole content; false, and nothing done, if it is there already. */
  abstract boolean putIfAbsent(Path file, byte[] content) throws IOException;

  /** Opens a file for writing, in place of one that may be there. */
  NewFile create(Path file) throws IOException {
    return new NewHadoopFile(fs.create(file, true), appends());
  }

  /** Makes a new name survive a power failure. */
  void forceName(Path file) throws IOException {}

  /** Whether a file can grow; one that can't is there when it is closed, whole. */
  boolean appends() {
    return true;
  }

  /** A file that is being written. */
  interface NewFile extends Closeable {
    OutputStream stream();

    /** Brings what was written to the disk; its length in bytes. */
    long sync() throws IOException;
  }

  /**
   * By Hadoop.
   *
   * @param syncs whether the file is there before it is closed
   */
  private record NewHadoopFile(FSDataOutputStream stream, boolean syncs) implements NewFile {
    @Override
    public long sync() throws IOException {
      if (syncs) {
        stream.hsync();
      }
      return stream.getPos();
    }

    @Override
    public void close() throws IOException {
      stream.close();
    }
  }

  /** Gives a file a second or another name, unless that is taken. */
  interface Publication {
    void publish(Path temporary, Path file) throws IOException;
  }

  /** Puts a file by way of a temporary one beside it. */
  final boolean putByTemporary(Path file, byte[] content, Publication publication)
      throws IOException {
    Path temporary = new Path(file.getParent(), file.getName() + "." + UUID.randomUUID());
    try (NewFile out = create(temporary)) {
      out.stream().write(content);
      out.sync();
    }
    try {
      publication.publish(temporary, file);
      return true;
    } catch (FileAlreadyExistsException | java.nio.file.FileAlreadyExistsException e) {
      return false;
    } finally {
      fs.delete(temporary, false);
    }
  }

  /** Of file systems of which it isn't known how to commit. */
  private static final class ReadOnlyBackend extends Backend {
    ReadOnlyBackend(FileSystem fs) {
      super(fs);
    }

    @Override
    Backend forWriting(Path root, boolean singleWriter) {
      throw new StoreException(
          "A store on "
              + fs.getUri().getScheme()
              + " can't commit atomically; set store.path to a directory on a local disk, HDFS or"
              + " S3 (s3a://)");
    }

    @Override
    boolean putIfAbsent(Path file, byte[] content) {
      throw new UnsupportedOperationException(file.toString());
    }
  }
}
