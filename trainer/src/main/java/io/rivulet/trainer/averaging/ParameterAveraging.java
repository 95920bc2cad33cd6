package io.rivulet.trainer.averaging;

import io.rivulet.trainer.averaging.WorkingSetBuilder.Gathered;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.EmbeddingTable;
import io.rivulet.trainer.model.LearnerSettings.EmbeddingMerge;
import io.rivulet.trainer.model.RowLayout;
import io.rivulet.trainer.model.WideDeepModel;
import java.util.List;

/**
 * Merges the updates of a round into the model, in worker order, so that the same updates give the
 * same bits.
 *
 * <p>Dense parameters and their moments become the mean over the workers, weighted by examples. An
 * embedding row that one worker touched takes that worker's value. A row that several touched is
 * merged by {@link EmbeddingMerge}: {@code MEAN} averages all its floats over those workers (local
 * SGD with parameter averaging; Zinkevich et al., NIPS 2010); {@code SUM} adds the changes of the
 * embedding and of FTRL's additive state z and n, from which the wide weight follows, and averages
 * Adam's moments, which are means themselves.
 */
final class ParameterAveraging {
  private final WideDeepModel model;
  private final int embDim;
  private final int width;

  /** For each table row: how many workers touched it in this round. Zero between rounds. */
  private int[] touches = new int[0];

  /** For each table row: how many workers' values are merged already. Zero between rounds. */
  private int[] merges = new int[0];

  ParameterAveraging(WideDeepModel model) {
    this.model = model;
    this.embDim = model.settings().shape().embDim();
    this.width = model.table().rowWidth();
  }

  /**
   * Merges a round.
   *
   * @throws DivergedException if a value isn't a finite number; the model is as it was
   */
  void merge(List<Gathered> gathered, List<WorkerUpdate> updates) {
    if (updates.isEmpty()) {
      return;
    }
    for (WorkerUpdate update : updates) {
      requireFinite(update.rows());
      requireFinite(update.dense().tower);
      requireFinite(update.dense().wideBias);
      requireFinite(update.predictions());
    }
    mergeRows(gathered, updates);
    mergeDense(updates);
  }

  private static void requireFinite(float[] values) {
    // Zero times a number that isn't finite is NaN, and so is all that it is added to.
    float sum = 0f;
    for (float value : values) {
      sum += value * 0f;
    }
    if (sum != 0f) {
      throw new DivergedException();
    }
  }

  private void mergeRows(List<Gathered> gathered, List<WorkerUpdate> updates) {
    EmbeddingTable table = model.table();
    if (touches.length < table.size()) {
      int room = (int) Math.min(Integer.MAX_VALUE - 8, table.size() + (long) table.size() / 2);
      touches = new int[room];
      merges = new int[room];
    }
    for (Gathered g : gathered) {
      for (int row : g.tableRows()) {
        touches[row]++;
      }
    }
    float[] merged = new float[width];
    for (int w = 0; w < updates.size(); w++) {
      int[] tableRows = gathered.get(w).tableRows();
      float[] before = gathered.get(w).set().rows();
      float[] after = updates.get(w).rows();
      for (int i = 0; i < tableRows.length; i++) {
        int row = tableRows[i];
        int n = touches[row];
        if (n == 1) {
          table.write(row, after, i * width);
          continue;
        }
        // The first worker starts the sum from its own value, the others add theirs.
        boolean first = merges[row]++ == 0;
        table.read(row, merged, 0);
        accumulate(merged, before, after, i * width, n, first);
        if (merges[row] == n && model.settings().embeddingMerge() == EmbeddingMerge.SUM) {
          model.settings().ftrl().solve(merged, RowLayout.WIDE);
        }
        table.write(row, merged, 0);
      }
    }
    for (Gathered g : gathered) {
      for (int row : g.tableRows()) {
        touches[row] = 0;
        merges[row] = 0;
      }
    }
  }

  private void accumulate(
      float[] merged, float[] before, float[] after, int at, int n, boolean first) {
    int summed =
        model.settings().embeddingMerge() == EmbeddingMerge.SUM ? RowLayout.moment1(embDim) : 0;
    for (int j = 0; j < summed; j++) {
      merged[j] = first ? after[at + j] : merged[j] + (after[at + j] - before[at + j]);
    }
    for (int j = summed; j < width; j++) {
      merged[j] = first ? after[at + j] / n : merged[j] + after[at + j] / n;
    }
  }

  private void mergeDense(List<WorkerUpdate> updates) {
    DenseState dense = model.dense();
    long examples = updates.stream().mapToLong(WorkerUpdate::examples).sum();
    long step = dense.step;
    for (int w = 0; w < updates.size(); w++) {
      WorkerUpdate update = updates.get(w);
      DenseState d = update.dense();
      float share = (float) ((double) update.examples() / examples);
      mix(dense.tower, d.tower, share, w == 0);
      mix(dense.moment1, d.moment1, share, w == 0);
      mix(dense.moment2, d.moment2, share, w == 0);
      mix(dense.wideBias, d.wideBias, share, w == 0);
      step = Math.max(step, d.step);
    }
    dense.step = step;
  }

  private static void mix(float[] target, float[] values, float share, boolean first) {
    if (first && share == 1f) {
      System.arraycopy(values, 0, target, 0, target.length);
      return;
    }
    for (int i = 0; i < target.length; i++) {
      target[i] = first ? share * values[i] : target[i] + share * values[i];
    }
  }
}
