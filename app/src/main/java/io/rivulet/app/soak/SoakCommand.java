package io.rivulet.app.soak;

import io.rivulet.app.UserError;
import io.rivulet.app.process.Scratch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Kills a training over and over while events come, and then proves that nothing was lost. */
@Command(
    name = "soak",
    mixinStandardHelpOptions = true,
    description = {
      "Kills a training, driver and executors, at random moments while made-up events come (one in"
          + " a thousand damaged), and starts it again each time.",
      "Then compares the store's ledger with the topic, offset by offset, and the model's SHA-256"
          + " with that of a replay that nobody disturbs. The last line is JSON; exit code 1 if"
          + " anything was lost or doubled, or the bits differ."
    })
public final class SoakCommand implements Callable<Integer> {
  @Option(names = "--kills", paramLabel = "N", defaultValue = "20", description = "Default: 20.")
  private int kills;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "Decides what is killed and when. Default: 1.")
  private long seed;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "100",
      description = "Events a second that come meanwhile. Default: 100.")
  private int rate;

  @Option(
      names = "--keys",
      paramLabel = "N",
      defaultValue = "0",
      description = "Keys that the store has before the first kill. Default: 0.")
  private long keys;

  @Option(
      names = "--directory",
      paramLabel = "DIR",
      description =
          "Keeps store, topic and logs there; it must be new. Default: a temporary one that goes.")
  private Path directory;

  @Option(
      names = "--matrix",
      description = {
        "Instead: runs the test of each fault in docs/reliability.md, once, by Maven in the"
            + " checkout that submit/rivulet is in. A line of JSON for each fault, and one for all;"
            + " exit code 1 if a test fails or there is none of its name."
      })
  private boolean matrix;

  @Override
  public Integer call() throws IOException {
    if (matrix) {
      FaultMatrix.ofCheckout().run(System.out::println);
      return 0;
    }
    UserError.requireAtLeast(1, "--kills", kills);
    UserError.requireAtLeast(1, "--rate", rate);
    UserError.requireAtLeast(0, "--keys", keys);
    if (directory == null) {
      try (Scratch scratch = Scratch.create()) {
        return soak(scratch.resolve("soak"));
      }
    }
    if (Files.exists(directory)) {
      throw new UserError("--directory " + directory + " is there already; name a new one");
    }
    return soak(directory);
  }

  private int soak(Path in) throws IOException {
    Files.createDirectories(in);
    try (Soak soak = new Soak(in.toAbsolutePath(), seed, rate, keys)) {
      System.out.println(soak.run(Kill.campaign(kills, seed)).line());
      if (!soak.sound()) {
        throw new UserError("Events were lost or doubled, or the bits differ: see the line above");
      }
      return 0;
    }
  }
}
