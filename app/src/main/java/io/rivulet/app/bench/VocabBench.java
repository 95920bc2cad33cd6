package io.rivulet.app.bench;

import io.rivulet.app.SettingsOptions;
import io.rivulet.app.UserError;
import io.rivulet.app.bench.Interleaved.Rounds;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.train.Report;
import io.rivulet.trainer.averaging.OnlineLearner;
import io.rivulet.trainer.averaging.ThreadedWorkers;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Whether a step's time and a row's memory depend on how many keys are resident. */
@Command(
    name = "vocab",
    mixinStandardHelpOptions = true,
    description = {
      "Time of a round and memory of a row, with tables of different sizes.",
      "The rounds learn the same clicks: they touch equally many rows, spread over the whole table."
          + " bytes_per_row is of the table with its index; row_bytes of a row and its key alone."
    })
final class VocabBench implements Callable<Integer> {
  /** Of a row's index and of pages and arrays that aren't full. */
  private static final int BYTES_BESIDE_A_ROW = 40;

  private static final long BYTES_BESIDE_TABLES = 512L << 20;

  /** The JVM keeps a third of the heap for what is young. */
  private static final double HEAP_PER_TABLE_BYTE = 1.5;

  @Mixin private SettingsOptions options;
  @Mixin private BenchOptions bench;

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
      names = "--workers",
      paramLabel = "W",
      defaultValue = "2",
      description = "Workers; a round is a mini-batch of each. Default: ${DEFAULT-VALUE}.")
  private int workers;

  @Option(
      names = "--keys",
      split = ",",
      paramLabel = "N",
      defaultValue = "200000,2000000,20000000",
      description = "Resident keys of the tables. Default: ${DEFAULT-VALUE}.")
  private List<Integer> sizes;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "10",
      description = "Rounds learned at a time with a table. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  /** A table that is full from the start, and its learner. */
  private final class Resident {
    private final int keys;
    private final OnlineLearner learner;
    private final double bytesPerRow;
    private int learned;

    Resident(LearnerSettings settings, ThreadedWorkers threads, int keys) {
      this.keys = keys;
      WideDeepModel model = new WideDeepModel(settings);
      // After the tower is there, which doesn't grow with the table.
      long before = Heap.usedBytes();
      ResidentKeys.fill(model, keys);
      bytesPerRow = (double) (Heap.usedBytes() - before) / keys;
      learner = new OnlineLearner(model, BenchOptions.admission(model.settings()), threads);
    }

    /** Milliseconds of a round, over the next rounds of the stream. */
    double stepMs(ExampleBlock stream) {
      int roundRows = workers * batch;
      int available = stream.rows() / roundRows;
      long nanos = 0;
      for (int i = 0; i < rounds; i++) {
        int from = learned++ % available * roundRows;
        ExampleBlock round = KeySpread.over(keys, BenchRows.slice(stream, from, from + roundRows));
        long start = System.nanoTime();
        learner.learn(round);
        nanos += System.nanoTime() - start;
      }
      return nanos / 1e6 / rounds;
    }
  }

  @Override
  public Integer call() {
    int repeats = bench.repeats();
    UserError.requireAtLeast(1, "--rounds", rounds);
    Settings settings =
        options
            .settings()
            .with(Settings.EMB_DIM, Integer.toString(emb))
            .with(Settings.BATCH_SIZE, Integer.toString(batch))
            .with(Settings.WORKERS, Integer.toString(workers))
            .with(Settings.AVERAGING_FREQUENCY, "1");
    LearnerSettings learner = settings.learner();
    List<Integer> ascending = sizes.stream().distinct().sorted().toList();
    check(ascending, learner);
    BenchOptions.progress("Reading rows …");
    int roundRows = Math.multiplyExact(workers, batch);
    // New rows in every round, so that a large table's rows come from memory, not from a cache.
    ExampleBlock stream =
        bench
            .rows(settings)
            .examples(Math.multiplyExact(Math.multiplyExact(roundRows, rounds), repeats + 1));
    if (stream.rows() < roundRows) {
      throw new UserError(
          "There are only " + stream.rows() + " rows, but a round has " + roundRows);
    }
    measure(ascending, learner, stream, repeats);
    return 0;
  }

  private void check(List<Integer> ascending, LearnerSettings settings) {
    long entries = (long) workers * batch * settings.shape().fields();
    if (ascending.get(0) < entries) {
      throw new UserError(
          "--keys must be at least "
              + entries
              + ", which a round of workers × batch rows may touch, not "
              + ascending.get(0));
    }
    long keys = ascending.stream().mapToLong(size -> size).sum();
    double needed =
        HEAP_PER_TABLE_BYTE
            * (keys * (double) (rowBytes(settings) + BYTES_BESIDE_A_ROW) + BYTES_BESIDE_TABLES);
    if (needed > Heap.maxBytes()) {
      throw new UserError(
          String.format(
              "The tables of %,d keys need a larger heap; set RIVULET_MEMORY=%dg",
              keys, (long) Math.ceil(needed / Heap.GIB) + 1));
    }
  }

  private static long rowBytes(LearnerSettings settings) {
    return (long) settings.shape().rowWidth() * Float.BYTES + Long.BYTES;
  }

  private void measure(
      List<Integer> ascending, LearnerSettings settings, ExampleBlock stream, int repeats) {
    try (ThreadedWorkers threads = new ThreadedWorkers(settings)) {
      List<Resident> tables = new ArrayList<>();
      Interleaved<Double> contenders = new Interleaved<>();
      for (int size : ascending) {
        BenchOptions.progress(String.format("Filling a table with %,d keys …", size));
        Resident table = new Resident(settings, threads, size);
        tables.add(table);
        contenders.add(Integer.toString(size), () -> table.stepMs(stream));
      }
      BenchOptions.progress("Learning …");
      Rounds<Double> measured = contenders.run(repeats);
      String smallest = Integer.toString(ascending.get(0));
      for (int i = 0; i < tables.size(); i++) {
        Resident table = tables.get(i);
        String name = Integer.toString(table.keys);
        double ratio = measured.ratio(name, smallest, ms -> ms);
        Report report =
            new Report()
                .put("case", "vocab E=" + emb + " batch=" + batch + " keys=" + name)
                .put("keys", table.keys)
                .put("emb", emb)
                .put("batch", batch)
                .put("step_ms", measured.median(name, ms -> ms))
                .put("ratio", ratio)
                .put("bytes_per_row", table.bytesPerRow)
                .put("row_bytes", rowBytes(settings))
                .put("memory_ratio", table.bytesPerRow / rowBytes(settings));
        if (i == tables.size() - 1) {
          report.put("ratio_20m", ratio);
        }
        System.out.println(report.line());
      }
    }
  }
}
