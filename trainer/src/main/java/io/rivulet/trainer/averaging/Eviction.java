package io.rivulet.trainer.averaging;

import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.EmbeddingTable;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.WideDeepModel;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Keeps the embedding table within its bound: before a window could bring more rows than it may
 * have, those go that were used longest ago. Which ones follows from the model alone, so a replay
 * removes the same.
 */
final class Eviction {
  /** Optimizer steps between two stamps, as a power of 2: so an int lasts for years. */
  private static final int STEP_SHIFT = 4;

  private static final int BINS = 1 << 20;

  /** Share of the bound that is freed at once, since looking for old rows reads all stamps. */
  private static final int FREED = 10;

  private final WideDeepModel model;
  private final Admission admission;
  private long[] evicted = new long[0];
  private int count;

  Eviction(WideDeepModel model, Admission admission) {
    this.model = model;
    this.admission = admission;
  }

  /** What rows that are used now are stamped with. */
  int now() {
    return (int) (model.dense().step >>> STEP_SHIFT);
  }

  /**
   * Makes room.
   *
   * @param window will be learned next
   * @param changed numbers of rows, kept right where rows get another
   */
  void makeRoom(ExampleBlock window, BitSet changed) {
    EmbeddingTable table = model.table();
    int bound = model.settings().maxRows();
    if (bound == 0 || table.size() + (long) window.keys().length <= bound) {
      return;
    }
    int newRows = missing(window);
    if (table.size() == 0 || table.size() + (long) newRows <= bound) {
      return;
    }
    int target = Math.max(0, Math.min(bound - bound / FREED, bound - newRows));
    int newest = newestToGo(table, target);
    // Backwards, so that the row that takes a removed one's number has been looked at.
    for (int row = table.size() - 1; row >= 0; row--) {
      if (table.stamp(row) <= newest) {
        note(table.key(row));
        int last = table.size() - 1;
        table.remove(row);
        changed.set(row, changed.get(last));
        changed.clear(last);
      }
    }
  }

  /** Entries whose keys have no row, which is at least as many as there are such keys. */
  private int missing(ExampleBlock window) {
    int missing = 0;
    for (int row = 0; row < window.rows(); row++) {
      for (int i = window.start(row); i < window.start(row + 1); i++) {
        long key = admission.admit(window.field(i), window.keys()[i]);
        missing += model.table().find(key) < 0 ? 1 : 0;
      }
    }
    return missing;
  }

  private void note(long key) {
    if (count == evicted.length) {
      evicted = Arrays.copyOf(evicted, Math.max(1024, 2 * count));
    }
    evicted[count++] = key;
  }

  /** The stamp up to which rows must go, so that no more than {@code target} stay. */
  private static int newestToGo(EmbeddingTable table, int target) {
    int oldest = Integer.MAX_VALUE;
    int newest = 0;
    for (int row = 0; row < table.size(); row++) {
      oldest = Math.min(oldest, table.stamp(row));
      newest = Math.max(newest, table.stamp(row));
    }
    int shift = 0;
    while ((newest - oldest) >> shift >= BINS) {
      shift++;
    }
    int[] rows = new int[((newest - oldest) >> shift) + 1];
    for (int row = 0; row < table.size(); row++) {
      rows[(table.stamp(row) - oldest) >> shift]++;
    }
    int bin = 0;
    for (int left = table.size() - rows[0]; left > target; left -= rows[bin]) {
      bin++;
    }
    return (int) Math.min(Integer.MAX_VALUE, oldest + ((bin + 1L) << shift) - 1);
  }

  /** The keys whose rows were removed since the last call. */
  long[] take() {
    long[] taken = Arrays.copyOf(evicted, count);
    count = 0;
    return taken;
  }
}
