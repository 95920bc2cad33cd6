package io.rivulet.trainer.averaging;

import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.CounterRandom;
import io.rivulet.trainer.model.EmbeddingTable;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.model.WorkingSet;
import java.util.Arrays;

/**
 * Cuts rows out of a block and gathers the embedding rows that they touch, each once, in the order
 * in which the rows first name them. One thread at a time; buffers are kept.
 */
final class WorkingSetBuilder {
  private final WideDeepModel model;
  private final Admission admission;

  /** Keys found so far, open addressing; a slot counts only if its mark is the current one. */
  private long[] slotKeys = new long[1 << 10];

  private int[] slotPositions = new int[1 << 10];
  private int[] slotMarks = new int[1 << 10];
  private int mark;

  private long[] distinct = new long[1 << 9];
  private int distinctCount;

  WorkingSetBuilder(WideDeepModel model, Admission admission) {
    this.model = model;
    this.admission = admission;
  }

  /** A working set, and where in the table each of its rows lives. */
  record Gathered(WorkingSet set, int[] tableRows) {}

  /** The working set of rows {@code from … to}; keys that are new get a row in the table. */
  Gathered forTraining(ExampleBlock block, int from, int to) {
    int[] index = index(block, from, to);
    EmbeddingTable table = model.table();
    int width = table.rowWidth();
    int[] tableRows = new int[distinctCount];
    float[] rows = new float[Math.multiplyExact(distinctCount, width)];
    for (int i = 0; i < distinctCount; i++) {
      int row = table.find(distinct[i]);
      if (row < 0) {
        row = table.add(distinct[i]);
        model.initialRow(distinct[i], rows, i * width);
        table.write(row, rows, i * width);
      } else {
        table.read(row, rows, i * width);
      }
      tableRows[i] = row;
    }
    return new Gathered(workingSet(block, from, to, index, rows), tableRows);
  }

  /** The working set of rows {@code from … to}; keys that are new get their initial row, unkept. */
  WorkingSet forPrediction(ExampleBlock block, int from, int to) {
    int[] index = index(block, from, to);
    EmbeddingTable table = model.table();
    int width = table.rowWidth();
    float[] rows = new float[Math.multiplyExact(distinctCount, width)];
    for (int i = 0; i < distinctCount; i++) {
      int row = table.find(distinct[i]);
      if (row < 0) {
        model.initialRow(distinct[i], rows, i * width);
      } else {
        table.read(row, rows, i * width);
      }
    }
    return workingSet(block, from, to, index, rows);
  }

  private WorkingSet workingSet(ExampleBlock block, int from, int to, int[] index, float[] rows) {
    int first = block.start(from);
    int end = block.start(to);
    boolean fixed = block.starts().length == 0;
    int[] starts = new int[0];
    if (!fixed) {
      starts = Arrays.copyOfRange(block.starts(), from, to + 1);
      for (int i = 0; i < starts.length; i++) {
        starts[i] -= first;
      }
    }
    return new WorkingSet(
        to - from,
        block.fieldCount(),
        Arrays.copyOfRange(block.labels(), from, to),
        index,
        Arrays.copyOfRange(block.weights(), first, end),
        starts,
        fixed ? new int[0] : Arrays.copyOfRange(block.fields(), first, end),
        distinctCount,
        rows);
  }

  /** For each entry the position of its key among the distinct ones, which it collects. */
  private int[] index(ExampleBlock block, int from, int to) {
    int first = block.start(from);
    int entries = block.start(to) - first;
    reserve(entries);
    if (mark == Integer.MAX_VALUE) {
      Arrays.fill(slotMarks, 0);
      mark = 0;
    }
    mark++;
    distinctCount = 0;
    int[] index = new int[entries];
    for (int i = 0; i < entries; i++) {
      index[i] = position(admission.admit(block.field(first + i), block.keys()[first + i]));
    }
    return index;
  }

  private void reserve(int entries) {
    if (distinct.length >= entries) {
      return;
    }
    int slots = Integer.highestOneBit(Math.max(1, entries - 1)) << 2;
    slotKeys = new long[slots];
    slotPositions = new int[slots];
    slotMarks = new int[slots];
    mark = 0;
    distinct = new long[entries];
  }

  private int position(long key) {
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
    slotPositions[slot] = distinctCount;
    distinct[distinctCount] = key;
    return distinctCount++;
  }
}
