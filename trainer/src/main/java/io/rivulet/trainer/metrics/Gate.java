package io.rivulet.trainer.metrics;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Decides which versions may be served, by predictions made before learning. A version passes if
 * the gate window, which is the last events until then, is as good as the bounds ask, and neither
 * in it nor in the events just after it an alarm was raised. After an alarm, or a gate window that
 * is too bad, the gate is shut until predictions are good again and no event of before is in the
 * gate window. One thread at a time.
 */
public final class Gate {
  /** Events by which it is seen that predictions are good again. */
  private static final int LOOK_ROWS = 1000;

  private final Bounds bounds;
  private final RecentQuality recent;
  private final Deque<Candidate> candidates = new ArrayDeque<>();
  private Optional<Quality> reference;
  private long seen;

  /** Events since the gate window may begin; where shut, none. */
  private long sound;

  /** What came since the gate was shut; null if it isn't. */
  private Look look;

  private record Candidate(long version, long seen, Quality quality) {}

  /**
   * What a version must reach.
   *
   * @param windowRows events of the gate window
   * @param confirmRows events after a version's in which no alarm may be raised
   * @param maxNe largest normalized entropy
   * @param maxRise largest share by which logloss may be above that of the version that was
   *     published last
   */
  public record Bounds(int windowRows, int confirmRows, double maxNe, double maxRise) {
    /** Whether events that were predicted so belong to a stretch that is as good as it was. */
    public boolean hold(Quality quality, Optional<Quality> reference) {
      double before =
          reference.map(Quality::logloss).filter(Double::isFinite).orElse(Double.POSITIVE_INFINITY);
      return quality.ne() <= maxNe && quality.logloss() <= before * (1 + maxRise);
    }
  }

  /**
   * A gate that has seen no event.
   *
   * @param reference figures of the version that was published last; empty if there is none, or if
   *     it is no measure any more
   */
  public Gate(Bounds bounds, Optional<Quality> reference) {
    this.bounds = bounds;
    this.reference = reference;
    this.recent = new RecentQuality(bounds.windowRows());
  }

  /**
   * Adds events, as {@link QualityMeter#add(float[], float[], int, float)} does.
   *
   * @param alarmed whether they raised an alarm
   */
  public void add(float[] labels, float[] predictions, float negativeWeight, boolean alarmed) {
    recent.add(labels, predictions, negativeWeight);
    seen += labels.length;
    if (alarmed) {
      shut();
    } else if (look == null) {
      sound += labels.length;
      if (sound >= bounds.windowRows() && !bounds.hold(recent.quality(), reference)) {
        shut();
      }
    } else if (look.add(labels, predictions, negativeWeight)) {
      // What is behind may begin with the last of the bad events, so the gate window begins after.
      look = null;
      sound = 0;
    }
  }

  private void shut() {
    look = new Look(bounds, reference);
    sound = 0;
    candidates.clear();
  }

  /** Whether a version of the events up to now would pass. */
  public boolean open() {
    return look == null && sound >= bounds.windowRows();
  }

  /** Takes note of a version of the events up to now. */
  public void candidate(long version) {
    if (open()) {
      candidates.add(new Candidate(version, seen, recent.quality()));
    }
  }

  /**
   * The newest version that has passed since the last call and may be published.
   *
   * @param committed newest version that is committed
   */
  public OptionalLong passed(long committed) {
    Candidate newest = null;
    while (!candidates.isEmpty()
        && candidates.peek().version() <= committed
        && seen - candidates.peek().seen() >= bounds.confirmRows()) {
      newest = candidates.remove();
    }
    if (newest == null) {
      return OptionalLong.empty();
    }
    reference = Optional.of(newest.quality());
    return OptionalLong.of(newest.version());
  }

  /** Takes the figures of a version that somebody has published as the measure from now on. */
  public void published(Quality quality) {
    reference = Optional.of(quality);
    if (look != null) {
      look = new Look(bounds, reference);
    }
  }

  /** The oldest version that may still pass; empty if there is none. */
  public OptionalLong oldestCandidate() {
    return candidates.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(candidates.peek().version());
  }

  /** Figures of the version that passed last; empty if none has. */
  public Optional<Quality> reference() {
    return reference;
  }

  /** Looks at events, by the thousand, until they are predicted as well as before. */
  public static final class Look {
    private final Bounds bounds;
    private final Optional<Quality> reference;
    private QualityMeter meter = new QualityMeter();
    private long rows;

    /** A look that has seen nothing; see {@link Bounds#hold}. */
    public Look(Bounds bounds, Optional<Quality> reference) {
      this.bounds = bounds;
      this.reference = reference;
    }

    /** Adds events; returns whether those of the last thousand or more were predicted well. */
    public boolean add(float[] labels, float[] predictions, float negativeWeight) {
      meter.add(labels, predictions, 0, negativeWeight);
      rows += labels.length;
      if (rows < LOOK_ROWS) {
        return false;
      }
      boolean good = bounds.hold(meter.quality(), reference);
      meter = new QualityMeter();
      rows = 0;
      return good;
    }
  }
}
