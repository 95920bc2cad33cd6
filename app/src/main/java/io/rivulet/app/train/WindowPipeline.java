package io.rivulet.app.train;

import io.rivulet.app.source.RecordedEvents;
import io.rivulet.app.source.WindowSink;
import io.rivulet.features.Quarantine;
import io.rivulet.trainer.spark.WindowExamples;
import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.StoreWriter;
import io.rivulet.trainer.store.WindowPlan;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Plans and prepares windows on the caller's thread while one trainer thread learns the window
 * before, or without overlap waits for it; what fails there is thrown at the next call.
 */
final class WindowPipeline implements WindowSink, AutoCloseable {
  private static final long CLOSE_TIMEOUT_S = 60;

  private final StoreWriter store;
  private final FeatureStage features;
  private final Quarantine quarantine;
  private final WindowLearner learner;
  private final boolean overlap;
  private final AtomicReference<RuntimeException> failure = new AtomicReference<>();
  private final ScheduledExecutorService trainer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "rivulet-trainer");
            thread.setDaemon(true);
            return thread;
          });

  /** The window handed to the trainer last; used by the thread that calls accept alone. */
  private Future<?> running;

  WindowPipeline(
      StoreWriter store,
      FeatureStage features,
      Quarantine quarantine,
      WindowLearner learner,
      boolean overlap) {
    this.store = store;
    this.features = features;
    this.quarantine = quarantine;
    this.learner = learner;
    this.overlap = overlap;
    // Starts the thread here: from a thread of Spark's query it would inherit the query's jobs. And
    // lets commits by time happen when nothing comes.
    trainer.scheduleAtFixedRate(guarded(learner::commitIfDue), 0, 1, TimeUnit.SECONDS);
    this.running = trainer.submit(() -> {});
  }

  @Override
  public void accept(List<OffsetRange> ranges, Dataset<Row> events) {
    check();
    accept(store.plan(RecordedEvents.source(ranges), ranges), features, events);
  }

  /** Takes a window that an earlier epoch planned, with its events as they were read then. */
  void acceptAgain(WindowPlan plan, Dataset<Row> events) {
    accept(plan, features.readingAs(store.store().epoch(plan.epoch())), events);
  }

  private void accept(WindowPlan plan, FeatureStage stage, Dataset<Row> events) {
    PreparedWindow prepared = stage.window(events, plan.ranges());
    WindowExamples window = prepared.window();
    if (window.refusedCount() > 0 || store.plannedBefore(plan.window())) {
      quarantine.put(plan.window(), store.epoch().epoch(), prepared.judged().get());
    }
    finishRunning();
    running = trainer.submit(guarded(() -> learner.learn(plan, window)));
    if (!overlap) {
      finishRunning();
    }
  }

  @Override
  public void check() {
    RuntimeException e = failure.get();
    if (e != null) {
      throw e;
    }
  }

  /**
   * After a failure the trainer does nothing more, so that no later window is learned without it.
   */
  private Runnable guarded(Runnable task) {
    return () -> {
      if (failure.get() == null) {
        try {
          task.run();
        } catch (RuntimeException e) {
          failure.set(e);
        } catch (Error e) {
          failure.set(new IllegalStateException("The trainer failed: " + e, e));
        }
      }
    };
  }

  private void finishRunning() {
    try {
      running.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while a window was being learned", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
    check();
  }

  /** Waits for the window that is being learned, and commits what isn't yet. */
  void drain() {
    finishRunning();
    running = trainer.submit(guarded(learner::commit));
    finishRunning();
  }

  @Override
  public void close() {
    trainer.shutdownNow();
    try {
      trainer.awaitTermination(CLOSE_TIMEOUT_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
