package io.rivulet.trainer.averaging;

import io.rivulet.trainer.model.Activation;
import io.rivulet.trainer.model.CounterRandom;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.RowLayout;
import io.rivulet.trainer.model.WorkingSet;
import io.rivulet.trainer.optim.Adam;
import io.rivulet.trainer.optim.Ftrl;
import io.rivulet.trainer.tower.Dropout;
import io.rivulet.trainer.tower.TowerKernel;
import java.util.Arrays;

/**
 * The learner's inner loop: predicts a mini-batch, then learns from it. Loss is the mean sigmoid
 * cross-entropy of the mini-batch. One thread at a time; buffers are kept between tasks.
 */
public final class Worker implements AutoCloseable {
  private final LearnerSettings settings;
  private final int embDim;
  private final int rowWidth;
  private final int inputWidth;
  private final TowerKernel tower;

  private final float[] input;
  private final float[] inputGradient;
  private final float[] logits;
  private final float[] wideLogits;
  private final float[] logitGradient;

  /** Rows that the mini-batch touches, in the order in which it first touches them. */
  private int[] touched = new int[0];

  /** For each row of the working set its position in {@link #touched} + 1, or 0. */
  private int[] touchedAt = new int[0];

  /** Gradient of each touched row: wide weight, then embedding; [touched × (1 + E)]. */
  private float[] rowGradients = new float[0];

  private int touchedCount;

  /** A worker with buffers for the mini-batches of {@code settings}. */
  public Worker(LearnerSettings settings) {
    this.settings = settings;
    this.embDim = settings.shape().embDim();
    this.rowWidth = settings.shape().rowWidth();
    this.inputWidth = settings.shape().towerInput();
    int batch = settings.batchSize();
    this.tower = TowerKernel.create(settings.tower(), settings.shape(), batch);
    this.input = new float[Math.multiplyExact(batch, inputWidth)];
    this.inputGradient = new float[input.length];
    this.logits = new float[batch];
    this.wideLogits = new float[batch];
    this.logitGradient = new float[batch];
  }

  /**
   * Learns from the task's examples, one mini-batch after the other; changes nothing it is given.
   */
  public WorkerUpdate train(WorkerTask task, DenseState start) {
    WorkingSet set = task.workingSet();
    float[] rows = set.rows().clone();
    DenseState dense = start.copy();
    float[] predictions = new float[set.examples()];
    tower.load(dense);
    for (int from = 0; from < set.examples(); from += settings.batchSize()) {
      int n = Math.min(settings.batchSize(), set.examples() - from);
      dense.step++;
      step(set, from, n, rows, dense, dropout(task.worker(), dense.step), predictions);
    }
    tower.save(dense);
    return new WorkerUpdate(task.worker(), set.examples(), rows, dense, predictions);
  }

  /** Probability of a click for each example; learns nothing. */
  public float[] predict(WorkingSet set, DenseState dense) {
    float[] predictions = new float[set.examples()];
    tower.load(dense);
    for (int from = 0; from < set.examples(); from += settings.batchSize()) {
      int n = Math.min(settings.batchSize(), set.examples() - from);
      forward(set, from, n, set.rows(), dense, Dropout.NONE);
      toProbabilities(n, predictions, from);
    }
    return predictions;
  }

  private Dropout dropout(int worker, long step) {
    if (settings.keepProb() == 1f) {
      return Dropout.NONE;
    }
    return new Dropout(settings.keepProb(), CounterRandom.bits(settings.seed(), worker, step));
  }

  private void step(
      WorkingSet set,
      int from,
      int n,
      float[] rows,
      DenseState dense,
      Dropout dropout,
      float[] predictions) {
    if (dropout.active()) {
      forward(set, from, n, rows, dense, Dropout.NONE);
      toProbabilities(n, predictions, from);
      forward(set, from, n, rows, dense, dropout);
    } else {
      forward(set, from, n, rows, dense, dropout);
      toProbabilities(n, predictions, from);
    }
    float biasGradient = 0f;
    for (int r = 0; r < n; r++) {
      logitGradient[r] = (Activation.sigmoid(logits[r]) - set.labels()[from + r]) / n;
      biasGradient += logitGradient[r];
    }
    tower.backward(logitGradient, inputGradient);
    tower.update(settings.adam(), dense.step);
    settings.ftrl().step(dense.wideBias, 0, biasGradient);
    gatherRowGradients(set, from, n);
    updateRows(rows, dense.step);
  }

  /** Computes the logits of examples {@code from … from + n}. */
  private void forward(
      WorkingSet set, int from, int n, float[] rows, DenseState dense, Dropout dropout) {
    Arrays.fill(input, 0, n * inputWidth, 0f);
    for (int r = 0; r < n; r++) {
      int first = set.start(from + r);
      int end = set.start(from + r + 1);
      float wide = dense.wideBias[0];
      for (int i = first; i < end; i++) {
        float weight = set.weights()[i];
        int row = set.index()[i] * rowWidth;
        wide += rows[row + RowLayout.WIDE] * weight;
        int target = r * inputWidth + field(set, i, first) * embDim;
        for (int e = 0; e < embDim; e++) {
          input[target + e] += rows[row + RowLayout.EMBEDDING + e] * weight;
        }
      }
      wideLogits[r] = wide;
    }
    tower.forward(input, n, logits, dropout);
    for (int r = 0; r < n; r++) {
      logits[r] += wideLogits[r];
    }
  }

  private static int field(WorkingSet set, int entry, int first) {
    return set.fields().length == 0 ? entry - first : set.fields()[entry];
  }

  private void toProbabilities(int n, float[] predictions, int at) {
    for (int r = 0; r < n; r++) {
      predictions[at + r] = Activation.sigmoid(logits[r]);
    }
  }

  /** Sums the gradients of each touched row over the mini-batch. */
  private void gatherRowGradients(WorkingSet set, int from, int n) {
    int entries = set.start(from + n) - set.start(from);
    if (touchedAt.length < set.rowCount()) {
      touchedAt = new int[set.rowCount()];
    }
    int width = 1 + embDim;
    if (touched.length < entries) {
      touched = new int[entries];
      rowGradients = new float[Math.multiplyExact(entries, width)];
    }
    touchedCount = 0;
    for (int r = 0; r < n; r++) {
      float g = logitGradient[r];
      int first = set.start(from + r);
      int end = set.start(from + r + 1);
      for (int i = first; i < end; i++) {
        float weight = set.weights()[i];
        int source = r * inputWidth + field(set, i, first) * embDim;
        int target = touch(set.index()[i]) * width;
        rowGradients[target] += g * weight;
        for (int e = 0; e < embDim; e++) {
          rowGradients[target + 1 + e] += inputGradient[source + e] * weight;
        }
      }
    }
  }

  private int touch(int row) {
    if (touchedAt[row] == 0) {
      touched[touchedCount] = row;
      int at = touchedCount++ * (1 + embDim);
      touchedAt[row] = touchedCount;
      Arrays.fill(rowGradients, at, at + 1 + embDim, 0f);
    }
    return touchedAt[row] - 1;
  }

  /** FTRL on the wide weights and lazy Adam on the embeddings of the touched rows. */
  private void updateRows(float[] rows, long step) {
    Adam adam = settings.adam();
    Ftrl ftrl = settings.ftrl();
    float stepSize = adam.stepSize(step);
    float l2 = settings.l2Coef();
    for (int t = 0; t < touchedCount; t++) {
      int row = touched[t] * rowWidth;
      int g = t * (1 + embDim);
      touchedAt[touched[t]] = 0;
      ftrl.step(rows, row + RowLayout.WIDE, rowGradients[g]);
      if (l2 > 0) {
        for (int e = 0; e < embDim; e++) {
          rowGradients[g + 1 + e] += l2 * rows[row + RowLayout.EMBEDDING + e];
        }
      }
      adam.step(
          rows,
          row + RowLayout.EMBEDDING,
          rowGradients,
          g + 1,
          rows,
          row + RowLayout.moment1(embDim),
          rows,
          row + RowLayout.moment2(embDim),
          embDim,
          stepSize);
    }
  }

  @Override
  public void close() {
    tower.close();
  }
}
