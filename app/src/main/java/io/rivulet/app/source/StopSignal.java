package io.rivulet.app.source;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A request to stop after the windows begun, for good or to go on elsewhere, and the limits that
 * raise it.
 */
public final class StopSignal {
  private volatile CountDownLatch requested = new CountDownLatch(1);
  private volatile boolean forGood;
  private final long maxWindows;
  private volatile Duration untilIdle;
  private long windows;

  /**
   * A signal that also raises itself.
   *
   * @param maxWindows after so many windows; 0 for never
   * @param untilIdle after so long without an event; zero for never
   */
  public StopSignal(long maxWindows, Duration untilIdle) {
    this.maxWindows = maxWindows;
    this.untilIdle = untilIdle;
  }

  /** Asks for a stop; may be called from any thread, more than once. */
  public void request() {
    forGood = true;
    requested.countDown();
  }

  /** Asks for a stop until {@link #resume}. */
  public void pause() {
    requested.countDown();
  }

  /** Takes a {@link #pause} back; a request stands. */
  public void resume() {
    requested = new CountDownLatch(1);
    if (forGood) {
      requested.countDown();
    }
  }

  /** Says that no more events come: a stop is asked for once those that wait are taken. */
  public void endOfEvents() {
    untilIdle = Duration.ofNanos(1);
  }

  /** Whether a stop was asked for. */
  public boolean requested() {
    return requested.getCount() == 0;
  }

  /** Whether the stop is for good, so that no more events are wanted. */
  public boolean forGood() {
    return forGood;
  }

  /** Waits for a request, at most so long. */
  public boolean await(Duration time) throws InterruptedException {
    return requested.await(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Counts a window that was taken. */
  void windowTaken() {
    windows++;
    if (maxWindows > 0 && windows >= maxWindows) {
      request();
    }
  }

  /** How long the source may be without an event; zero for ever. */
  public Duration untilIdle() {
    return untilIdle;
  }
}
