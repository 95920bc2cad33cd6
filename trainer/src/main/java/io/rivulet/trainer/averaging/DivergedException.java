package io.rivulet.trainer.averaging;

/**
 * Training has produced values that aren't finite numbers, or losses out of all proportion, and no
 * few rows are to blame; the model is of no more use.
 */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public DivergedException() {
    super(
        "The model diverged: parameters are not finite numbers, or the losses of most rows exceed"
            + " guard.max_loss. The last committed version is intact; try a lower"
            + " adam.learning_rate or ftrl.learning_rate");
  }
}
