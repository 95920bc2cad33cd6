package io.rivulet.trainer.averaging;

import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.ModelShape;

/** Room for what a worker returns: lent to its update until the next one is made in it. */
public final class UpdateBuffer {
  private final DenseState dense;
  private float[] rows = new float[0];

  /** Room for updates of models of {@code shape}. */
  public UpdateBuffer(ModelShape shape) {
    this.dense = DenseState.zeros(shape);
  }

  DenseState dense() {
    return dense;
  }

  /** An array of at least {@code length} floats. */
  float[] rows(int length) {
    rows = atLeast(rows, length);
    return rows;
  }

  /** The array if it is long enough, else a new one with some room to spare. */
  static float[] atLeast(float[] array, int length) {
    if (array.length >= length) {
      return array;
    }
    long spare = array.length == 0 ? 0 : length / 4;
    return new float[(int) Math.min(Integer.MAX_VALUE - 8, length + spare)];
  }
}
