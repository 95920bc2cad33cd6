package io.rivulet.app.bench;

import io.rivulet.app.SettingsOptions;
import io.rivulet.app.UserError;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.train.Report;
import io.rivulet.trainer.averaging.OnlineLearner;
import io.rivulet.trainer.averaging.ThreadedWorkers;
import io.rivulet.trainer.model.CounterRandom;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What it costs when keys keep arriving, far more than there may be rows. */
@Command(
    name = "churn",
    mixinStandardHelpOptions = true,
    description = {
      "Learns rows of keys that never came before, past vocabulary.max_rows.",
      "The worst case: no key comes twice, so each row of the table is made, learned once and"
          + " removed. start_rows_per_s is of the windows until the bound is reached."
    })
final class ChurnBench implements Callable<Integer> {
  private static final double CLICK_RATE = 0.25;

  @Mixin private SettingsOptions options;

  @Option(
      names = "--keys",
      paramLabel = "N",
      defaultValue = "100000000",
      description = "Distinct keys. Default: ${DEFAULT-VALUE}.")
  private long keys;

  @Option(
      names = "--max-rows",
      paramLabel = "N",
      defaultValue = "5000000",
      description = "The bound. Default: ${DEFAULT-VALUE}.")
  private int maxRows;

  @Option(
      names = "--batch",
      paramLabel = "ROWS",
      defaultValue = "1000",
      description = "Rows of a mini-batch. Default: ${DEFAULT-VALUE}.")
  private int batch;

  private long nextKey;

  @Override
  public Integer call() {
    UserError.requireAtLeast(1, "--max-rows", maxRows);
    Settings settings =
        options
            .settings()
            .with(Settings.BATCH_SIZE, Integer.toString(batch))
            .with(Settings.VOCABULARY_MAX_ROWS, Integer.toString(maxRows));
    LearnerSettings learner = settings.learner();
    int rows = settings.get(Settings.WINDOW_ROWS);
    long windows = keys / ((long) rows * learner.shape().fields());
    UserError.requireAtLeast(3L * maxRows, "--keys", keys);
    long filling = maxRows / ((long) rows * learner.shape().fields());
    double[] seconds = new double[Math.toIntExact(windows)];
    int most = 0;
    long removed = 0;
    try (ThreadedWorkers threads = new ThreadedWorkers(learner);
        OnlineLearner online =
            new OnlineLearner(
                new WideDeepModel(learner), BenchOptions.admission(learner), threads)) {
      for (int w = 0; w < seconds.length; w++) {
        ExampleBlock window = window(rows, learner.shape().fields());
        long start = System.nanoTime();
        online.learn(window);
        seconds[w] = (System.nanoTime() - start) / 1e9;
        // As a commit would.
        online.takeChangedRows();
        removed += online.takeEvictedKeys().length;
        most = Math.max(most, online.tableRows());
        if (w % 100 == 0) {
          BenchOptions.progress(String.format("%,d of %,d keys …", nextKey, keys));
        }
      }
      // The first windows are compiled meanwhile.
      double begin = rate(rows, seconds, (int) (filling / 4), (int) filling);
      double end = rate(rows, seconds, seconds.length - (int) (2 * filling), seconds.length);
      System.out.println(
          new Report()
              .put("case", "churn E=" + learner.shape().embDim() + " batch=" + batch)
              .put("keys", nextKey)
              .put("max_rows", maxRows)
              .put("most_rows", most)
              .put("removed", removed)
              .put("heap_bytes", Heap.usedBytes())
              .put("start_rows_per_s", begin)
              .put("end_rows_per_s", end)
              .put("ratio", end / begin)
              .line());
    }
    return 0;
  }

  private static double rate(int rows, double[] seconds, int from, int to) {
    return rows * (to - from) / Arrays.stream(seconds, from, to).sum();
  }

  private ExampleBlock window(int rows, int fields) {
    float[] labels = new float[rows];
    long[] windowKeys = new long[rows * fields];
    float[] weights = new float[windowKeys.length];
    Arrays.fill(weights, 1f);
    for (int row = 0; row < rows; row++) {
      labels[row] = CounterRandom.uniform(1, 0, nextKey) < CLICK_RATE ? 1f : 0f;
      for (int f = 0; f < fields; f++) {
        windowKeys[row * fields + f] = CounterRandom.mix(nextKey++);
      }
    }
    return ExampleBlock.ofOneKeyPerField(fields, labels, windowKeys, weights);
  }
}
