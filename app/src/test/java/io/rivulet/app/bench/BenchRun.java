package io.rivulet.app.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine;

/** Runs {@code rivulet bench …} in this process. */
final class BenchRun {
  /** A tower that is trained in no time. */
  private static final List<String> SMALL = List.of("--set", "deep_layer_dim=[8]");

  private BenchRun() {}

  /** The objects that a benchmark prints; what it throws is thrown. */
  static List<JsonNode> of(String command, String... more) {
    List<String> args = new ArrayList<>(List.of(command.split(" ")));
    args.addAll(List.of(more));
    args.addAll(SMALL);
    AtomicReference<Exception> failure = new AtomicReference<>();
    PrintStream out = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    int code;
    try {
      code =
          new CommandLine(new BenchCommand())
              .setExecutionExceptionHandler(
                  (e, line, parsed) -> {
                    failure.set(e);
                    return 1;
                  })
              .execute(args.toArray(String[]::new));
    } finally {
      System.setOut(out);
    }
    if (failure.get() instanceof RuntimeException e) {
      throw e;
    }
    if (code != 0) {
      throw new AssertionError("Exit code " + code, failure.get());
    }
    return bytes.toString(StandardCharsets.UTF_8).lines().map(BenchRun::json).toList();
  }

  static JsonNode json(String line) {
    try {
      return new ObjectMapper().readTree(line);
    } catch (IOException e) {
      throw new UncheckedIOException("Not JSON: " + line, e);
    }
  }

  /** The names of an object's fields, in order. */
  static List<String> fields(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  /** A program that stands in the place of Python. */
  static Path program(Path directory, String... lines) throws IOException {
    Path file = directory.resolve("python");
    Files.write(file, List.of("#!/bin/sh", String.join("\n", lines)));
    if (!file.toFile().setExecutable(true)) {
      throw new IOException("Can't make " + file + " executable");
    }
    return file;
  }
}
