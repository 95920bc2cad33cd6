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
   * @param most rows that it can bring
   * @param changed numbers of rows, kept right where rows get another
   */
  void makeRoom(ExampleBlock window, int most, BitSet changed) {
    EmbeddingTable table = model.table();
    int bound = model.settings().maxRows();
    if (bound == 0 || table.size() + (long) most <= bound) {
      return;
    }
    BitSet used = new BitSet();
    int newRows = Math.min(most, missing(window, used));
    if (table.size() + (long) newRows <= bound) {
      return;
    }
    int target = Math.max(0, Math.min(bound - bound / FREED, bound - newRows));
    int spare = table.size() - used.cardinality();
    int going = Math.min(spare, table.size() - target);
    if (going <= 0) {
      return;
    }
    Cut cut = cut(table, used, going);
    // Backwards, so that the row that takes a removed one's number has been looked at.
    for (int row = table.size() - 1; row >= 0; row--) {
      if (!used.get(row) && cut.takes(table.stamp(row), table.key(row))) {
        note(table.key(row));
        int last = table.size() - 1;
        table.remove(row);
        changed.set(row, changed.get(last));
        changed.clear(last);
      }
    }
  }

  /**
   * Entries whose keys have no row, which is at least as many as there are such keys.
   *
   * @param used gets the numbers of the others' rows, which must stay
   */
  private int missing(ExampleBlock window, BitSet used) {
    int missing = 0;
    for (int row = 0; row < window.rows(); row++) {
      for (int i = window.start(row); i < window.start(row + 1); i++) {
        int number = model.table().find(admission.admit(window.field(i), window.keys()[i]));
        if (number < 0) {
          missing++;
        } else {
          used.set(number);
        }
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

  /**
   * Which rows go: those of stamps before {@code from}, and of those from there to before {@code
   * until} the ones of keys up to {@code key}.
   */
  private record Cut(int from, long until, long key) {
    boolean takes(int stamp, long rowKey) {
      return stamp < from || (stamp < until && rowKey <= key);
    }
  }

  /** The cut that takes so many rows, of those that aren't used; there are as many. */
  private static Cut cut(EmbeddingTable table, BitSet used, int going) {
    int oldest = Integer.MAX_VALUE;
    int newest = 0;
    for (int row = used.nextClearBit(0); row < table.size(); row = used.nextClearBit(row + 1)) {
      oldest = Math.min(oldest, table.stamp(row));
      newest = Math.max(newest, table.stamp(row));
    }
    int shift = 0;
    while ((newest - oldest) >> shift >= BINS) {
      shift++;
    }
    int[] rows = new int[((newest - oldest) >> shift) + 1];
    for (int row = used.nextClearBit(0); row < table.size(); row = used.nextClearBit(row + 1)) {
      rows[(table.stamp(row) - oldest) >> shift]++;
    }
    int bin = 0;
    int left = going;
    while (left > rows[bin]) {
      left -= rows[bin++];
    }
    int from = oldest + (bin << shift);
    long until = oldest + ((bin + 1L) << shift);
    long[] keys = new long[rows[bin]];
    int n = 0;
    for (int row = used.nextClearBit(0); row < table.size(); row = used.nextClearBit(row + 1)) {
      if (table.stamp(row) >= from && table.stamp(row) < until) {
        keys[n++] = table.key(row);
      }
    }
    Arrays.sort(keys);
    return new Cut(from, until, keys[left - 1]);
  }

  /** The keys whose rows were removed since the last call. */
  long[] take() {
    long[] taken = Arrays.copyOf(evicted, count);
    count = 0;
    return taken;
  }
}
