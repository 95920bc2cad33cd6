package io.rivulet.trainer.averaging;

/**
 * Where the time of the learner's own thread went, in nanoseconds.
 *
 * @param gather finding the distinct keys of blocks and copying their rows
 * @param workers waiting for the workers of rounds
 * @param merge merging their updates
 */
public record RoundTimes(long gather, long workers, long merge) {

  /** The time since {@code earlier}. */
  public RoundTimes minus(RoundTimes earlier) {
    return new RoundTimes(
        gather - earlier.gather, workers - earlier.workers, merge - earlier.merge);
  }
}
