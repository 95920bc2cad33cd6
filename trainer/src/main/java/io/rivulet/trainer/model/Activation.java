package io.rivulet.trainer.model;

/** Activation of the tower's hidden layers. */
public enum Activation {
  RELU,
  TANH,
  SIGMOID;

  /** Replaces {@code z[i]} by the activation of {@code z[i] + bias[i % width]}. */
  public void applyWithBias(float[] z, int length, float[] bias, int biasOffset, int width) {
    for (int row = 0; row < length; row += width) {
      switch (this) {
        case RELU -> {
          for (int i = 0; i < width; i++) {
            z[row + i] = Math.max(0f, z[row + i] + bias[biasOffset + i]);
          }
        }
        case TANH -> {
          for (int i = 0; i < width; i++) {
            z[row + i] = (float) StrictMath.tanh(z[row + i] + bias[biasOffset + i]);
          }
        }
        case SIGMOID -> {
          for (int i = 0; i < width; i++) {
            z[row + i] = sigmoid(z[row + i] + bias[biasOffset + i]);
          }
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
          gradient[i] = a[i] > 0f ? gradient[i] : 0f;
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
