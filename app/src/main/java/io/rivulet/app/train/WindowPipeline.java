package io.rivulet.app.train;

import io.rivulet.app.source.RecordedEvents;
import io.rivulet.app.source.WindowSink;
import io.rivulet.features.Quarantine;
import io.rivulet.trainer.spark.ReadEvents;
import io.rivulet.trainer.spark.WindowExamples;
import io.rivulet.trainer.store.Epoch;
import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.StoreWriter;
import io.rivulet.trainer.store.WindowPlan;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads and plans windows on the caller's thread while one trainer thread learns those before, in
 * order, or without overlap waits for it; what fails there is thrown at the next call.
 */
final class WindowPipeline implements WindowSink, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WindowPipeline.class);
  private static final long CLOSE_TIMEOUT_S = 60;

  /**
   * So much may wait to be learned while the next is read: reading several small windows at once
   * takes longer than learning one of them.
   */
  private static final int ROWS_AHEAD = 10_000;

  private static final int WINDOWS_AHEAD = 4;

  private final StoreWriter store;
  private final FeatureStage features;
  private final Quarantine quarantine;
  private final WindowLearner learner;
  private final Slices slices;
  private final boolean overlap;
  private final double negativeRate;
  private final AtomicReference<RuntimeException> failure = new AtomicReference<>();
  private final ScheduledExecutorService trainer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "rivulet-trainer");
            thread.setDaemon(true);
            return thread;
          });

  /** Events of which some are in no window yet; used by the thread that calls accept alone. */
  private final List<PreparedEvents> held = new ArrayList<>();

  /** The windows that the trainer has still to learn, in order; used by that thread too. */
  private final Queue<Ahead> ahead = new ArrayDeque<>();

  private record Ahead(Future<?> learned, long rows) {}

  /**
   * A pipeline.
   *
   * @param negativeRate share of the events without a click that are learned, of those that a
   *     source would have learned
   */
  WindowPipeline(
      StoreWriter store,
      FeatureStage features,
      Quarantine quarantine,
      WindowLearner learner,
      Slices slices,
      boolean overlap,
      double negativeRate) {
    this.store = store;
    this.features = features;
    this.quarantine = quarantine;
    this.learner = learner;
    this.slices = slices;
    this.overlap = overlap;
    this.negativeRate = negativeRate;
    // Starts the thread here: from a thread of Spark's query it would inherit the query's jobs. And
    // lets commits by time happen when nothing comes.
    trainer.scheduleAtFixedRate(guarded(learner::commitIfDue), 0, 1, TimeUnit.SECONDS);
    trainer.scheduleWithFixedDelay(this::expire, 0, 1, TimeUnit.HOURS);
  }

  /** What fails here is tried again, and must not end the training. */
  private void expire() {
    try {
      quarantine.expire();
    } catch (RuntimeException e) {
      LOG.warn("Can't delete old events from the quarantine: {}", e.getMessage());
    }
  }

  @Override
  public void read(List<OffsetRange> ranges, Dataset<Row> events) {
    check();
    long read = ranges.stream().mapToLong(OffsetRange::length).sum();
    slices.choose(read, field -> features.frequentValues(events, ranges, field));
    held.add(features.read(events, ranges));
  }

  @Override
  public void accept(List<OffsetRange> window, double negativeRate) {
    check();
    WindowPlan plan =
        store.plan(RecordedEvents.source(window), window, negativeRate * this.negativeRate);
    learn(plan, store.epoch(), held);
    held.stream().filter(events -> events.endsWith(window)).forEach(PreparedEvents::close);
    held.removeIf(events -> events.endsWith(window));
  }

  @Override
  public void leaveOut(String source, List<OffsetRange> ranges) {
    check();
    held.forEach(PreparedEvents::close);
    held.clear();
    leaveOut(store.plan(source, ranges));
  }

  private void leaveOut(WindowPlan plan) {
    await(trainer.submit(guarded(() -> learner.leaveOut(plan))));
  }

  /**
   * Takes a window that an earlier epoch planned.
   *
   * @param recorded has its events as they were then
   */
  void acceptAgain(WindowPlan plan, RecordedEvents recorded) {
    if (plan.leftOut()) {
      leaveOut(plan);
      return;
    }
    Dataset<Row> events = recorded.read(plan.ranges());
    Epoch planned = store.store().epoch(plan.epoch());
    FeatureStage stage = features.readingAs(planned);
    try (PreparedEvents read = stage.read(events, plan.ranges())) {
      learn(plan, planned, List.of(read));
    }
  }

  private void learn(WindowPlan plan, Epoch planned, List<PreparedEvents> events) {
    WindowExamples window =
        ReadEvents.window(events.stream().map(PreparedEvents::events).toList(), plan.ranges())
            .sample(plan.negativeRate(), planned.arrivingNegatives());
    if (window.refusedCount() > 0) {
      events.stream()
          .map(part -> part.judgedOf(plan.ranges()))
          .reduce(Dataset::unionByName)
          .ifPresent(judged -> quarantine.put(plan.window(), store.epoch().epoch(), judged));
    } else if (store.plannedBefore(plan.window())) {
      quarantine.drop(plan.window(), store.epoch().epoch());
    }
    ahead.add(
        new Ahead(trainer.submit(guarded(() -> learner.learn(plan, window))), window.events()));
    while (!ahead.isEmpty() && (!overlap || tooFarAhead())) {
      await(ahead.remove().learned());
    }
  }

  private boolean tooFarAhead() {
    boolean manyRows = ahead.stream().mapToLong(Ahead::rows).sum() > ROWS_AHEAD;
    return ahead.size() > (manyRows ? 1 : WINDOWS_AHEAD);
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

  private void await(Future<?> task) {
    try {
      task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while a window was being learned", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
    check();
  }

  /** Waits until all windows are learned, and commits what isn't yet. */
  void drain() {
    await(trainer.submit(guarded(learner::commit)));
  }

  @Override
  public void close() {
    held.forEach(PreparedEvents::close);
    trainer.shutdownNow();
    try {
      trainer.awaitTermination(CLOSE_TIMEOUT_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
