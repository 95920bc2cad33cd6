package io.rivulet.trainer.optim;

import java.io.Serializable;

/**
 * FTRL-Proximal with per-coordinate rates (McMahan et al., "Ad Click Prediction: a View from the
 * Trenches", KDD 2013, algorithm 1), with the accumulator started at {@code initialAccumulator} and
 * L2 counted twice, as TensorFlow, PyTorch ports and MindSpore do.
 *
 * @param learningRate α
 * @param l1 λ1
 * @param l2 λ2
 * @param initialAccumulator first value of n
 * @param reduction what a mini-batch's gradient is; not written by older versions, for which it was
 *     the mean
 */
public record Ftrl(
    float learningRate, float l1, float l2, float initialAccumulator, Reduction reduction)
    implements Serializable {

  /** What a mini-batch's gradient is. */
  public enum Reduction {
    /** The sum over its rows, so that a step doesn't shrink as the mini-batch grows. */
    SUM,
    /** The mean over its rows. */
    MEAN
  }

  /** Checks every range. */
  public Ftrl {
    reduction = reduction == null ? Reduction.MEAN : reduction;
    if (!(learningRate > 0)) {
      throw new IllegalArgumentException("ftrl.learning_rate must be above 0, not " + learningRate);
    }
    if (!(l1 >= 0)) {
      throw new IllegalArgumentException("ftrl.l1 must be at least 0, not " + l1);
    }
    if (!(l2 >= 0)) {
      throw new IllegalArgumentException("ftrl.l2 must be at least 0, not " + l2);
    }
    if (!(initialAccumulator > 0)) {
      throw new IllegalArgumentException(
          "ftrl.initial_accumulator must be above 0, not " + initialAccumulator);
    }
  }

  /** One step with gradient {@code g} on the weight, z and n that lie at {@code wzn[at …]}. */
  public void step(float[] wzn, int at, float g) {
    float w = wzn[at];
    float n = wzn[at + 2];
    float next = n + g * g;
    wzn[at + 1] += g - ((float) Math.sqrt(next) - (float) Math.sqrt(n)) / learningRate * w;
    wzn[at + 2] = next;
    solve(wzn, at);
  }

  /** Sets the weight at {@code wzn[at]} to the closed-form solution for its z and n. */
  public void solve(float[] wzn, int at) {
    float z = wzn[at + 1];
    float n = wzn[at + 2];
    wzn[at] =
        Math.abs(z) <= l1
            ? 0f
            : -(z - Math.signum(z) * l1) / ((float) Math.sqrt(n) / learningRate + 2 * l2);
  }
}
