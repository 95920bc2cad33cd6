package io.rivulet.app.bench;

import io.rivulet.trainer.model.CounterRandom;
import io.rivulet.trainer.model.RowLayout;
import io.rivulet.trainer.model.WideDeepModel;

/** Fills embedding tables at once, as a long training would have. */
final class ResidentKeys {
  private static final float SCALE = 0.01f;

  private ResidentKeys() {}

  /** Adds rows for the keys 0 to {@code keys} − 1 to an empty table. */
  static void fill(WideDeepModel model, int keys) {
    int embDim = model.settings().shape().embDim();
    float[] row = new float[model.table().rowWidth()];
    model.initialRow(0, row, 0);
    for (int key = 0; key < keys; key++) {
      // The model's own normal deviates would take minutes for millions of rows.
      for (int e = 0; e < embDim; e++) {
        long bits = CounterRandom.mix((long) key * embDim + e);
        row[RowLayout.EMBEDDING + e] = SCALE * (int) bits * 0x1p-31f;
      }
      model.table().write(model.table().add(key), row, 0);
    }
  }
}
