package io.rivulet.app.bench;

import io.rivulet.app.UserError;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program in a JVM of its own, with the options and class path of this one, that answers on
 * standard output, a line each. It must end when its standard input does, which it also does when
 * this process dies; what it writes to standard error is shown.
 */
final class TalkingJvm implements AutoCloseable {
  private static final long CLOSE_TIMEOUT_S = 30;

  private final String name;
  private final Process process;
  private final Writer to;
  private final BufferedReader from;

  private TalkingJvm(String name, Process process) {
    this.name = name;
    this.process = process;
    this.to = process.outputWriter(StandardCharsets.UTF_8);
    this.from = process.inputReader(StandardCharsets.UTF_8);
  }

  /**
   * Starts a program.
   *
   * @param options for the JVM, besides this one's, over which they win
   * @param environment added to this process's own
   */
  static TalkingJvm start(
      Class<?> main,
      List<String> options,
      List<String> arguments,
      Map<String, String> environment) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> !option.startsWith("-javaagent") && !option.startsWith("-agent"))
        .forEach(command::add);
    command.addAll(options);
    command.addAll(List.of("-cp", classPath(), main.getName()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(Redirect.INHERIT);
    builder.environment().putAll(environment);
    try {
      return new TalkingJvm(main.getSimpleName(), builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where this class is comes first: spark-submit loads the application jar by itself. */
  private static String classPath() {
    try {
      Path own =
          Path.of(TalkingJvm.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return own + File.pathSeparator + System.getProperty("java.class.path");
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Asks for something; {@link #answer} gives it. */
  void ask(String line) {
    try {
      to.write(line + "\n");
      to.flush();
    } catch (IOException e) {
      throw ended(e);
    }
  }

  /**
   * The next line of the program's.
   *
   * @throws UserError if it has ended instead
   */
  String answer() {
    try {
      String line = from.readLine();
      if (line == null) {
        throw ended(null);
      }
      return line;
    } catch (IOException e) {
      throw ended(e);
    }
  }

  private UserError ended(IOException cause) {
    return new UserError("The JVM of " + name + " ended early; see above what it said", cause);
  }

  @Override
  public void close() {
    try {
      to.close();
    } catch (IOException e) {
      // It has ended already, which is what is wanted.
    }
    try {
      if (!process.waitFor(CLOSE_TIMEOUT_S, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }
}
