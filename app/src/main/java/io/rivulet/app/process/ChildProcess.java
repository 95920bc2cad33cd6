package io.rivulet.app.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A process that has ended.
 *
 * @param code its exit code
 * @param out its standard output
 * @param err its standard error
 */
public record ChildProcess(int code, String out, String err) {

  /**
   * Runs a command to its end.
   *
   * @param environment added to this process's own
   * @throws IOException if it can't be started
   */
  public static ChildProcess run(List<String> command, Map<String, String> environment)
      throws IOException {
    // A file, since a pipe that nobody reads would stop the process.
    Path errors = Files.createTempFile("rivulet-bench", ".err");
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      try {
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        String err = new String(Files.readAllBytes(errors), StandardCharsets.UTF_8);
        return new ChildProcess(code, out, err);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("Interrupted while " + command.get(0) + " ran", e);
      } finally {
        process.destroy();
      }
    } finally {
      Files.deleteIfExists(errors);
    }
  }

  /** The last line that isn't blank; empty if there is none. */
  public static String lastLine(String text) {
    return text.lines().filter(line -> !line.isBlank()).reduce("", (before, line) -> line);
  }
}
