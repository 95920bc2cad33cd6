package io.rivulet.trainer.store;

import java.util.List;
import java.util.Objects;

/**
 * Which events make a window; logged before the window is trained, so that a restart trains the
 * same window again.
 *
 * @param window number of the window, from 1 without gaps
 * @param epoch the epoch that planned it
 * @param source {@code kafka}, {@code files}, {@code files+kafka}, {@code migration}, {@link
 *     #RETRACTED}, {@link #EXPIRED} or {@link #SKIPPED}
 * @param ranges ordered by topic and partition
 * @param negativeRate share of the events without a click that are learned; not written by older
 *     versions, for which it was 1
 */
public record WindowPlan(
    long window, int epoch, String source, List<OffsetRange> ranges, Double negativeRate) {
  /** The source of a window whose events a rollback left out. */
  public static final String RETRACTED = "retracted";

  /** The source of a window whose events Kafka had deleted before they were read. */
  public static final String EXPIRED = "expired";

  /** The source of a window whose events were left out since they came faster than was learned. */
  public static final String SKIPPED = "skipped";

  /** Orders the ranges, of which each partition has one at most. */
  public WindowPlan {
    Objects.requireNonNull(source, "source");
    ranges = ranges.stream().sorted().toList();
    for (int i = 1; i < ranges.size(); i++) {
      if (ranges.get(i).compareTo(ranges.get(i - 1)) == 0) {
        throw new IllegalArgumentException("A window has two ranges of " + ranges.get(i));
      }
    }
    negativeRate = negativeRate == null ? 1.0 : negativeRate;
    if (!(negativeRate > 0 && negativeRate <= 1)) {
      throw new IllegalArgumentException("Not a rate of sampling: " + negativeRate);
    }
    if (window < 1 || epoch < 1) {
      throw new IllegalArgumentException("Not a window of an epoch: " + window + ", " + epoch);
    }
  }

  /** A window of which all events are learned. */
  public WindowPlan(long window, int epoch, String source, List<OffsetRange> ranges) {
    this(window, epoch, source, ranges, 1.0);
  }

  /** Whether a rollback left its events out. */
  public boolean retracted() {
    return source.equals(RETRACTED);
  }

  /** Whether its events are taken without being learned. */
  public boolean leftOut() {
    return retracted() || expired() || skipped();
  }

  /** Whether overload left its events out. */
  public boolean skipped() {
    return source.equals(SKIPPED);
  }

  /** Whether its events were gone before they could be read. */
  public boolean expired() {
    return source.equals(EXPIRED);
  }
}
