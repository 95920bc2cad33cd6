package io.rivulet.trainer.averaging;

import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.EmbeddingTable;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.model.WorkingSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Cuts stretches of rows out of a block and gathers the embedding rows that each touches, each row
 * once, in the order in which the stretch first names it. One caller at a time.
 */
final class WorkingSetBuilder {
  private final WideDeepModel model;
  private final Admission admission;
  private final Admission known;
  private final List<DistinctKeys> keys = new ArrayList<>();

  /** Rows of each stretch. */
  private final List<float[]> buffers = new ArrayList<>();

  WorkingSetBuilder(WideDeepModel model, Admission admission) {
    this.model = model;
    LearnerSettings settings = model.settings();
    // Those that look at the table can do so, since it changes between rounds alone.
    this.known =
        settings.admitsLate()
            ? Admission.toTable(admission, model.table(), 0, 0, () -> 0)
            : admission;
    this.admission =
        settings.admitRate() == 1f
            ? known
            : Admission.toTable(
                admission,
                model.table(),
                settings.admitRate(),
                settings.seed(),
                () -> model.dense().step);
  }

  /** Rows {@code from … to} of a block. */
  record Stretch(int from, int to) {}

  /** A working set, and where in the table each of its rows lives. */
  record Gathered(WorkingSet set, int[] tableRows) {}

  /**
   * The working sets of stretches, for which cores work side by side; keys that are new get a row
   * in the table, in the order of the stretches. The next call overwrites the rows.
   *
   * @param unknown is set for entries whose key isn't admitted, and for the first of a key that is
   *     new, [entries of the block]
   */
  List<Gathered> forTraining(ExampleBlock block, List<Stretch> stretches, boolean[] unknown) {
    int n = stretches.size();
    while (keys.size() < n) {
      keys.add(new DistinctKeys(admission));
      buffers.add(new float[0]);
    }
    EmbeddingTable table = model.table();
    int[][] index = new int[n][];
    int[][] tableRows = new int[n][];
    sideBySide(
        n,
        i -> {
          Stretch stretch = stretches.get(i);
          index[i] = keys.get(i).index(block, stretch.from(), stretch.to(), unknown);
          tableRows[i] = find(keys.get(i));
        });
    for (int i = 0; i < n; i++) {
      addMissing(keys.get(i), tableRows[i], unknown);
    }
    for (int i = 0; i < n; i++) {
      int length = Math.multiplyExact(tableRows[i].length, table.rowWidth());
      buffers.set(i, UpdateBuffer.atLeast(buffers.get(i), length));
    }
    Gathered[] gathered = new Gathered[n];
    sideBySide(
        n,
        i -> {
          float[] rows = buffers.get(i);
          for (int r = 0; r < tableRows[i].length; r++) {
            table.read(tableRows[i][r], rows, r * table.rowWidth());
          }
          gathered[i] =
              new Gathered(
                  workingSet(block, stretches.get(i), index[i], tableRows[i].length, rows),
                  tableRows[i]);
        });
    return List.of(gathered);
  }

  /** The same where nobody asks what is unknown. */
  List<Gathered> forTraining(ExampleBlock block, List<Stretch> stretches) {
    return forTraining(block, stretches, new boolean[block.keys().length]);
  }

  private static void sideBySide(int n, IntConsumer each) {
    if (n == 1) {
      each.accept(0);
    } else {
      IntStream.range(0, n).parallel().forEach(each);
    }
  }

  private int[] find(DistinctKeys distinct) {
    int[] rows = new int[distinct.count()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = model.table().find(distinct.key(i));
    }
    return rows;
  }

  private void addMissing(DistinctKeys distinct, int[] tableRows, boolean[] unknown) {
    EmbeddingTable table = model.table();
    float[] initial = new float[table.rowWidth()];
    for (int i = 0; i < tableRows.length; i++) {
      if (tableRows[i] < 0) {
        long key = distinct.key(i);
        // A stretch before this one may have added it.
        tableRows[i] = table.find(key);
        if (tableRows[i] < 0) {
          tableRows[i] = table.add(key);
          model.initialRow(key, initial, 0);
          table.write(tableRows[i], initial, 0);
          unknown[distinct.entry(i)] = true;
        }
      }
    }
  }

  /** The working set of rows {@code from … to}; keys that are new get their initial row, unkept. */
  WorkingSet forPrediction(ExampleBlock block, int from, int to) {
    DistinctKeys distinct = new DistinctKeys(known);
    int[] index = distinct.index(block, from, to, new boolean[block.keys().length]);
    EmbeddingTable table = model.table();
    int width = table.rowWidth();
    float[] rows = new float[Math.multiplyExact(distinct.count(), width)];
    for (int i = 0; i < distinct.count(); i++) {
      int row = table.find(distinct.key(i));
      if (row < 0) {
        model.initialRow(distinct.key(i), rows, i * width);
      } else {
        table.read(row, rows, i * width);
      }
    }
    return workingSet(block, new Stretch(from, to), index, distinct.count(), rows);
  }

  private WorkingSet workingSet(
      ExampleBlock block, Stretch stretch, int[] index, int rowCount, float[] rows) {
    int from = stretch.from();
    int to = stretch.to();
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
        block.negativeWeight(),
        rowCount,
        model.table().rowWidth(),
        rows);
  }
}
