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
 *     #RETRACTED} or {@link #EXPIRED}
 * @param ranges ordered by topic and partition
 */
public record WindowPlan(long window, int epoch, String source, List<OffsetRange> ranges) {
  /** The source of a window whose events a rollback left out. */
  public static final String RETRACTED = "retracted";

  /** The source of a window whose events Kafka had deleted before they were read. */
  public static final String EXPIRED = "expired";

  /** Orders the ranges, of which each partition has one at most. */
  public WindowPlan {
    Objects.requireNonNull(source, "source");
    ranges = ranges.stream().sorted().toList();
    for (int i = 1; i < ranges.size(); i++) {
      if (ranges.get(i).compareTo(ranges.get(i - 1)) == 0) {
        throw new IllegalArgumentException("A window has two ranges of " + ranges.get(i));
      }
    }
    if (window < 1 || epoch < 1) {
      throw new IllegalArgumentException("Not a window of an epoch: " + window + ", " + epoch);
    }
  }

  /** Whether a rollback left its events out. */
  public boolean retracted() {
    return source.equals(RETRACTED);
  }

  /** Whether its events are taken without being learned. */
  public boolean leftOut() {
    return retracted() || expired();
  }

  /** Whether its events were gone before they could be read. */
  public boolean expired() {
    return source.equals(EXPIRED);
  }
}
