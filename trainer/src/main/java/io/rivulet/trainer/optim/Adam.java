package io.rivulet.trainer.optim;

import java.io.Serializable;

/**
 * Adam (Kingma and Ba, ICLR 2015), in the form of the end of its section 2: the bias corrections
 * are folded into the step size. Applied to the rows that a mini-batch touches and no others it is
 * lazy Adam: moments of an untouched row don't decay.
 *
 * <p>Each step adds 1e-18 of the second moment's root to both moments, far less than counts beside
 * epsilon. Without it the moments of a parameter that gets no more gradients would decay to
 * subnormal numbers and stay there, with which some processors calculate a hundred times as slowly.
 * Where both moments and the gradient are 0, nothing changes.
 *
 * @param learningRate step size
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param epsilon added to the root of the second moment
 */
public record Adam(float learningRate, float beta1, float beta2, float epsilon)
    implements Serializable {

  /** Keeps moments from becoming subnormal. */
  private static final float LEAST = 1e-18f;

  /** Checks every range. */
  public Adam {
    if (!(learningRate > 0)) {
      throw new IllegalArgumentException("adam.learning_rate must be above 0, not " + learningRate);
    }
    if (!(beta1 >= 0 && beta1 < 1)) {
      throw new IllegalArgumentException("adam.beta1 must be in [0, 1), not " + beta1);
    }
    if (!(beta2 >= 0 && beta2 < 1)) {
      throw new IllegalArgumentException("adam.beta2 must be in [0, 1), not " + beta2);
    }
    if (!(epsilon > 0)) {
      throw new IllegalArgumentException("adam.epsilon must be above 0, not " + epsilon);
    }
  }

  /** The step size at optimizer step {@code t}, counted from 1. */
  public float stepSize(long t) {
    double correction1 = 1 - StrictMath.pow(beta1, t);
    double correction2 = 1 - StrictMath.pow(beta2, t);
    return (float) (learningRate * Math.sqrt(correction2) / correction1);
  }

  /**
   * One step on the first {@code n} parameters. The arrays have no offsets, since with these the
   * JVM's compiler makes no vector instructions of the loop, which then takes ten times as long.
   *
   * @param p parameters
   * @param g gradients
   * @param m first moments
   * @param v second moments
   * @param stepSize from {@link #stepSize}
   */
  public void step(float[] p, float[] g, float[] m, float[] v, int n, float stepSize) {
    float b1 = beta1;
    float b2 = beta2;
    float eps = epsilon;
    for (int i = 0; i < n; i++) {
      float gi = g[i];
      float mi = b1 * m[i] + (1 - b1) * gi;
      float vi = b2 * v[i] + (1 - b2) * gi * gi;
      float root = (float) Math.sqrt(vi);
      m[i] = mi + LEAST * root;
      v[i] = vi + LEAST * root;
      p[i] -= stepSize * mi / (root + eps);
    }
  }
}
