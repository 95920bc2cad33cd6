package io.rivulet.trainer.averaging;

/** Training has produced values that aren't finite numbers; the model is of no more use. */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public DivergedException() {
    super(
        "The model diverged: a parameter or prediction is not a finite number. The last committed"
            + " version is intact; try a lower adam.learning_rate or ftrl.learning_rate");
  }
}
