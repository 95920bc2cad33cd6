package io.rivulet.app.bench;

import io.rivulet.app.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where PyTorch is, for benchmarks beside it. */
final class PeerOptions {
  /** Set by {@code submit/rivulet}. */
  private static final String HOME = "rivulet.home";

  private static final Path SCRIPT = Path.of("submit", "peers", "torch_wide_deep.py");

  @Option(
      names = "--python",
      paramLabel = "PATH",
      description = "A Python interpreter that has PyTorch; without it PyTorch's figures are null.")
  private String python;

  @Option(
      names = "--peer",
      paramLabel = "SCRIPT",
      description = "The program for PyTorch. Default: submit/peers/torch_wide_deep.py.")
  private Path script;

  /**
   * The program, if a Python was named.
   *
   * @throws UserError if its script isn't found
   */
  Optional<PeerProgram> program() {
    if (python == null) {
      return Optional.empty();
    }
    Path found = script == null ? shipped() : script;
    if (!Files.isReadable(found)) {
      throw new UserError("Can't read the PyTorch program " + found + "; name it with --peer");
    }
    return Optional.of(new PeerProgram(python, found));
  }

  private static Path shipped() {
    String home = System.getProperty(HOME);
    if (home == null) {
      throw new UserError(
          "Only submit/rivulet knows where Rivulet's files are; name "
              + SCRIPT.getFileName()
              + " with --peer");
    }
    return Path.of(home).resolve(SCRIPT);
  }
}
