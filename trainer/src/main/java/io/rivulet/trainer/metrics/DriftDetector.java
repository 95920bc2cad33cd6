package io.rivulet.trainer.metrics;

import java.util.ArrayList;
import java.util.List;

/**
 * Raises an alarm when predictions become worse, when clicks become rarer or more frequent, when
 * more or fewer fields are missing than before, or when more values are unknown; each by an {@link
 * Adwin} of its own. That predictions become better or values known is no alarm.
 */
public final class DriftDetector {
  /** A larger loss of an event counts as this, in nats. */
  private static final double LARGEST_LOSS = 4;

  private final Adwin loss;
  private final Adwin clicks;
  private final Adwin missing;
  private final Adwin unknown;

  /** What is watched. */
  public enum Signal {
    /** Mean logloss, of events at most 4 nats. */
    LOSS,
    /** Share of events with a click. */
    CLICK_RATE,
    /** Share of fields whose value is missing. */
    MISSING_SHARE,
    /** Share of fields whose value is out of the vocabulary, or new to it. */
    OOV_SHARE
  }

  /**
   * An alarm.
   *
   * @param before mean of the signal until the change
   * @param after mean since
   * @param events number of events since
   */
  public record Alarm(Signal signal, double before, double after, long events) {}

  /**
   * A detector that has seen nothing.
   *
   * @param delta see {@link Adwin}
   */
  public DriftDetector(double delta) {
    loss = new Adwin(delta);
    clicks = new Adwin(delta);
    missing = new Adwin(delta);
    unknown = new Adwin(delta);
  }

  /**
   * Adds events that were predicted and learned, all of those that came.
   *
   * @param labels 0 or 1, [events]
   * @param predictions for each, NaN where one was left out
   * @param missingShares share of each event's fields that are missing, [events]
   * @return the alarms that they raised, in their order
   */
  public List<Alarm> add(float[] labels, float[] predictions, float[] missingShares) {
    List<Alarm> alarms = new ArrayList<>();
    for (int row = 0; row < labels.length; row++) {
      if (Float.isNaN(predictions[row])) {
        continue;
      }
      boolean click = labels[row] > 0.5f;
      double nats = Math.min(LARGEST_LOSS, QualityMeter.logloss(click, predictions[row]));
      Adwin.Change worse = loss.add(nats / LARGEST_LOSS);
      if (worse != null && worse.after() > worse.before()) {
        alarms.add(alarm(Signal.LOSS, worse, LARGEST_LOSS));
      }
      Adwin.Change rate = clicks.add(click ? 1 : 0);
      if (rate != null) {
        alarms.add(alarm(Signal.CLICK_RATE, rate, 1));
      }
      Adwin.Change share = missing.add(missingShares[row]);
      if (share != null) {
        alarms.add(alarm(Signal.MISSING_SHARE, share, 1));
      }
    }
    return alarms;
  }

  /**
   * Adds events that are going to be learned.
   *
   * @param oovShares share of each event's fields whose value the model doesn't know, [events]
   * @return the alarms that they raised, in their order
   */
  public List<Alarm> addUnknown(float[] oovShares) {
    List<Alarm> alarms = new ArrayList<>();
    for (float oovShare : oovShares) {
      Adwin.Change more = unknown.add(oovShare);
      if (more != null && more.after() > more.before()) {
        alarms.add(alarm(Signal.OOV_SHARE, more, 1));
      }
    }
    return alarms;
  }

  private static Alarm alarm(Signal signal, Adwin.Change change, double scale) {
    return new Alarm(signal, change.before() * scale, change.after() * scale, change.count());
  }
}
