package io.rivulet.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rivulet.app.generate.ClickGenerator;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.StoreException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.launcher.JavaModuleOptions;

/** Runs commands as a user would, in this process or in one of their own. */
final class Rivulet {
  /** A net small enough for tests; everything else is as shipped. */
  static final List<String> SMALL =
      List.of(
          "--set", "emb_dim=4",
          "--set", "deep_layer_dim=[16, 8]",
          "--set", "batch_size=50",
          "--set", "window.flush_seconds=1");

  private Rivulet() {}

  /** What a command printed, and its exit code. */
  record Result(int code, String out, String err) {
    String lastLine() {
      return out.strip().substring(out.strip().lastIndexOf('\n') + 1);
    }

    JsonNode json() {
      try {
        return new ObjectMapper().readTree(lastLine());
      } catch (IOException e) {
        throw new UncheckedIOException("Not JSON: " + lastLine(), e);
      }
    }

    /** The SHA-256 that store show prints. */
    String sha256() {
      return out.lines()
          .filter(line -> line.startsWith("sha256"))
          .map(line -> line.substring("sha256".length()).strip())
          .findFirst()
          .orElseThrow(() -> new AssertionError(out + err));
    }
  }

  /** Runs a command in this process. */
  static Result run(List<String> args) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
    ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(outBytes, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(errBytes, true, StandardCharsets.UTF_8));
    int code;
    try {
      code = Main.execute(args.toArray(String[]::new));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
    return new Result(
        code, outBytes.toString(StandardCharsets.UTF_8), errBytes.toString(StandardCharsets.UTF_8));
  }

  static Result run(String... args) {
    return run(List.of(args));
  }

  /** Runs a command that must succeed. */
  static Result succeed(List<String> args) {
    Result result = run(args);
    if (result.code != 0) {
      throw new AssertionError(args + " failed:\n" + result.err + result.out);
    }
    return result;
  }

  static Result succeed(String... args) {
    return succeed(List.of(args));
  }

  /** Starts a command in a JVM of its own; its output goes to {@code log}. */
  static Process start(Path log, List<String> args) throws IOException {
    return start(log, Path.of("").toAbsolutePath(), List.of(), args);
  }

  /** As above, in another working directory and with more options for the JVM. */
  static Process start(Path log, Path directory, List<String> jvmOptions, List<String> args)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx1g", "-XX:TieredStopAtLevel=1"));
    System.getProperties()
        .forEach(
            (name, value) -> {
              if (name.toString().startsWith("spark.")) {
                command.add("-D" + name + "=" + value);
              }
            });
    // As submit/rivulet has it.
    Path logging = Path.of("..", "conf", "log4j2.properties").toAbsolutePath().normalize();
    command.add("-Dlog4j2.configurationFile=" + logging.toUri());
    command.addAll(jvmOptions);
    command.addAll(List.of(JavaModuleOptions.defaultModuleOptions().split(" ")));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(args);
    return new ProcessBuilder(command)
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  /** The newest version of a store; empty where there is none yet, or no store. */
  static Optional<Manifest> newest(String store) {
    try {
      return ModelStore.open(store, new Configuration()).newest();
    } catch (StoreException notYet) {
      return Optional.empty();
    }
  }

  /** Made-up events as lines. */
  static List<String> clicks(int rows) {
    ClickGenerator generator = new ClickGenerator(7, 0);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      lines.add(generator.click(i).line());
    }
    return lines;
  }

  static Path write(Path file, List<String> lines) throws IOException {
    return Files.write(file, lines);
  }

  @SafeVarargs
  static List<String> args(List<String>... parts) {
    List<String> all = new ArrayList<>();
    for (List<String> part : parts) {
      all.addAll(part);
    }
    return all;
  }
}
