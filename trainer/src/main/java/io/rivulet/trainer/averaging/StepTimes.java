package io.rivulet.trainer.averaging;

/**
 * Where the time of workers went, in nanoseconds.
 *
 * @param gather embeddings to the tower's input
 * @param forward the tower's forward pass
 * @param backward the tower's backward pass
 * @param towerOptimizer Adam on the tower, with what its first and last step read and write of
 *     others
 * @param sparseOptimizer row gradients, FTRL and lazy Adam on the touched rows
 */
public record StepTimes(
    long gather, long forward, long backward, long towerOptimizer, long sparseOptimizer) {

  /** No time at all. */
  public static final StepTimes NONE = new StepTimes(0, 0, 0, 0, 0);

  /** The sum. */
  public StepTimes plus(StepTimes other) {
    return new StepTimes(
        gather + other.gather,
        forward + other.forward,
        backward + other.backward,
        towerOptimizer + other.towerOptimizer,
        sparseOptimizer + other.sparseOptimizer);
  }

  /** The time since {@code earlier}. */
  public StepTimes minus(StepTimes earlier) {
    return new StepTimes(
        gather - earlier.gather,
        forward - earlier.forward,
        backward - earlier.backward,
        towerOptimizer - earlier.towerOptimizer,
        sparseOptimizer - earlier.sparseOptimizer);
  }
}
