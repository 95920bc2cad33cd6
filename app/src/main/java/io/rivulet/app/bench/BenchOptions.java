package io.rivulet.app.bench;

import io.rivulet.app.UserError;
import io.rivulet.app.settings.Settings;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** What most benchmarks are told: how often to measure, and on which rows. */
final class BenchOptions {
  private static final long SEED = 1;

  @Option(
      names = "--repeats",
      paramLabel = "N",
      defaultValue = "5",
      description = "Rounds that count; one more before them warms up. Default: ${DEFAULT-VALUE}.")
  private int repeats;

  @Option(
      names = "--data",
      paramLabel = "FILE",
      description = "Click events in Criteo's form, plain or gzip, instead of made-up ones.")
  private Path data;

  int repeats() {
    UserError.requireAtLeast(1, "--repeats", repeats);
    return repeats;
  }

  /** The rows, as the settings make examples of them. */
  BenchRows rows(Settings settings) {
    return data == null ? BenchRows.madeUp(settings, SEED, 0) : BenchRows.ofFile(settings, data);
  }

  /** Tells what is being done. */
  static void progress(String line) {
    System.err.println(line);
  }
}
