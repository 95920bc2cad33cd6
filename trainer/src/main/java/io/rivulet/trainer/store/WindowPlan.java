package io.rivulet.trainer.store;

import java.util.List;

/**
 * Which events make a window; logged before the window is trained, so that a restart trains the
 * same window again.
 *
 * @param window number of the window, from 1 without gaps
 * @param epoch the epoch that planned it
 * @param source {@code kafka}, {@code files}, {@code files+kafka}, {@code migration}, or {@link
 *     #RETRACTED}
 * @param ranges ordered by topic and partition
 */
public record WindowPlan(long window, int epoch, String source, List<OffsetRange> ranges) {
  /** The source of a window whose events a rollback left out. */
  public static final String RETRACTED = "retracted";

  /** Orders the ranges. */
  public WindowPlan {
    ranges = ranges.stream().sorted().toList();
  }

  /** Whether its events are left out, on purpose. */
  public boolean retracted() {
    return source.equals(RETRACTED);
  }
}
