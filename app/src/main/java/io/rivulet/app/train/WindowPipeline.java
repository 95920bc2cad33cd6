package io.rivulet.app.train;

import io.rivulet.app.UserError;
import io.rivulet.app.settings.CommitEvery;
import io.rivulet.app.source.WindowSink;
import io.rivulet.features.Quarantine;
import io.rivulet.trainer.averaging.OnlineLearner;
import io.rivulet.trainer.metrics.Quality;
import io.rivulet.trainer.metrics.QualityMeter;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.spark.ExampleReader;
import io.rivulet.trainer.spark.WindowExamples;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.PartitionOffset;
import io.rivulet.trainer.store.StoreWriter;
import io.rivulet.trainer.store.TrainedWindow;
import io.rivulet.trainer.store.WindowPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Plan, prepare, learn, commit. The features of a window are prepared by the caller's thread while
 * one trainer thread learns the window before; what fails there is thrown at the next call.
 */
final class WindowPipeline implements WindowSink, AutoCloseable {
  private final StoreWriter store;
  private final FeatureStage features;
  private final Quarantine quarantine;
  private final OnlineLearner learner;
  private final CommitEvery commitEvery;
  private final RunTotals totals;
  private final ToLongFunction<List<PartitionOffset>> lag;
  private final String sourceName;
  private final Consumer<String> console;
  private final ExecutorService trainer =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "rivulet-trainer");
            thread.setDaemon(true);
            return thread;
          });

  private Future<?> running;

  /** Used by the trainer thread alone. */
  private final List<TrainedWindow> uncommitted = new ArrayList<>();

  private QualityMeter sinceCommit = new QualityMeter();
  private long lastCommit = System.nanoTime();

  WindowPipeline(
      StoreWriter store,
      FeatureStage features,
      Quarantine quarantine,
      OnlineLearner learner,
      CommitEvery commitEvery,
      RunTotals totals,
      String sourceName,
      ToLongFunction<List<PartitionOffset>> lag,
      Consumer<String> console) {
    this.store = store;
    this.features = features;
    this.quarantine = quarantine;
    this.learner = learner;
    this.commitEvery = commitEvery;
    this.totals = totals;
    this.sourceName = sourceName;
    this.lag = lag;
    this.console = console;
  }

  @Override
  public void accept(List<OffsetRange> ranges, Dataset<Row> events) {
    check();
    accept(store.plan(sourceName, ranges), events);
  }

  /** Takes a window whose plan is logged already. */
  void accept(WindowPlan plan, Dataset<Row> events) {
    Dataset<Row> examples = features.examples(events);
    WindowExamples window = ExampleReader.readWindow(examples, features.model().fieldCount());
    if (window.refusedCount() > 0) {
      quarantine.put(plan.window(), examples);
    }
    finishRunning();
    running = trainer.submit(() -> learn(plan, window));
  }

  @Override
  public void check() {
    if (running != null && running.isDone()) {
      finishRunning();
    }
  }

  private void finishRunning() {
    if (running == null) {
      return;
    }
    try {
      running.get();
      running = null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while a window was being learned", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /** Waits for the window that is being learned, and commits what isn't yet. */
  void drain() {
    finishRunning();
    running = trainer.submit(this::commit);
    finishRunning();
  }

  private void learn(WindowPlan plan, WindowExamples window) {
    ExampleBlock examples = window.examples();
    float[] predictions = learner.learn(examples);
    requireFinite(predictions, plan.window());
    sinceCommit.add(examples.labels(), predictions, 0);
    uncommitted.add(
        new TrainedWindow(plan, store.epoch().epoch(), examples.rows(), window.refusedCount()));
    double rate = totals.add(examples.labels(), predictions, window.refusedCount());
    Duration since = Duration.ofNanos(System.nanoTime() - lastCommit);
    if (commitEvery.due(uncommitted.size(), since)) {
      commit();
    }
    report(plan, window, rate);
  }

  private static void requireFinite(float[] predictions, long window) {
    for (float p : predictions) {
      if (!Float.isFinite(p)) {
        throw new UserError(
            "The model diverged in window "
                + window
                + ": a prediction is not a number. The last committed version is intact; try a"
                + " lower adam.learning_rate or ftrl.learning_rate");
      }
    }
  }

  private void commit() {
    if (!uncommitted.isEmpty()) {
      store.commit(
          learner.model(),
          learner.takeChangedRows(),
          List.copyOf(uncommitted),
          sinceCommit.quality());
      uncommitted.clear();
      sinceCommit = new QualityMeter();
      lastCommit = System.nanoTime();
    }
  }

  private void report(WindowPlan plan, WindowExamples window, double rate) {
    Quality quality = totals.recent();
    long version = store.newest().map(Manifest::version).orElse(0L);
    List<PartitionOffset> next =
        plan.ranges().stream()
            .map(r -> new PartitionOffset(r.topic(), r.partition(), r.until()))
            .toList();
    long behind = lag.applyAsLong(next);
    console.accept(
        String.format(
            "window %5d  rows %,6d  %,8.0f rows/s  lag %,9d  logloss %.4f  auc %.4f"
                + " (last %,d)  version %d%s",
            plan.window(),
            window.examples().rows(),
            rate,
            behind,
            quality.logloss(),
            quality.auc(),
            quality.rows(),
            version,
            window.refusedCount() > 0 ? "  quarantined " + window.refused() : ""));
    store.appendMetrics(
        new Report()
            .put("window", plan.window())
            .put("version", version)
            .put("rows", window.examples().rows())
            .put("quarantined", window.refused())
            .put("rows_per_s", rate)
            .put("lag", behind)
            .put(quality)
            .put("over_rows", quality.rows())
            .put("table_rows", learner.model().table().size())
            .put("offsets", next)
            .line());
  }

  @Override
  public void close() {
    trainer.shutdown();
  }
}
