package io.rivulet.trainer.model;

/** Activation of the tower's hidden layers. */
public enum Activation {
  RELU,
  TANH,
  SIGMOID;

  /**
   * Replaces each {@code z[i]} by the activation of {@code z[i] + bias[i]}. Here and below no array
   * has an offset and no loop a branch, since else the JVM's compiler makes no vector instructions.
   */
  public void applyWithBias(float[] z, int length, float[] bias) {
    switch (this) {
      case RELU -> {
        for (int i = 0; i < length; i++) {
          float x = z[i] + bias[i];
          z[i] = (x + Math.abs(x)) * 0.5f;
        }
      }
      case TANH -> {
        for (int i = 0; i < length; i++) {
          z[i] = (float) StrictMath.tanh(z[i] + bias[i]);
        }
      }
      case SIGMOID -> {
        for (int i = 0; i < length; i++) {
          z[i] = sigmoid(z[i] + bias[i]);
        }
      }
    }
  }

  /**
   * Multiplies {@code gradient[i]} by the derivative at the point whose activation is {@code a[i]}.
   */
  public void multiplyByDerivative(float[] gradient, float[] a, int length) {
    switch (this) {
      case RELU -> {
        for (int i = 0; i < length; i++) {
          // 1 for all normal numbers above 0.
          gradient[i] *= Math.min(1f, a[i] * 0x1p127f);
        }
      }
      case TANH -> {
        for (int i = 0; i < length; i++) {
          gradient[i] *= 1f - a[i] * a[i];
        }
      }
      case SIGMOID -> {
        for (int i = 0; i < length; i++) {
          gradient[i] *= a[i] * (1f - a[i]);
        }
      }
    }
  }

  /** The logistic function; the same bits on every JVM. */
  public static float sigmoid(float x) {
    return (float) (1.0 / (1.0 + StrictMath.exp(-x)));
  }
}
