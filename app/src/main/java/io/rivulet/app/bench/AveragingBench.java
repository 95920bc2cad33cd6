package io.rivulet.app.bench;

import io.rivulet.app.SettingsOptions;
import io.rivulet.app.UserError;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.train.Report;
import io.rivulet.features.Schema;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import java.lang.ref.SoftReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What merging costs in quality: the same rows learned by one worker and by many. */
@Command(
    name = "averaging",
    mixinStandardHelpOptions = true,
    description = {
      "Quality by rule of merging and number of workers, each against one worker with the first"
          + " rule and the same seed.",
      "Every seed is one pass that predicts each row, then learns it. Workers are simulated one"
          + " after the other. Differences are means with their 95 %% t interval."
    })
final class AveragingBench implements Callable<Integer> {
  @Mixin private SettingsOptions options;

  @Option(
      names = "--data",
      paramLabel = "FILE",
      description = "Click events in Criteo's form, plain or gzip, instead of made-up ones.")
  private Path data;

  @Option(
      names = "--drift",
      paramLabel = "D",
      defaultValue = "1",
      description =
          "Of made-up clicks, how fast effects change: 1 for wholly other ones within 100,000 rows."
              + " Default: ${DEFAULT-VALUE}.")
  private double drift;

  @Option(
      names = "--workers",
      split = ",",
      paramLabel = "W",
      defaultValue = "1,2,4,8,32",
      description = "Numbers of workers. Default: ${DEFAULT-VALUE}.")
  private List<Integer> workers;

  @Option(
      names = "--rules",
      split = ",",
      paramLabel = "RULE",
      defaultValue =
          "embedding_merge=scaled+tower_merge=scaled,embedding_merge=scaled+tower_merge=sum,"
              + "embedding_merge=sum+tower_merge=mean,embedding_merge=touched+tower_merge=mean,"
              + "embedding_merge=mean+tower_merge=mean",
      description = "Settings, with + between those of one rule. Default: ${DEFAULT-VALUE}.")
  private List<String> rules;

  @Option(
      names = "--frequency",
      paramLabel = "K",
      defaultValue = "1",
      description = "Mini-batches of a worker between two merges. Default: ${DEFAULT-VALUE}.")
  private int frequency;

  @Option(
      names = "--batch",
      paramLabel = "ROWS",
      defaultValue = "100",
      description = "Rows of a mini-batch. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--emb",
      paramLabel = "E",
      defaultValue = "16",
      description = "Width of an embedding. Default: ${DEFAULT-VALUE}.")
  private int emb;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "20",
      description =
          "Passes of each case: seeds 1 to N of the model, and of the clicks if they are made up."
              + " Default: ${DEFAULT-VALUE}.")
  private int seeds;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "100000",
      description = "Rows of a pass. Default: ${DEFAULT-VALUE}.")
  private int rows;

  @Option(
      names = "--warm",
      paramLabel = "ROWS",
      defaultValue = "20000",
      description = "First rows that the figures leave out. Default: ${DEFAULT-VALUE}.")
  private int warm;

  @Option(
      names = "--window-rows",
      paramLabel = "ROWS",
      defaultValue = "10000",
      description = "Rows of a window. Default: ${DEFAULT-VALUE}.")
  private int windowRows;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "2",
      description = "Passes that run at the same time. Default: ${DEFAULT-VALUE}.")
  private int threads;

  /** What was read or made up, as long as there is room for it. */
  private final Map<RowsOf, SoftReference<ExampleBlock>> made = new ConcurrentHashMap<>();

  /** Rows with the fields of a rule; those of a file have seed 0. */
  private record RowsOf(Schema schema, int seed) {}

  @Override
  public Integer call() {
    check();
    Settings settings =
        options
            .settings()
            .with(Settings.EMB_DIM, Integer.toString(emb))
            .with(Settings.BATCH_SIZE, Integer.toString(batch))
            .with(Settings.AVERAGING_FREQUENCY, Integer.toString(frequency));
    List<MergeRule> merges = rules.stream().map(MergeRule::new).toList();
    // A wrong rule should be told before hours of work.
    merges.forEach(rule -> rule.in(settings));
    ExampleBlock first = examples(merges.get(0).in(settings), 1);
    String name = data == null ? "generated" : data.getFileName().toString();
    if (first.rows() <= warm) {
      throw new UserError(name + " has only " + first.rows() + " rows; --warm must be below");
    }
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<OnlinePass> single = passes(pool, merges.get(0).in(settings), 1);
      for (MergeRule rule : merges) {
        for (int count : workers) {
          List<OnlinePass> passes =
              count == 1 && rule.equals(merges.get(0))
                  ? single
                  : passes(pool, rule.in(settings), count);
          System.out.println(report(rule, count, name, passes, single).line());
        }
      }
    } finally {
      pool.shutdownNow();
    }
    return 0;
  }

  private void check() {
    UserError.requireAtLeast(1, "--seeds", seeds);
    UserError.requireAtLeast(0, "--warm", warm);
    UserError.requireAtLeast(warm + 1L, "--rows", rows);
    UserError.requireAtLeast(1, "--window-rows", windowRows);
    UserError.requireAtLeast(1, "--threads", threads);
    workers.forEach(count -> UserError.requireAtLeast(1, "--workers", count));
  }

  /** A pass for each seed, in their order. */
  private List<OnlinePass> passes(ExecutorService pool, Settings settings, int count) {
    BenchOptions.progress("averaging " + count + " workers, " + seeds + " seeds …");
    Settings counted = settings.with(Settings.WORKERS, Integer.toString(count));
    List<Future<OnlinePass>> running = new ArrayList<>();
    for (int seed = 1; seed <= seeds; seed++) {
      int own = seed;
      LearnerSettings learner = counted.with(Settings.SEED, Integer.toString(seed)).learner();
      running.add(
          pool.submit(() -> OnlinePass.run(learner, examples(settings, own), windowRows, warm)));
    }
    List<OnlinePass> passes = new ArrayList<>();
    for (Future<OnlinePass> pass : running) {
      passes.add(result(pass));
    }
    return passes;
  }

  private static OnlinePass result(Future<OnlinePass> pass) {
    try {
      return pass.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while passes ran", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private ExampleBlock examples(Settings settings, int seed) {
    RowsOf which = new RowsOf(settings.schema(), data == null ? seed : 0);
    SoftReference<ExampleBlock> kept = made.get(which);
    ExampleBlock examples = kept == null ? null : kept.get();
    if (examples == null) {
      BenchRows source =
          data == null ? BenchRows.madeUp(settings, seed, drift) : BenchRows.ofFile(settings, data);
      examples = source.examples(rows);
      made.put(which, new SoftReference<>(examples));
    }
    return examples;
  }

  private Report report(
      MergeRule rule, int count, String name, List<OnlinePass> passes, List<OnlinePass> single) {
    MeanInterval auc = MeanInterval.of(finite(passes, OnlinePass::auc));
    MeanInterval aucMinus = difference(passes, single, OnlinePass::auc);
    MeanInterval loglossMinus = difference(passes, single, OnlinePass::logloss);
    return new Report()
        .put("case", "averaging " + rule.text() + " workers=" + count)
        .put("data", name)
        .put("rule", rule.text())
        .put("workers", count)
        .put("batch", batch)
        .put("averaging_frequency", frequency)
        .put("seeds", seeds)
        .put("auc", auc.mean())
        .put("auc_std", auc.sd())
        .put("logloss", MeanInterval.of(finite(passes, OnlinePass::logloss)).mean())
        .put("auc_minus_1_worker", aucMinus.mean())
        .put("auc_minus_1_worker_low", aucMinus.low())
        .put("auc_minus_1_worker_high", aucMinus.high())
        .put("logloss_minus_1_worker", loglossMinus.mean())
        .put("logloss_minus_1_worker_low", loglossMinus.low())
        .put("logloss_minus_1_worker_high", loglossMinus.high())
        .put("diverged", passes.stream().filter(OnlinePass::diverged).count());
  }

  private static double[] finite(List<OnlinePass> passes, ToDoubleFunction<OnlinePass> figure) {
    return passes.stream().mapToDouble(figure).filter(Double::isFinite).toArray();
  }

  /** Of the seeds with which neither diverged. */
  private static MeanInterval difference(
      List<OnlinePass> passes, List<OnlinePass> single, ToDoubleFunction<OnlinePass> figure) {
    return MeanInterval.of(
        IntStream.range(0, passes.size())
            .mapToDouble(
                i -> figure.applyAsDouble(passes.get(i)) - figure.applyAsDouble(single.get(i)))
            .filter(Double::isFinite)
            .toArray());
  }
}
