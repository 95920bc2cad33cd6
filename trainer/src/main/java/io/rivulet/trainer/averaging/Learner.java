package io.rivulet.trainer.averaging;

import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.WideDeepModel;

/** Learns windows of examples in order. Owns the model. One thread at a time. */
public interface Learner extends AutoCloseable {

  /**
   * Learns from a window.
   *
   * @return probability of a click for each example, predicted before it was learned from; NaN for
   *     one that was left out since learning from it would have ruined the model
   * @throws DivergedException if the model is ruined all the same; it is of no more use
   */
  float[] learn(ExampleBlock window);

  /**
   * Which values of the window learned last the model didn't know: keys that aren't admitted, each
   * time, and new ones when they first came.
   *
   * @return [entries of the window], or empty where that isn't known
   */
  default boolean[] unknown() {
    return new boolean[0];
  }

  /** The model, whole between two calls of {@link #learn}. */
  WideDeepModel model();

  /** Numbers of the table rows changed since the last call, ascending. */
  int[] takeChangedRows();

  /** Keys whose rows were removed since the last call; some may have one again. */
  default long[] takeEvictedKeys() {
    return new long[0];
  }

  /** Where the time of {@link #learn} went since this learner was made, as far as it is known. */
  default RoundTimes times() {
    return RoundTimes.NONE;
  }

  /** Rows of the embedding table. */
  int tableRows();

  @Override
  void close();
}
