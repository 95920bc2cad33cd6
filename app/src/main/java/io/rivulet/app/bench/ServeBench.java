package io.rivulet.app.bench;

import io.rivulet.app.SettingsOptions;
import io.rivulet.app.UserError;
import io.rivulet.app.process.Scratch;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.train.Report;
import io.rivulet.trainer.averaging.OnlineLearner;
import io.rivulet.trainer.averaging.ThreadedWorkers;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.serving.Scorer;
import io.rivulet.trainer.store.EpochTerms;
import io.rivulet.trainer.store.OpenMode;
import io.rivulet.trainer.store.StoreWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What a request costs while its scorer takes newer versions over, beside the same scorer at rest.
 * The versions are learned before; each is a window's delta.
 */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    description = {
      "Milliseconds of requests of 100 events to a scorer that takes newer versions over meanwhile"
          + " (p50_ms, p99_ms, max_ms), and of one that doesn't (still_…), in turn.",
      "No training runs beside them; see bench freshness for that."
    })
final class ServeBench implements Callable<Integer> {
  private static final String FORM = "tsv";
  private static final int CANDIDATES = 100;
  private static final double NANOS_OF_MILLI = 1e6;

  @Mixin private SettingsOptions options;
  @Mixin private BenchOptions bench;

  @Option(
      names = "--versions-per-second",
      paramLabel = "N",
      defaultValue = "2",
      description = "New versions a second. Default: ${DEFAULT-VALUE}.")
  private int versionsPerSecond;

  @Option(
      names = "--requests",
      paramLabel = "N",
      defaultValue = "50",
      description = "Requests a second. Default: ${DEFAULT-VALUE}.")
  private int requests;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "5",
      description = "How long each of the two is measured at a time. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--vocab",
      paramLabel = "V",
      defaultValue = "200000",
      description = "Keys with rows in the table. Default: ${DEFAULT-VALUE}.")
  private int vocab;

  /** The next version that is published. */
  private long next = 2;

  @Override
  public Integer call() throws InterruptedException {
    int repeats = bench.repeats();
    UserError.requireAtLeast(1, "--versions-per-second", versionsPerSecond);
    UserError.requireAtLeast(1, "--requests", requests);
    UserError.requireAtLeast(1, "--seconds", seconds);
    UserError.requireAtLeast(1, "--vocab", vocab);
    Settings settings = options.settings();
    // The first is there from the start; one more a block, since a block ends in between.
    int versions =
        Math.addExact(
            1, Math.multiplyExact(repeats + 1, Math.multiplyExact(seconds, versionsPerSecond) + 1));
    BenchOptions.progress("Reading rows …");
    int windowRows = settings.get(Settings.WINDOW_ROWS);
    ExampleBlock examples =
        BenchRows.withVocabulary(
            bench.rows(settings).examples(Math.multiplyExact(10, windowRows)), vocab);
    ExampleBlock candidates = BenchRows.slice(examples, 0, Math.min(CANDIDATES, examples.rows()));
    try (Scratch scratch = Scratch.create()) {
      BenchOptions.progress("Learning " + versions + " versions …");
      StoreWriter store = learn(settings, examples, scratch.resolve("store").toString(), versions);
      store.publish(1, store.store().version(1).quality());
      try (Scorer scorer = new Scorer(store.store(), BenchOptions.admission(settings.learner()))) {
        System.out.println(measure(settings, store, scorer, candidates, repeats).line());
      }
    }
    return 0;
  }

  private StoreWriter learn(
      Settings settings, ExampleBlock examples, String location, int versions) {
    LearnerSettings learnerSettings = settings.learner();
    WideDeepModel model = new WideDeepModel(learnerSettings);
    ResidentKeys.fill(model, vocab);
    StoreWriter store =
        StoreWriter.open(
            location,
            new Configuration(),
            OpenMode.GO_ON,
            new EpochTerms(
                    learnerSettings, "bench", settings.get(Settings.EVENT_MAX_BYTES), FORM, FORM)
                .withGate(true),
            versions + 1,
            1);
    try (ThreadedWorkers threads = new ThreadedWorkers(learnerSettings);
        OnlineLearner learner =
            new OnlineLearner(model, BenchOptions.admission(learnerSettings), threads)) {
      Committer committer =
          new Committer(store, learner, examples, settings.get(Settings.WINDOW_ROWS));
      for (int version = 0; version < versions; version++) {
        committer.commit(1);
      }
    }
    return store;
  }

  private Report measure(
      Settings settings, StoreWriter store, Scorer scorer, ExampleBlock candidates, int repeats)
      throws InterruptedException {
    BenchOptions.progress("Measuring …");
    List<Double> taking = new ArrayList<>();
    List<Double> still = new ArrayList<>();
    ScheduledExecutorService updater = Executors.newSingleThreadScheduledExecutor();
    try {
      for (int round = 0; round <= repeats; round++) {
        List<Double> alone = block(scorer, candidates);
        ScheduledFuture<?> updates =
            updater.scheduleAtFixedRate(
                () -> takeNext(store, scorer),
                0,
                TimeUnit.SECONDS.toNanos(1) / versionsPerSecond,
                TimeUnit.NANOSECONDS);
        List<Double> updated = block(scorer, candidates);
        end(updates);
        // The first round warms up.
        if (round > 0) {
          still.addAll(alone);
          taking.addAll(updated);
        }
      }
    } finally {
      updater.shutdownNow();
      updater.awaitTermination(10, TimeUnit.SECONDS);
    }
    double[] with = sorted(taking);
    double[] without = sorted(still);
    return new Report()
        .put("case", "serve E=" + settings.get(Settings.EMB_DIM))
        .put("candidates", candidates.rows())
        .put("versions_per_s", versionsPerSecond)
        .put("requests", with.length)
        .put("versions", scorer.version())
        .put("p50_ms", Figures.percentile(with, 50))
        .put("p99_ms", Figures.percentile(with, 99))
        .put("max_ms", Figures.percentile(with, 100))
        .put("still_p50_ms", Figures.percentile(without, 50))
        .put("still_p99_ms", Figures.percentile(without, 99));
  }

  private void takeNext(StoreWriter store, Scorer scorer) {
    store.publish(next, store.store().version(next).quality());
    next++;
    scorer.refresh();
  }

  /** A task that failed says why. */
  private static void end(ScheduledFuture<?> updates) throws InterruptedException {
    if (!updates.cancel(false)) {
      try {
        updates.get();
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause());
      }
    }
  }

  /** Milliseconds of requests at their rate. */
  private List<Double> block(Scorer scorer, ExampleBlock candidates) {
    List<Double> took = new ArrayList<>();
    long begin = System.nanoTime();
    long end = begin + TimeUnit.SECONDS.toNanos(seconds);
    for (long due = begin; due < end; due += TimeUnit.SECONDS.toNanos(1) / requests) {
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      long start = System.nanoTime();
      scorer.score(candidates);
      took.add((System.nanoTime() - start) / NANOS_OF_MILLI);
    }
    return took;
  }

  private static double[] sorted(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
  }
}
