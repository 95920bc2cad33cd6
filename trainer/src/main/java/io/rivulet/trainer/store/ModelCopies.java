package io.rivulet.trainer.store;

import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.EmbeddingTable;
import java.util.Arrays;

/** Copies of what a commit writes; each overwrites the one before. */
final class ModelCopies {
  private DenseState dense;
  private long[] keys = new long[0];
  private int[] stamps = new int[0];
  private float[] rows = new float[0];

  DenseState dense(DenseState state) {
    if (dense == null || dense.tower.length != state.tower.length) {
      dense = state.copy();
    } else {
      System.arraycopy(state.tower, 0, dense.tower, 0, state.tower.length);
      System.arraycopy(state.moment1, 0, dense.moment1, 0, state.moment1.length);
      System.arraycopy(state.moment2, 0, dense.moment2, 0, state.moment2.length);
      System.arraycopy(state.wideBias, 0, dense.wideBias, 0, state.wideBias.length);
      dense.step = state.step;
    }
    return dense;
  }

  /** The given rows of a table, as {@link ModelFiles#rows} writes them. */
  StoreFiles.Content rows(EmbeddingTable table, int[] rowNumbers) {
    int width = table.rowWidth();
    int n = rowNumbers.length;
    if (keys.length < n) {
      keys = new long[n + n / 4];
      stamps = new int[keys.length];
    }
    if (rows.length / width < n) {
      long spacious = (n + n / 4L) * width;
      rows = new float[(int) Math.max((long) n * width, Math.min(spacious, Integer.MAX_VALUE - 8))];
    }
    for (int i = 0; i < n; i++) {
      keys[i] = table.key(rowNumbers[i]);
      stamps[i] = table.stamp(rowNumbers[i]);
      table.read(rowNumbers[i], rows, i * width);
    }
    return ModelFiles.rows(Arrays.copyOf(keys, n), Arrays.copyOf(stamps, n), rows, width);
  }
}
