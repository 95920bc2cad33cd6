package io.rivulet.app.bench;

import io.rivulet.app.Sessions;
import io.rivulet.app.SettingsOptions;
import io.rivulet.app.UserError;
import io.rivulet.app.bench.Interleaved.Rounds;
import io.rivulet.app.process.Scratch;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.train.Report;
import io.rivulet.trainer.averaging.OnlineLearner;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.spark.SparkWorkers;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What a window costs beside its training: planning, reading, features, commit, report. Without
 * overlap that is what a window takes longer than training it; a small net keeps the training out
 * of the way. With overlap and a net whose training is the longer part, it is what overlap doesn't
 * hide. Training is measured alone, on the same windows with the same kind of workers.
 */
@Command(
    name = "batch",
    mixinStandardHelpOptions = true,
    description = {
      "Milliseconds of a window beside its training, without overlap (beside_ms) and with it"
          + " (added_ms).",
      "All events wait, so several windows share a read: means over the windows of a run.",
      "window_ms: time between two commits; train_ms: time to learn a window alone.",
      "Without overlap the net is small; with overlap it is as set, and should train longer than"
          + " the window's other work takes."
    })
final class BatchBench implements Callable<Integer> {
  private static final String SEQUENTIAL = "sequential";
  private static final String OVERLAP = "overlap";
  private static final String TRAIN = " train";

  /** First windows that start the query and aren't counted. */
  private static final int START_UP = 3;

  private static final double MILLI = 1e3;
  private static final double NANOS_OF_MILLI = 1e6;

  @Mixin private SettingsOptions options;
  @Mixin private BenchOptions bench;

  @Option(
      names = "--window-rows",
      paramLabel = "ROWS",
      defaultValue = "1000",
      description = "Rows of a window. Default: ${DEFAULT-VALUE}.")
  private int windowRows;

  @Option(
      names = "--windows",
      paramLabel = "N",
      defaultValue = "35",
      description = "Windows of a run; the first three don't count. Default: ${DEFAULT-VALUE}.")
  private int windows;

  @Option(
      names = "--emb",
      paramLabel = "E",
      defaultValue = "80",
      description = "With overlap: width of an embedding. Default: ${DEFAULT-VALUE}.")
  private int emb;

  @Override
  public Integer call() {
    int repeats = bench.repeats();
    UserError.requireAtLeast(1, "--window-rows", windowRows);
    UserError.requireAtLeast(START_UP + 1, "--windows", windows);
    Settings settings = options.settings();
    Settings sequential =
        settings
            .with(Settings.DATASET_SINK_MODE, "false")
            .with(Settings.EMB_DIM, "4")
            .with(Settings.DEEP_LAYER_DIM, "[8]");
    Settings overlap =
        settings
            .with(Settings.DATASET_SINK_MODE, "true")
            .with(Settings.EMB_DIM, Integer.toString(emb));
    BenchOptions.progress("Reading rows …");
    int rows = Math.multiplyExact(windows, windowRows);
    BenchRows source = bench.rows(settings);
    ExampleBlock examples = source.examples(rows);
    if (examples.rows() < rows) {
      throw new UserError(
          "There are only " + examples.rows() + " rows; give " + rows + " or fewer --windows");
    }
    try (Scratch scratch = Scratch.create()) {
      Path tsv = scratch.resolve("rows.tsv");
      source.write(tsv, rows);
      BenchOptions.progress("Starting Kafka and Spark …");
      try (SparkSession spark = Sessions.create("bench batch");
          PreloadedTopic topic = new PreloadedTopic(settings, scratch.resolve("kafka"), tsv)) {
        Interleaved<Double> contenders = new Interleaved<>();
        contenders.add(SEQUENTIAL, () -> window(spark, topic, sequential));
        contenders.add(SEQUENTIAL + TRAIN, () -> train(spark, examples, sequential));
        contenders.add(OVERLAP, () -> window(spark, topic, overlap));
        contenders.add(OVERLAP + TRAIN, () -> train(spark, examples, overlap));
        BenchOptions.progress("batch, " + windows + " windows of " + windowRows + " …");
        Rounds<Double> rounds = contenders.run(repeats);
        System.out.println(report(rounds, SEQUENTIAL, false, "beside_ms").line());
        System.out.println(report(rounds, OVERLAP, true, "added_ms").line());
      }
    }
    return 0;
  }

  /** Milliseconds between two commits. */
  private double window(SparkSession spark, PreloadedTopic topic, Settings settings) {
    double seconds = topic.train(spark, settings, windowRows, windows).since(START_UP);
    return seconds * MILLI / (windows - START_UP);
  }

  /** Milliseconds to learn a window, while nothing else runs. */
  private double train(SparkSession spark, ExampleBlock examples, Settings settings) {
    LearnerSettings learnerSettings = settings.learner();
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    double millis = 0;
    try (OnlineLearner learner =
        new OnlineLearner(
            new WideDeepModel(learnerSettings),
            BenchOptions.admission(learnerSettings),
            new SparkWorkers(context, learnerSettings))) {
      for (int w = 0; w < windows; w++) {
        ExampleBlock window = BenchRows.slice(examples, w * windowRows, (w + 1) * windowRows);
        long start = System.nanoTime();
        learner.learn(window);
        if (w >= START_UP) {
          millis += (System.nanoTime() - start) / NANOS_OF_MILLI;
        }
      }
    }
    return millis / (windows - START_UP);
  }

  private Report report(Rounds<Double> rounds, String contender, boolean overlap, String rest) {
    double window = rounds.median(contender, ms -> ms);
    double train = rounds.median(contender + TRAIN, ms -> ms);
    return new Report()
        .put("case", "batch " + contender)
        .put("window_rows", windowRows)
        .put("overlap", (Object) overlap)
        .put("window_ms", window)
        .put("train_ms", train)
        .put(rest, window - train);
  }
}
