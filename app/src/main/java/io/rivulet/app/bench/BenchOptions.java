package io.rivulet.app.bench;

import io.rivulet.app.UserError;
import io.rivulet.app.settings.Settings;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.LearnerSettings;
import java.nio.file.Path;
import java.util.stream.LongStream;
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

  /** All keys get rows; those that wait for one share a row a field, of a key that no event has. */
  static Admission admission(LearnerSettings learner) {
    return Admission.dynamic(
        LongStream.rangeClosed(1, learner.shape().fields()).map(field -> -field).toArray());
  }

  /** Tells what is being done. */
  static void progress(String line) {
    System.err.println(line);
  }
}
