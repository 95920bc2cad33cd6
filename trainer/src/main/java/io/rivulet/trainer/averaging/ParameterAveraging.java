package io.rivulet.trainer.averaging;

import io.rivulet.trainer.averaging.WorkingSetBuilder.Gathered;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.EmbeddingTable;
import io.rivulet.trainer.model.LearnerSettings.EmbeddingMerge;
import io.rivulet.trainer.model.RowLayout;
import io.rivulet.trainer.model.WideDeepModel;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Merges the updates of a round into the model. Each number is merged in worker order, so that the
 * same updates give the same bits, however many cores share the work.
 *
 * <p>Dense parameters and their moments become the mean over the workers, weighted by examples
 * (local SGD with parameter averaging; Zinkevich et al., NIPS 2010); by {@link
 * io.rivulet.trainer.model.LearnerSettings.TowerMerge} the tower moves further than to the mean.
 * Embedding rows are merged by {@link EmbeddingMerge}.
 */
final class ParameterAveraging {
  /** Floats of the tower that one thread merges at a time. */
  private static final int CHUNK = 1 << 15;

  /** Floats of which several arrays fit a core's first-level cache. */
  private static final int BLOCK = 1 << 11;

  private static final int TOUCH = 1 << 16;

  private final WideDeepModel model;
  private final int moment1;
  private final int width;

  /**
   * For each table row: times {@link #TOUCH}, how many workers touched it in this round, plus how
   * many of these are merged already. Zero between rounds.
   */
  private int[] touches = new int[0];

  ParameterAveraging(WideDeepModel model) {
    this.model = model;
    this.moment1 = RowLayout.moment1(model.settings().shape().embDim());
    this.width = model.table().rowWidth();
  }

  /**
   * Merges a round.
   *
   * @param updates sound ones
   */
  void merge(List<Gathered> gathered, List<WorkerUpdate> updates) {
    if (updates.isEmpty()) {
      return;
    }
    mergeRows(gathered, updates);
    mergeDense(updates);
  }

  private void mergeRows(List<Gathered> gathered, List<WorkerUpdate> updates) {
    int tableSize = model.table().size();
    if (touches.length < tableSize) {
      touches = new int[(int) Math.min(Integer.MAX_VALUE - 8, tableSize + (long) tableSize / 2)];
    }
    for (Gathered g : gathered) {
      for (int row : g.tableRows()) {
        touches[row] += TOUCH;
      }
    }
    int shares = Runtime.getRuntime().availableProcessors();
    IntStream.range(0, shares)
        .parallel()
        .forEach(share -> mergeShare(gathered, updates, share, shares));
    for (Gathered g : gathered) {
      for (int row : g.tableRows()) {
        touches[row] = 0;
      }
    }
  }

  /** Merges the table rows whose number is {@code share} modulo {@code shares}. */
  private void mergeShare(
      List<Gathered> gathered, List<WorkerUpdate> updates, int share, int shares) {
    EmbeddingTable table = model.table();
    EmbeddingMerge rule = model.settings().embeddingMerge();
    boolean sumsFtrl = rule == EmbeddingMerge.SCALED || rule == EmbeddingMerge.SUM;
    boolean movesRowsOfOne = rule == EmbeddingMerge.SCALED || rule == EmbeddingMerge.MEAN;
    int workers = updates.size();
    float[] merged = new float[width];
    for (int w = 0; w < workers; w++) {
      int[] tableRows = gathered.get(w).tableRows();
      float[] before = gathered.get(w).set().rows();
      float[] after = updates.get(w).rows();
      for (int i = 0; i < tableRows.length; i++) {
        int row = tableRows[i];
        if (row % shares != share) {
          continue;
        }
        int n = touches[row] / TOUCH;
        if (workers == 1 || (n == 1 && !movesRowsOfOne)) {
          table.write(row, after, i * width);
          continue;
        }
        // The first worker starts the sum from the value before, to which all add changes.
        boolean first = touches[row]++ % TOUCH == 0;
        if (first) {
          System.arraycopy(before, i * width, merged, 0, width);
        } else {
          table.read(row, merged, 0);
        }
        addChanges(merged, before, after, i * width, n, workers);
        if (sumsFtrl && touches[row] % TOUCH == n) {
          model.settings().ftrl().solve(merged, RowLayout.WIDE);
        }
        table.write(row, merged, 0);
      }
    }
  }

  /** Adds the changes of one of the {@code n} workers that touched a row. */
  private void addChanges(
      float[] merged, float[] before, float[] after, int at, int n, int workers) {
    float mean = 1f / n;
    switch (model.settings().embeddingMerge()) {
      case SCALED -> {
        add(merged, before, after, at, 1f, 0, RowLayout.EMBEDDING);
        add(merged, before, after, at, workers * mean, RowLayout.EMBEDDING, moment1);
        add(merged, before, after, at, mean, moment1, width);
      }
      case SUM -> {
        add(merged, before, after, at, 1f, 0, moment1);
        add(merged, before, after, at, mean, moment1, width);
      }
      case TOUCHED -> add(merged, before, after, at, mean, 0, width);
      case MEAN -> add(merged, before, after, at, 1f / workers, 0, width);
    }
  }

  private static void add(
      float[] merged, float[] before, float[] after, int at, float factor, int from, int to) {
    for (int j = from; j < to; j++) {
      merged[j] += factor * (after[at + j] - before[at + j]);
    }
  }

  private void mergeDense(List<WorkerUpdate> updates) {
    DenseState dense = model.dense();
    long examples = updates.stream().mapToLong(WorkerUpdate::examples).sum();
    float[] shares = new float[updates.size()];
    long step = dense.step;
    for (int w = 0; w < shares.length; w++) {
      shares[w] = (float) ((double) updates.get(w).examples() / examples);
      step = Math.max(step, updates.get(w).dense().step);
    }
    float reach = model.settings().towerMerge().reach(shares.length, (int) (step - dense.step));
    float[][] towers = arrays(updates, d -> d.tower);
    float[][] moments1 = arrays(updates, d -> d.moment1);
    float[][] moments2 = arrays(updates, d -> d.moment2);
    int size = dense.tower.length;
    IntStream.range(0, (size + CHUNK - 1) / CHUNK)
        .parallel()
        .forEach(
            chunk -> {
              int from = chunk * CHUNK;
              int to = Math.min(size, from + CHUNK);
              mix(dense.tower, towers, shares, reach, from, to);
              mix(dense.moment1, moments1, shares, 1f, from, to);
              mix(dense.moment2, moments2, shares, 1f, from, to);
            });
    mix(dense.wideBias, arrays(updates, d -> d.wideBias), shares, 1f, 0, dense.wideBias.length);
    dense.step = step;
  }

  private static float[][] arrays(List<WorkerUpdate> updates, Function<DenseState, float[]> array) {
    return updates.stream().map(u -> array.apply(u.dense())).toArray(float[][]::new);
  }

  /**
   * Goes from the value before towards the weighted mean, {@code reach} times as far as to it.
   * Block by block on arrays from 0, since only of these the compiler makes vector instructions.
   */
  private static void mix(
      float[] target, float[][] values, float[] shares, float reach, int from, int to) {
    if (values.length == 1) {
      System.arraycopy(values[0], from, target, from, to - from);
      return;
    }
    float[] mean = new float[BLOCK];
    float[] block = new float[BLOCK];
    for (int at = from; at < to; at += BLOCK) {
      int n = Math.min(BLOCK, to - at);
      Arrays.fill(mean, 0f);
      for (int w = 0; w < values.length; w++) {
        System.arraycopy(values[w], at, block, 0, n);
        addScaled(mean, block, shares[w], n);
      }
      if (reach == 1f) {
        System.arraycopy(mean, 0, target, at, n);
      } else {
        System.arraycopy(target, at, block, 0, n);
        move(block, mean, reach, n);
        System.arraycopy(block, 0, target, at, n);
      }
    }
  }

  private static void addScaled(float[] sum, float[] values, float share, int n) {
    for (int i = 0; i < n; i++) {
      sum[i] += share * values[i];
    }
  }

  private static void move(float[] values, float[] towards, float reach, int n) {
    for (int i = 0; i < n; i++) {
      values[i] += reach * (towards[i] - values[i]);
    }
  }
}
