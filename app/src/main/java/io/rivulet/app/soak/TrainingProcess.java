package io.rivulet.app.soak;

import io.rivulet.app.UserError;
import io.rivulet.app.process.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;

/** A {@code train} in a JVM of its own, with executors in this JVM or in further ones. */
final class TrainingProcess implements AutoCloseable {
  private static final int EXECUTORS = 2;
  private static final int EXECUTOR_MB = 1024;
  private static final String JAVA = "/java";
  private static final String OPENED = "Going on from version";

  private final Process process;
  private final Thread reader;
  private final Path log;
  private final long startedAt = System.nanoTime();
  private volatile long openedAt;

  private TrainingProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
    this.reader = new Thread(this::copyOutput, "rivulet-soak-output");
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * Starts a training.
   *
   * @param options for its JVM, besides this one's
   * @param home a directory that stands in for Spark's own, where there is none
   * @param log takes what the process prints
   */
  static TrainingProcess start(List<String> options, Path home, Path log, List<String> arguments) {
    ProcessBuilder builder =
        new ProcessBuilder(ChildJvm.command(ChildJvm.MAIN, options, arguments))
            .redirectErrorStream(true);
    builder.environment().putAll(environment(home));
    try {
      Files.createDirectories(home.resolve("jars"));
      return new TrainingProcess(builder.start(), log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What Spark's scripts set for a cluster on this machine. */
  static Map<String, String> environment(Path home) {
    return Map.of(
        "SPARK_HOME", home.toString(),
        "SPARK_SCALA_VERSION", "2.12",
        "SPARK_LOCAL_IP", "127.0.0.1");
  }

  /** Options for executors in the training's own JVM. */
  static List<String> withoutExecutors() {
    return List.of("-Xmx1g", "-Dspark.ui.enabled=false");
  }

  /** Options for executors of a cluster, in JVMs of their own. */
  static List<String> withExecutors(String master) {
    return List.of(
        "-Xmx1g",
        "-Dspark.ui.enabled=false",
        "-Dspark.master=" + master,
        "-Dspark.executor.memory=" + EXECUTOR_MB + "m",
        "-Dspark.executor.extraJavaOptions=" + ChildJvm.archiveOption(),
        "-Dspark.executor.extraClassPath=" + ChildJvm.classPath());
  }

  /** Options for executors of a cluster of the training's own. */
  static List<String> withExecutors() {
    return withExecutors("local-cluster[" + EXECUTORS + ",1," + EXECUTOR_MB + "]");
  }

  private void copyOutput() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        Writer out =
            Files.newBufferedWriter(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      String line;
      while ((line = lines.readLine()) != null) {
        if (line.startsWith(OPENED) && openedAt == 0) {
          openedAt = System.nanoTime();
        }
        out.append(line).append('\n').flush();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long startedAt() {
    return startedAt;
  }

  /** From the start until JVM and Spark ran and the store was open, nanoseconds; if it was. */
  OptionalLong openedAfter() {
    return openedAt == 0 ? OptionalLong.empty() : OptionalLong.of(openedAt - startedAt);
  }

  /**
   * Checks that the training goes on.
   *
   * @throws UserError if it has ended
   */
  void requireAlive() {
    if (!process.isAlive()) {
      throw new UserError(
          "Training ended by itself with exit code "
              + process.exitValue()
              + "; see the end of "
              + log);
    }
  }

  /** Waits for its end; the exit code. */
  int await() {
    try {
      int code = process.waitFor();
      reader.join();
      return code;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while training ran", e);
    }
  }

  /** Kills the driver as {@code kill -9} does; its executors see that it is gone and end. */
  void kill() {
    process.destroyForcibly();
    await();
  }

  /** Kills one executor as {@code kill -9} does; false if there is none at the moment. */
  boolean killExecutor(SplittableRandom random) {
    List<ProcessHandle> executors =
        process
            .descendants()
            .filter(child -> child.info().command().orElse("").endsWith(JAVA))
            .toList();
    return !executors.isEmpty()
        && executors.get(random.nextInt(executors.size())).destroyForcibly();
  }

  @Override
  public void close() {
    List<ProcessHandle> executors = process.descendants().toList();
    process.destroyForcibly();
    executors.forEach(ProcessHandle::destroyForcibly);
  }
}
