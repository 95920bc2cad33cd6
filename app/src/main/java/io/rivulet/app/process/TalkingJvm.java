package io.rivulet.app.process;

import io.rivulet.app.UserError;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program in a JVM of its own, with the options and class path of this one, that answers on
 * standard output, a line each. It must end when its standard input does, which it also does when
 * this process dies; what it writes to standard error is shown.
 */
public final class TalkingJvm implements AutoCloseable {
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
  public static TalkingJvm start(
      Class<?> main,
      List<String> options,
      List<String> arguments,
      Map<String, String> environment) {
    List<String> command = ChildJvm.command(main.getName(), options, arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(Redirect.INHERIT);
    builder.environment().putAll(environment);
    try {
      return new TalkingJvm(main.getSimpleName(), builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Asks for something; {@link #answer} gives it. */
  public void ask(String line) {
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
  public String answer() {
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
