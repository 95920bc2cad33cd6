package io.rivulet.app.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rivulet.app.SettingsOptions;
import io.rivulet.app.UserError;
import io.rivulet.app.bench.Interleaved.Rounds;
import io.rivulet.app.process.Scratch;
import io.rivulet.app.process.TalkingJvm;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.train.Report;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What learning a row costs executors and driver in CPU time, with one executor and with two, each
 * with as many rows (weak scaling). CPU time doesn't depend on how many cores the machine has for
 * them, so two cores tell what many would do: the driver is the limit where its time for a row,
 * which all rows pass, is an executor's divided by their number.
 */
@Command(
    name = "scale",
    mixinStandardHelpOptions = true,
    description = {
      "CPU seconds a row on executors and on the driver, with 1 and 2 executors of one core in JVMs"
          + " of their own.",
      "driver_share: the driver's part of all CPU time; executor_cpu_rise: how much more CPU time a"
          + " row takes on two executors than on one, as a fraction."
    })
final class ScaleBench implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ONE = "1";
  private static final String TWO = "2";

  @Mixin private SettingsOptions options;
  @Mixin private BenchOptions bench;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "160000",
      description = "Rows of each executor in a round of measuring. Default: ${DEFAULT-VALUE}.")
  private int rows;

  @Option(
      names = "--emb",
      paramLabel = "E",
      defaultValue = "16",
      description = "Width of an embedding. Default: ${DEFAULT-VALUE}.")
  private int emb;

  @Option(
      names = "--batch",
      paramLabel = "ROWS",
      defaultValue = "1000",
      description = "Rows of a mini-batch. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--frequency",
      paramLabel = "K",
      defaultValue = "8",
      description = "Mini-batches between two merges. Default: ${DEFAULT-VALUE}.")
  private int frequency;

  @Option(
      names = "--executor-memory",
      paramLabel = "MB",
      defaultValue = "1024",
      description = "Heap of an executor. Default: ${DEFAULT-VALUE}.")
  private int executorMemory;

  /** A measurement; times in CPU seconds a row. */
  private record Sample(double rows, double wall, double executor, double driver) {
    double driverShare() {
      return driver / (driver + executor);
    }

    double rate() {
      return rows / wall;
    }
  }

  @Override
  public Integer call() throws IOException {
    int repeats = bench.repeats();
    UserError.requireAtLeast(1, "--rows", rows);
    Settings settings = options.settings();
    Map<String, String> values = new LinkedHashMap<>();
    values.put(Settings.FEATURES_SCHEMA.name(), settings.get(Settings.FEATURES_SCHEMA));
    values.put(Settings.EMB_DIM.name(), Integer.toString(emb));
    values.put(Settings.DEEP_LAYER_DIM.name(), settings.get(Settings.DEEP_LAYER_DIM).toString());
    values.put(Settings.BATCH_SIZE.name(), Integer.toString(batch));
    values.put(Settings.AVERAGING_FREQUENCY.name(), Integer.toString(frequency));
    try (Scratch scratch = Scratch.create()) {
      Path tsv = scratch.resolve("rows.tsv");
      BenchOptions.progress("Reading rows …");
      BenchRows source = bench.rows(settings);
      int needed = Math.multiplyExact(2, rows);
      int found = source.examples(needed).rows();
      if (found < needed) {
        throw new UserError("There are only " + found + " rows; give --rows " + found / 2);
      }
      source.write(tsv, needed);
      BenchOptions.progress("Starting executors …");
      try (TalkingJvm one = start(scratch, tsv, 1, values);
          TalkingJvm two = start(scratch, tsv, 2, values)) {
        Interleaved<Sample> contenders = new Interleaved<>();
        contenders.add(ONE, () -> measure(one));
        contenders.add(TWO, () -> measure(two));
        Rounds<Sample> rounds = contenders.run(repeats);
        System.out.println(report(rounds, ONE).line());
        System.out.println(
            report(rounds, TWO)
                .put("executor_cpu_rise", rounds.ratio(TWO, ONE, Sample::executor) - 1)
                .line());
      }
    }
    return 0;
  }

  private TalkingJvm start(Scratch scratch, Path tsv, int executors, Map<String, String> settings)
      throws IOException {
    Map<String, String> values = new LinkedHashMap<>(settings);
    values.put(Settings.WORKERS.name(), Integer.toString(executors));
    return ScaleProgram.start(
        scratch.resolve("spark-" + executors),
        tsv,
        Math.multiplyExact(executors, rows),
        executors,
        executorMemory,
        values);
  }

  private static Sample measure(TalkingJvm driver) {
    BenchOptions.progress("scale …");
    driver.ask("measure");
    String answer = driver.answer();
    try {
      JsonNode found = JSON.readTree(answer);
      double learned = found.get("rows").asDouble();
      return new Sample(
          learned,
          found.get("wall_s").asDouble(),
          found.get("executor_s").asDouble() / learned,
          found.get("driver_s").asDouble() / learned);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(answer, e);
    }
  }

  private static Report report(Rounds<Sample> rounds, String executors) {
    return new Report()
        .put("case", "scale executors=" + executors)
        .put("executors", Integer.parseInt(executors))
        .put("rows", (long) rounds.median(executors, Sample::rows))
        .put(
            "executor_cpu_s_per_row",
            Figures.significant(rounds.median(executors, Sample::executor)))
        .put("driver_cpu_s_per_row", Figures.significant(rounds.median(executors, Sample::driver)))
        .put("driver_share", rounds.median(executors, Sample::driverShare))
        .put("rows_per_s", rounds.median(executors, Sample::rate));
  }
}
