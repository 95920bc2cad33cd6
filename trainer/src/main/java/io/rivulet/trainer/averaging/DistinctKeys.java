package io.rivulet.trainer.averaging;

import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.CounterRandom;
import io.rivulet.trainer.model.ExampleBlock;
import java.util.Arrays;

/**
 * The distinct keys of a block, in the order in which its rows first name them. One thread at a
 * time; buffers are kept.
 */
final class DistinctKeys {
  private final Admission admission;

  /** Keys found so far, open addressing; a slot counts only if its mark is the current one. */
  private long[] slotKeys = new long[1 << 10];

  private int[] slotPositions = new int[1 << 10];
  private int[] slotMarks = new int[1 << 10];
  private int mark;

  private long[] distinct = new long[1 << 9];

  /** The first entry of each. */
  private int[] entries = new int[1 << 9];

  private int count;

  DistinctKeys(Admission admission) {
    this.admission = admission;
  }

  /** Number of distinct keys. */
  int count() {
    return count;
  }

  /** Distinct key number {@code i}. */
  long key(int i) {
    return distinct[i];
  }

  /** The entry of the block that first names distinct key number {@code i}. */
  int entry(int i) {
    return entries[i];
  }

  /**
   * Starts anew with rows {@code from … to} of a block.
   *
   * @param unknown is set where a key stands for the entry's that isn't admitted, [entries of the
   *     block]
   * @return for each of their entries the number of its key
   */
  int[] index(ExampleBlock block, int from, int to, boolean[] unknown) {
    int first = block.start(from);
    int length = block.start(to) - first;
    reserve(length);
    if (mark == Integer.MAX_VALUE) {
      Arrays.fill(slotMarks, 0);
      mark = 0;
    }
    mark++;
    count = 0;
    int[] index = new int[length];
    for (int row = from; row < to; row++) {
      for (int i = block.start(row); i < block.start(row + 1); i++) {
        long key = block.keys()[i];
        long admitted = admission.admit(block.field(row, i), key);
        if (admitted != key) {
          unknown[i] = true;
        }
        index[i - first] = number(admitted, i);
      }
    }
    return index;
  }

  private void reserve(int length) {
    if (distinct.length >= length) {
      return;
    }
    int slots = Integer.highestOneBit(Math.max(1, length - 1)) << 2;
    slotKeys = new long[slots];
    slotPositions = new int[slots];
    slotMarks = new int[slots];
    mark = 0;
    distinct = new long[length];
    entries = new int[length];
  }

  private int number(long key, int entry) {
    int mask = slotKeys.length - 1;
    int slot = (int) CounterRandom.mix(key) & mask;
    while (slotMarks[slot] == mark) {
      if (slotKeys[slot] == key) {
        return slotPositions[slot];
      }
      slot = (slot + 1) & mask;
    }
    slotMarks[slot] = mark;
    slotKeys[slot] = key;
    slotPositions[slot] = count;
    distinct[count] = key;
    entries[count] = entry;
    return count++;
  }
}
