package io.rivulet.trainer.averaging;

import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.CountMinSketch;
import io.rivulet.trainer.model.EmbeddingTable;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.WideDeepModel;
import java.util.BitSet;

/**
 * Gives keys their rows once they have come often enough. What was counted isn't part of the model:
 * it begins anew with each epoch of a store, where a replay's does too.
 */
final class Sightings {
  /** Two rows of 4 MiB. */
  private static final int BITS = 22;

  private final WideDeepModel model;
  private final Admission admission;
  private final int least;
  private final CountMinSketch sketch;

  Sightings(WideDeepModel model, Admission admission) {
    this.model = model;
    this.admission = admission;
    this.least = model.settings().admitAfter();
    this.sketch = least > 1 ? new CountMinSketch(BITS) : null;
  }

  /**
   * Counts the keys of a window that have no row, and adds rows for those that came often enough.
   *
   * @param changed gets the numbers of these rows
   */
  void count(ExampleBlock window, BitSet changed) {
    if (sketch == null) {
      return;
    }
    EmbeddingTable table = model.table();
    float[] initial = new float[table.rowWidth()];
    for (int row = 0; row < window.rows(); row++) {
      for (int i = window.start(row); i < window.start(row + 1); i++) {
        int field = window.field(i);
        long key = admission.admit(field, window.keys()[i]);
        if (table.find(key) < 0 && (key == admission.oovKey(field) || sketch.add(key) >= least)) {
          int number = table.add(key);
          model.initialRow(key, initial, 0);
          table.write(number, initial, 0);
          changed.set(number);
        }
      }
    }
  }
}
