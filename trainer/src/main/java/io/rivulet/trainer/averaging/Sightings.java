package io.rivulet.trainer.averaging;

import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.CountMinSketch;
import io.rivulet.trainer.model.EmbeddingTable;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.WideDeepModel;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.Set;

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

  /** Whether keys wait for their rows. */
  boolean active() {
    return sketch != null;
  }

  /** Counts the keys of a window that have no row; gives those that have come often enough. */
  Set<Long> count(ExampleBlock window) {
    Set<Long> enough = new LinkedHashSet<>();
    EmbeddingTable table = model.table();
    for (int row = 0; row < window.rows(); row++) {
      for (int i = window.start(row); i < window.start(row + 1); i++) {
        int field = window.field(i);
        long key = admission.admit(field, window.keys()[i]);
        if (table.find(key) < 0 && (key == admission.oovKey(field) || sketch.add(key) >= least)) {
          enough.add(key);
        }
      }
    }
    return enough;
  }

  /**
   * Adds rows for keys that have none.
   *
   * @param changed gets their numbers
   */
  void add(Set<Long> keys, BitSet changed) {
    EmbeddingTable table = model.table();
    float[] initial = new float[table.rowWidth()];
    for (long key : keys) {
      int number = table.add(key);
      model.initialRow(key, initial, 0);
      table.write(number, initial, 0);
      changed.set(number);
    }
  }
}
