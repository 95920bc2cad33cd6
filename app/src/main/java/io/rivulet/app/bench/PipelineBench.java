package io.rivulet.app.bench;

import io.rivulet.app.Sessions;
import io.rivulet.app.SettingsOptions;
import io.rivulet.app.UserError;
import io.rivulet.app.bench.Interleaved.Rounds;
import io.rivulet.app.bench.PreloadedTopic.Commits;
import io.rivulet.app.process.Scratch;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.train.Report;
import io.rivulet.trainer.averaging.OnlineLearner;
import io.rivulet.trainer.averaging.ThreadedWorkers;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * From Kafka to the last commit, beside the learner alone on the same rows in memory, and beside
 * PyTorch on the same rows in a file. All three begin with a model that has seen nothing.
 *
 * <p>The first windows wait for the start of Spark's query and for the first read, which may have
 * several of them; so the steady figures of pipeline and learner leave {@link #SETTLING_ROWS} out.
 * PyTorch's count reading, parsing and training of all rows.
 */
@Command(
    name = "pipeline",
    mixinStandardHelpOptions = true,
    description = {
      "Rows a second from Kafka to the last commit. The broker has all events and a JVM of its"
          + " own.",
      "rows_per_s: from one commit to the last, without the first "
          + PipelineBench.SETTLING_ROWS
          + " rows; rows_per_s_whole: all, start of the query included; kernel: the learner on the"
          + " same rows in memory."
    })
final class PipelineBench implements Callable<Integer> {
  private static final String PIPELINE = "pipeline";
  private static final String KERNEL = "kernel";
  private static final String TORCH = "torch";
  private static final int TORCH_VOCAB = 200_000;
  private static final int LEAST_WINDOWS = 2;

  /** As many as are read at once. At most half of the rows. */
  static final int SETTLING_ROWS = 20_000;

  private static final double NANO = 1e9;

  @Mixin private SettingsOptions options;
  @Mixin private BenchOptions bench;
  @Mixin private PeerOptions peerOptions;

  @Option(
      names = "--window-rows",
      split = ",",
      paramLabel = "ROWS",
      defaultValue = "2000,10000",
      description = "Rows of a window. Default: ${DEFAULT-VALUE}.")
  private List<Integer> windowRows;

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
      names = "--workers",
      paramLabel = "W",
      defaultValue = "2",
      description = "Workers; also the threads of PyTorch. Default: ${DEFAULT-VALUE}.")
  private int workers;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "200000",
      description =
          "Rows learned in a round of measuring, in whole windows. Default: ${DEFAULT-VALUE}.")
  private int rows;

  /** Rows a second, steadily and from the start. */
  private record Speed(double steady, double whole) {}

  @Override
  public Integer call() {
    int repeats = bench.repeats();
    int largest = windowRows.stream().mapToInt(Integer::intValue).max().orElseThrow();
    windowRows.forEach(window -> UserError.requireAtLeast(1, "--window-rows", window));
    UserError.requireAtLeast((long) LEAST_WINDOWS * largest, "--rows", rows);
    Settings settings = settings();
    Optional<PeerProgram> peer = peerOptions.program();
    BenchOptions.progress("Reading rows …");
    BenchRows source = bench.rows(settings);
    ExampleBlock examples = source.examples(rows);
    if (examples.rows() < LEAST_WINDOWS * largest) {
      throw new UserError(
          "There are only "
              + examples.rows()
              + " rows, fewer than two windows of "
              + largest
              + "; give more rows or smaller --window-rows");
    }
    try (Scratch scratch = Scratch.create()) {
      Path tsv = scratch.resolve("rows.tsv");
      source.write(tsv, examples.rows());
      BenchOptions.progress("Starting Kafka and Spark …");
      try (SparkSession spark = Sessions.create("bench pipeline");
          PreloadedTopic topic = new PreloadedTopic(settings, scratch.resolve("kafka"), tsv)) {
        for (int window : windowRows) {
          BenchOptions.progress("pipeline, windows of " + window + " …");
          int windows = examples.rows() / window;
          Interleaved<Speed> contenders = new Interleaved<>();
          contenders.add(PIPELINE, () -> pipeline(spark, settings, topic, window, windows));
          contenders.add(KERNEL, () -> kernel(settings.learner(), examples, window, windows));
          peer.ifPresent(
              program ->
                  contenders.add(
                      TORCH, () -> torch(program, tsv, settings.learner(), window * windows)));
          System.out.println(report(window, contenders.run(repeats)).line());
        }
      }
    }
    return 0;
  }

  private Settings settings() {
    return options
        .settings()
        .with(Settings.EMB_DIM, Integer.toString(emb))
        .with(Settings.BATCH_SIZE, Integer.toString(batch))
        .with(Settings.AVERAGING_FREQUENCY, Integer.toString(frequency))
        .with(Settings.WORKERS, Integer.toString(workers));
  }

  private static Speed pipeline(
      SparkSession spark, Settings settings, PreloadedTopic topic, int window, int windows) {
    Commits commits = topic.train(spark, settings, window, windows);
    int settling = settling(window, windows);
    return new Speed(
        (double) (windows - settling) * window / commits.since(settling),
        (double) windows * window / commits.whole());
  }

  /** Number of windows that steady figures leave out. */
  private static int settling(int window, int windows) {
    return Math.max(1, Math.min(SETTLING_ROWS / window, windows / 2));
  }

  private static Speed kernel(
      LearnerSettings settings, ExampleBlock examples, int window, int windows) {
    List<ExampleBlock> blocks =
        IntStream.range(0, windows)
            .mapToObj(i -> BenchRows.slice(examples, i * window, (i + 1) * window))
            .toList();
    try (ThreadedWorkers threads = new ThreadedWorkers(settings);
        OnlineLearner learner =
            new OnlineLearner(
                new WideDeepModel(settings), BenchOptions.admission(settings), threads)) {
      int settling = settling(window, windows);
      long start = System.nanoTime();
      blocks.subList(0, settling).forEach(learner::learn);
      long settled = System.nanoTime();
      blocks.subList(settling, windows).forEach(learner::learn);
      long end = System.nanoTime();
      return new Speed(
          (double) (windows - settling) * window * NANO / (end - settled),
          (double) windows * window * NANO / (end - start));
    }
  }

  private static Speed torch(PeerProgram program, Path tsv, LearnerSettings settings, int limit) {
    List<String> arguments = PeerProgram.options(settings, TORCH_VOCAB);
    arguments.addAll(List.of("--limit", Integer.toString(limit)));
    double rate = program.run(tsv, arguments).path("rows_per_s").asDouble(Double.NaN);
    return new Speed(rate, rate);
  }

  private Report report(int window, Rounds<Speed> rounds) {
    return new Report()
        .put("case", "pipeline window=" + window)
        .put("window_rows", window)
        .put("emb", emb)
        .put("batch", batch)
        .put("averaging_frequency", frequency)
        .put("rows_per_s", rounds.median(PIPELINE, Speed::steady))
        .put("rows_per_s_whole", rounds.median(PIPELINE, Speed::whole))
        .put("kernel_rows_per_s", rounds.median(KERNEL, Speed::steady))
        .put("ratio_kernel", rounds.ratio(PIPELINE, KERNEL, Speed::steady))
        .put("torch_rows_per_s", rounds.median(TORCH, Speed::steady))
        .put("ratio_torch", rounds.ratio(PIPELINE, TORCH, Speed::steady));
  }
}
