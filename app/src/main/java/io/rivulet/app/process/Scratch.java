package io.rivulet.app.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A directory that goes when the benchmark is done. */
public final class Scratch implements AutoCloseable {
  private final Path directory;

  private Scratch(Path directory) {
    this.directory = directory;
  }

  /** A new directory where temporary files are kept. */
  public static Scratch create() {
    try {
      return new Scratch(Files.createTempDirectory("rivulet-bench"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A new directory in {@code parent}, which must exist. */
  public static Scratch in(Path parent) {
    try {
      return new Scratch(Files.createTempDirectory(parent, "rivulet-bench"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Path resolve(String name) {
    return directory.resolve(name);
  }

  @Override
  public void close() {
    try (Stream<Path> all = Files.walk(directory)) {
      List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
      for (Path path : deepestFirst) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
