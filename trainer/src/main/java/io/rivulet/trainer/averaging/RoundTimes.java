package io.rivulet.trainer.averaging;

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
}
