package io.rivulet.app.source;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Tells what to do with events that come faster than they are learned. One thread at a time. */
public final class Overload {
  private final Policy policy;
  private final long lagRows;
  private final double negativeRate;
  private final Duration lookEvery;
  private boolean active;
  private boolean looked;
  private long lookedAt;

  /** What to do. */
  public enum Policy {
    /** Learn all of them, however late. */
    KEEP,
    /** Learn all clicks and a sample of the others, each of which stands for more. */
    SAMPLE,
    /** Leave out all that waits, and go on with what comes. */
    SKIP
  }

  /**
   * A policy for one run.
   *
   * @param lagRows so many waiting events are too many
   * @param negativeRate share of the events without a click that {@link Policy#SAMPLE} keeps
   * @param lookEvery how long what was seen holds
   */
  public Overload(Policy policy, long lagRows, double negativeRate, Duration lookEvery) {
    this.policy = policy;
    this.lagRows = lagRows;
    this.negativeRate = negativeRate;
    this.lookEvery = lookEvery;
  }

  /**
   * Looks how much waits, if that was long ago. Sampling goes on until half of what is too much is
   * left, so that it doesn't begin and end all the time.
   */
  void look(LongSupplier waiting) {
    long now = System.nanoTime();
    if (policy == Policy.KEEP || (looked && now - lookedAt < lookEvery.toNanos())) {
      return;
    }
    looked = true;
    lookedAt = now;
    active = waiting.getAsLong() > (active && policy == Policy.SAMPLE ? lagRows / 2 : lagRows);
  }

  /** Share of the events without a click that are learned now. */
  double negativeRate() {
    return active && policy == Policy.SAMPLE ? negativeRate : 1;
  }

  /** Whether what waits is to be left out now. */
  boolean skips() {
    return active && policy == Policy.SKIP;
  }

  /** Forgets what was seen, after all that waited was left out. */
  void reset() {
    active = false;
    looked = false;
  }
}
