package io.rivulet.trainer.averaging;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the time of rounds that were merged went, in nanoseconds.
 *
 * @param gather the learner's own thread: finding the distinct keys of blocks and copying their
 *     rows
 * @param workers the same: waiting for the workers of rounds
 * @param merge the same: merging their updates
 * @param steps the workers, all together
 */
public record RoundTimes(long gather, long workers, long merge, StepTimes steps) {

  /** The names of {@link #microseconds}' parts, in their order. */
  public static final List<String> PARTS =
      List.of("keys", "gather", "forward", "backward", "tower", "sparse", "wait", "merge");

  /** No time at all. */
  public static final RoundTimes NONE = new RoundTimes(0, 0, 0, StepTimes.NONE);

  /** The sum. */
  public RoundTimes plus(RoundTimes other) {
    return new RoundTimes(
        gather + other.gather,
        workers + other.workers,
        merge + other.merge,
        steps.plus(other.steps));
  }

  /** The time since {@code earlier}. */
  public RoundTimes minus(RoundTimes earlier) {
    return new RoundTimes(
        gather - earlier.gather,
        workers - earlier.workers,
        merge - earlier.merge,
        steps.minus(earlier.steps));
  }

  /**
   * Where the time of an example went, in microseconds, by the {@link #PARTS}; empty where it isn't
   * known. The workers' parts are those of one of them, and {@code wait} is what is left of their
   * time, so that all parts add up to the time that learning took.
   *
   * @param workers number of workers
   * @param rows examples learned in this time
   */
  public Map<String, Double> microseconds(int workers, int rows) {
    if (this.workers == 0 || rows == 0) {
      return Map.of();
    }
    long[] working = {
      steps.gather(),
      steps.forward(),
      steps.backward(),
      steps.towerOptimizer(),
      steps.sparseOptimizer()
    };
    double row = rows * 1e3;
    Map<String, Double> split = new LinkedHashMap<>();
    split.put(PARTS.get(0), gather / row);
    double wait = this.workers / row;
    for (int i = 0; i < working.length; i++) {
      double part = working[i] / (row * workers);
      split.put(PARTS.get(1 + i), part);
      wait -= part;
    }
    split.put(PARTS.get(6), Math.max(0, wait));
    split.put(PARTS.get(7), merge / row);
    return split;
  }
}
