package io.rivulet.app.train;

import io.rivulet.trainer.averaging.Predictor;
import io.rivulet.trainer.metrics.Gate;
import io.rivulet.trainer.spark.WindowExamples;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.WindowPlan;
import java.util.Optional;

/**
 * What follows an alarm of the loss where training may go back: windows are predicted by the
 * version that was published last and not learned, until it is clear whether a bad stretch has
 * ended or the world has changed.
 */
final class Suspicion implements AutoCloseable {
  private final Manifest published;
  private final Predictor predictor;
  private final Gate.Look look;
  private final long maxEvents;
  private long events;

  /**
   * What to do.
   *
   * @param goBackTo the version whose model counts, none of the events after it until {@code
   *     lastWindow} being learned; empty where all of them are to be learned
   */
  record Verdict(Optional<Manifest> goBackTo, long lastWindow) {}

  /**
   * A suspicion.
   *
   * @param predictor by that version; closed with this
   * @param events that came after it already
   * @param maxEvents at most so many are left out
   */
  Suspicion(Manifest published, Predictor predictor, Gate.Look look, long events, long maxEvents) {
    this.published = published;
    this.predictor = predictor;
    this.look = look;
    this.events = events;
    this.maxEvents = maxEvents;
  }

  /** Looks at a window; a verdict if this one settles it. */
  Optional<Verdict> add(WindowPlan plan, WindowExamples window) {
    events += plan.ranges().stream().mapToLong(OffsetRange::length).sum();
    float[] labels = window.examples().labels();
    float[] predictions = predictor.predict(window.examples());
    boolean over = look.add(labels, predictions, window.examples().negativeWeight());
    if (events > maxEvents) {
      return Optional.of(new Verdict(Optional.empty(), plan.window()));
    }
    return over
        ? Optional.of(new Verdict(Optional.of(published), plan.window()))
        : Optional.empty();
  }

  @Override
  public void close() {
    predictor.close();
  }
}
