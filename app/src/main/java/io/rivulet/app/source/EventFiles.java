package io.rivulet.app.source;

import io.rivulet.app.UserError;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** Event files, one event a line, plain or gzip. Lines stay bytes: the parser judges them. */
public final class EventFiles {
  private static final int GZIP_MAGIC = 0x1f8b;
  private static final int BUFFER = 1 << 16;

  private EventFiles() {}

  /**
   * The files' absolute paths in the order of their names.
   *
   * @throws UserError if one doesn't exist
   */
  public static List<String> resolve(List<Path> files) {
    if (files.isEmpty()) {
      throw new UserError("No event files given");
    }
    for (Path file : files) {
      if (!Files.isReadable(file) || Files.isDirectory(file)) {
        throw new UserError("Can't read the event file " + file + "; is the path right?");
      }
    }
    return files.stream()
        .map(file -> file.toAbsolutePath().normalize().toString())
        .distinct()
        .sorted()
        .toList();
  }

  /** Whether a file is gzip, by its content. */
  public static boolean isGzip(String file) {
    try (InputStream in = open(file)) {
      return startsWithGzip(in);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't read " + file, e);
    }
  }

  private static InputStream open(String file) throws IOException {
    return new BufferedInputStream(Files.newInputStream(Path.of(file)), BUFFER);
  }

  private static boolean startsWithGzip(InputStream in) throws IOException {
    in.mark(2);
    int magic = in.read() << 8 | in.read();
    in.reset();
    return magic == GZIP_MAGIC;
  }

  /** All lines of the files, one file after the other. */
  public static Iterator<byte[]> lines(List<String> files) {
    return new Iterator<>() {
      private final Iterator<String> left = files.iterator();
      private Lines current;
      private byte[] next;

      @Override
      public boolean hasNext() {
        while (next == null) {
          if (current != null) {
            next = current.next();
          }
          if (next == null) {
            if (current != null) {
              current.close();
            }
            if (!left.hasNext()) {
              current = null;
              return false;
            }
            current = Lines.open(left.next());
          }
        }
        return true;
      }

      @Override
      public byte[] next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        byte[] line = next;
        next = null;
        return line;
      }
    };
  }

  /** The lines of one file. */
  static final class Lines implements AutoCloseable {
    private final String file;
    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER];
    private int position;
    private int limit;
    private long number;

    private Lines(String file, InputStream in) {
      this.file = file;
      this.in = in;
    }

    static Lines open(String file) {
      try {
        InputStream raw = EventFiles.open(file);
        return new Lines(file, startsWithGzip(raw) ? new GZIPInputStream(raw, BUFFER) : raw);
      } catch (IOException e) {
        throw new UncheckedIOException("Can't read " + file, e);
      }
    }

    String file() {
      return file;
    }

    /** Number of the line that comes next, from 0. */
    long number() {
      return number;
    }

    /** The next line without its end, or null after the last. */
    byte[] next() {
      ByteArrayOutputStream line = new ByteArrayOutputStream(256);
      boolean any = false;
      try {
        while (true) {
          if (position == limit) {
            limit = in.read(buffer, 0, BUFFER);
            position = 0;
            if (limit < 0) {
              limit = 0;
              return any ? finish(line) : null;
            }
          }
          any = true;
          int from = position;
          while (position < limit && buffer[position] != '\n') {
            position++;
          }
          line.write(buffer, from, position - from);
          if (position < limit) {
            position++;
            return finish(line);
          }
        }
      } catch (EOFException | ZipException e) {
        throw new UserError(file + " is damaged after line " + number + ": " + e.getMessage(), e);
      } catch (IOException e) {
        throw new UncheckedIOException("Can't read " + file + " after line " + number, e);
      }
    }

    private byte[] finish(ByteArrayOutputStream line) {
      number++;
      byte[] bytes = line.toByteArray();
      boolean carriageReturn = bytes.length > 0 && bytes[bytes.length - 1] == '\r';
      return carriageReturn ? java.util.Arrays.copyOf(bytes, bytes.length - 1) : bytes;
    }

    @Override
    public void close() {
      try {
        in.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
