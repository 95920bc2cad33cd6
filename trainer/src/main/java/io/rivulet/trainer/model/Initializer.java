package io.rivulet.trainer.model;

import java.io.Serializable;
import java.util.Objects;

/**
 * How parameters get their first values.
 *
 * @param kind the distribution
 * @param low lower end of {@link Kind#UNIFORM}
 * @param high upper end of {@link Kind#UNIFORM}
 */
public record Initializer(Kind kind, float low, float high) implements Serializable {

  /** Distributions; NORMAL has mean 0 and standard deviation 0.01, as in MindRec. */
  public enum Kind {
    NORMAL,
    UNIFORM,
    /** Uniform in ±1/sqrt(fan in), the usual choice for ReLU layers of a click model. */
    FAN_IN_UNIFORM,
    /** Uniform in ±sqrt(6 / (fan in + fan out)): Glorot and Bengio, AISTATS 2010. */
    XAVIER_UNIFORM,
    ZERO,
    ONE
  }

  private static final double NORMAL_SD = 0.01;

  /** Checks that a uniform range isn't empty. */
  public Initializer {
    Objects.requireNonNull(kind, "kind");
    if (kind == Kind.UNIFORM && !(low < high)) {
      throw new IllegalArgumentException(
          "init_args must be [low, high] with low < high, not [" + low + ", " + high + "]");
    }
  }

  /** The value of parameter {@code index} of the tensor {@code stream}. */
  public float value(long seed, long stream, long index, int fanIn, int fanOut) {
    return switch (kind) {
      case NORMAL -> (float) (NORMAL_SD * CounterRandom.normal(seed, stream, index));
      case UNIFORM -> uniform(seed, stream, index, low, high);
      case FAN_IN_UNIFORM -> symmetric(seed, stream, index, 1 / Math.sqrt(fanIn));
      case XAVIER_UNIFORM -> symmetric(seed, stream, index, Math.sqrt(6.0 / (fanIn + fanOut)));
      case ZERO -> 0f;
      case ONE -> 1f;
    };
  }

  private static float symmetric(long seed, long stream, long index, double bound) {
    return uniform(seed, stream, index, -bound, bound);
  }

  private static float uniform(long seed, long stream, long index, double low, double high) {
    return (float) (low + (high - low) * CounterRandom.uniform(seed, stream, index));
  }
}
