package io.rivulet.trainer.averaging;

import io.rivulet.trainer.model.Activation;
import io.rivulet.trainer.model.CounterRandom;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.RowLayout;
import io.rivulet.trainer.model.WorkingSet;
import io.rivulet.trainer.optim.Ftrl;
import io.rivulet.trainer.tower.Dropout;
import io.rivulet.trainer.tower.TowerKernel;
import java.util.Arrays;

/**
 * The learner's inner loop: predicts a mini-batch, then learns from it. Loss is the weighted mean
 * of the mini-batch's sigmoid cross-entropies. One thread at a time; buffers are kept between
 * tasks.
 */
public final class Worker implements AutoCloseable {
  /** Floats of a block. */
  private static final int BLOCK = 1 << 13;

  /** Floats of each of the arrays on which Adam works at a time, or of which all are checked. */
  private static final int ADAM_BLOCK = 1 << 11;

  private final LearnerSettings settings;
  private final int embDim;
  private final int rowWidth;
  private final int inputWidth;

  /** Fields from this one on are in the wide part alone. */
  private final int deepFields;

  private final TowerKernel tower;

  /** Rows of a block, which the tower takes and gives while they are in the core's cache. */
  private final int blockRows;

  /** Inputs of the tower or derivatives by them, [block rows × width of the input]. */
  private final float[] block;

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

  /** Rows that Adam updates at a time. */
  private final int adamRows;

  /** Their values one after the other, [adamRows × E] each. */
  private final float[] embeddings;

  private final float[] gradients;
  private final float[] moments1;
  private final float[] moments2;

  /** Values that are looked at. */
  private final float[] checked = new float[ADAM_BLOCK];

  /** Of an example, since the task began; NaN if there was one. */
  private float largestLoss;

  /** Where the time of the task went. */
  private StepTimes times = StepTimes.NONE;

  /** A worker with buffers for the mini-batches of {@code settings}. */
  public Worker(LearnerSettings settings) {
    this.settings = settings;
    this.embDim = settings.shape().embDim();
    this.rowWidth = settings.shape().rowWidth();
    this.inputWidth = settings.shape().towerInput();
    this.deepFields = settings.shape().deepFields();
    int batch = settings.batchSize();
    this.tower = TowerKernel.create(settings);
    this.blockRows = Math.max(1, BLOCK / inputWidth);
    this.block = new float[Math.multiplyExact(blockRows, inputWidth)];
    this.adamRows = Math.max(1, ADAM_BLOCK / embDim);
    this.embeddings = new float[adamRows * embDim];
    this.gradients = new float[adamRows * embDim];
    this.moments1 = new float[adamRows * embDim];
    this.moments2 = new float[adamRows * embDim];
    this.logits = new float[batch];
    this.wideLogits = new float[batch];
    this.logitGradient = new float[batch];
  }

  /**
   * Learns from the task's examples, one mini-batch after the other; changes nothing it is given
   * but {@code into}.
   *
   * @param into where the update goes
   */
  public WorkerUpdate train(WorkerTask task, DenseState start, UpdateBuffer into) {
    WorkingSet set = task.workingSet();
    float[] rows = into.rows(set.rowFloats());
    System.arraycopy(set.rows(), 0, rows, 0, set.rowFloats());
    DenseState dense = into.dense();
    float[] predictions = new float[set.examples()];
    System.arraycopy(start.wideBias, 0, dense.wideBias, 0, dense.wideBias.length);
    dense.step = start.step;
    tower.load(start);
    largestLoss = 0f;
    times = StepTimes.NONE;
    for (int from = 0; from < set.examples(); from += settings.batchSize()) {
      int n = Math.min(settings.batchSize(), set.examples() - from);
      dense.step++;
      step(set, from, n, rows, dense, dropout(task.worker(), dense.step), predictions);
    }
    if (set.examples() == 0) {
      tower.save(dense);
    }
    boolean sound =
        acceptable(largestLoss, settings)
            && finite(rows, set.rowFloats())
            && finite(dense.tower, dense.tower.length)
            // One that is infinite loses its parameter a step later.
            && finite(dense.moment2, dense.moment2.length)
            && finite(dense.wideBias, dense.wideBias.length)
            && finite(predictions, predictions.length);
    return new WorkerUpdate(
        task.worker(), set.examples(), rows, set.rowFloats(), dense, predictions, sound, times);
  }

  /** Whether a row of this loss may be learned from. */
  static boolean acceptable(float loss, LearnerSettings settings) {
    return loss <= (settings.maxLoss() == 0f ? Float.MAX_VALUE : settings.maxLoss());
  }

  /**
   * Sigmoid cross-entropy of an example, exact where it is large: there it is the logit's distance
   * from 0 on the wrong side.
   */
  private static float largeLoss(float logit, float label) {
    return label > 0.5f ? -logit : logit;
  }

  /**
   * Whether none of the first {@code length} values is infinite or NaN. Block by block on arrays
   * from 0, since only of these the compiler makes vector instructions.
   */
  private boolean finite(float[] values, int length) {
    float[] sums = new float[ADAM_BLOCK];
    for (int from = 0; from < length; from += ADAM_BLOCK) {
      int n = Math.min(ADAM_BLOCK, length - from);
      System.arraycopy(values, from, checked, 0, n);
      for (int i = 0; i < n; i++) {
        // Zero times a number that isn't finite is NaN, and so is all that it is added to.
        sums[i] += checked[i] * 0f;
      }
    }
    float sum = 0f;
    for (float one : sums) {
      sum += one;
    }
    return sum == 0f;
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

  /** Loss of each example as far as it is large, learning nothing; may be NaN or below zero. */
  float[] losses(WorkingSet set, DenseState dense) {
    float[] losses = new float[set.examples()];
    tower.load(dense);
    for (int from = 0; from < set.examples(); from += settings.batchSize()) {
      int n = Math.min(settings.batchSize(), set.examples() - from);
      forward(set, from, n, set.rows(), dense, Dropout.NONE);
      for (int r = 0; r < n; r++) {
        losses[from + r] = largeLoss(logits[r], set.labels()[from + r]);
      }
    }
    return losses;
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
    forward(set, from, n, rows, dense, Dropout.NONE);
    toProbabilities(n, predictions, from);
    for (int r = 0; r < n; r++) {
      largestLoss = Math.max(largestLoss, largeLoss(logits[r], set.labels()[from + r]));
    }
    if (dropout.active()) {
      forward(set, from, n, rows, dense, dropout);
    }
    // Where rows without a click are a sample, the odds of a click among all rows that came are as
    // much larger than those of the stream as there were more of these rows.
    float shift = (float) StrictMath.log(set.negativeWeight());
    float biasGradient = 0f;
    for (int r = 0; r < n; r++) {
      float error = Activation.sigmoid(logits[r] + shift) - set.labels()[from + r];
      logitGradient[r] = error / n;
      biasGradient += logitGradient[r];
    }
    long start = System.nanoTime();
    tower.backward(logitGradient);
    long backward = System.nanoTime();
    gatherRowGradients(set, from, n);
    float wideScale = settings.ftrl().reduction() == Ftrl.Reduction.SUM ? n : 1f;
    updateRows(rows, dense.step, wideScale);
    long sparse = System.nanoTime();
    if (from + n == set.examples()) {
      tower.updateInto(settings.adam(), dense.step, dense);
    } else {
      tower.update(settings.adam(), dense.step);
    }
    settings.ftrl().step(dense.wideBias, 0, biasGradient * wideScale);
    times =
        times.plus(
            new StepTimes(0, 0, backward - start, System.nanoTime() - sparse, sparse - backward));
  }

  /** Computes the logits of examples {@code from … from + n}. */
  private void forward(
      WorkingSet set, int from, int n, float[] rows, DenseState dense, Dropout dropout) {
    long start = System.nanoTime();
    for (int r = 0; r < n; r += blockRows) {
      int count = Math.min(blockRows, n - r);
      gather(set, from + r, count, rows);
      tower.putInput(r, block, count);
    }
    for (int r = 0; r < n; r++) {
      wideLogits[r] = wideLogit(set, from + r, rows, dense.wideBias[0]);
    }
    long gathered = System.nanoTime();
    tower.forward(n, logits, dropout);
    for (int r = 0; r < n; r++) {
      logits[r] += wideLogits[r];
    }
    times = times.plus(new StepTimes(gathered - start, System.nanoTime() - gathered, 0, 0, 0));
  }

  private float wideLogit(WorkingSet set, int example, float[] rows, float bias) {
    float logit = bias;
    int end = set.start(example + 1);
    for (int i = set.start(example); i < end; i++) {
      logit += rows[set.index()[i] * rowWidth + RowLayout.WIDE] * set.weights()[i];
    }
    return logit;
  }

  /** Weighted embeddings of {@code count} examples to the block. */
  private void gather(WorkingSet set, int from, int count, float[] rows) {
    boolean pooled = set.fields().length > 0;
    if (pooled) {
      Arrays.fill(block, 0, count * inputWidth, 0f);
    }
    int[] index = set.index();
    float[] weights = set.weights();
    for (int r = 0; r < count; r++) {
      int first = set.start(from + r);
      int end = set.start(from + r + 1);
      for (int i = first; i < end; i++) {
        int field = field(set, i, first);
        if (field >= deepFields) {
          continue;
        }
        float weight = weights[i];
        int source = index[i] * rowWidth + RowLayout.EMBEDDING;
        int target = r * inputWidth + field * embDim;
        if (pooled) {
          for (int e = 0; e < embDim; e++) {
            block[target + e] += rows[source + e] * weight;
          }
        } else if (weight == 1f) {
          System.arraycopy(rows, source, block, target, embDim);
        } else {
          for (int e = 0; e < embDim; e++) {
            block[target + e] = rows[source + e] * weight;
          }
        }
      }
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
    for (int r = 0; r < n; r += blockRows) {
      int count = Math.min(blockRows, n - r);
      tower.getInputGradient(r, block, count);
      for (int b = 0; b < count; b++) {
        addRowGradients(set, from + r + b, b * inputWidth, logitGradient[r + b]);
      }
    }
  }

  private void addRowGradients(WorkingSet set, int example, int blockRow, float g) {
    int first = set.start(example);
    int end = set.start(example + 1);
    for (int i = first; i < end; i++) {
      float weight = set.weights()[i];
      int field = field(set, i, first);
      int target = touch(set.index()[i]) * (1 + embDim);
      rowGradients[target] += g * weight;
      if (field < deepFields) {
        int source = blockRow + field * embDim;
        for (int e = 0; e < embDim; e++) {
          rowGradients[target + 1 + e] += block[source + e] * weight;
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

  /**
   * FTRL on the wide weights, whose mean gradient is multiplied by {@code wideScale}, and lazy Adam
   * on the embeddings of the touched rows.
   */
  private void updateRows(float[] rows, long step, float wideScale) {
    Ftrl ftrl = settings.ftrl();
    float stepSize = settings.adam().stepSize(step);
    for (int t = 0; t < touchedCount; t += adamRows) {
      int count = Math.min(adamRows, touchedCount - t);
      for (int i = 0; i < count; i++) {
        int row = touched[t + i] * rowWidth;
        int g = (t + i) * (1 + embDim);
        touchedAt[touched[t + i]] = 0;
        ftrl.step(rows, row + RowLayout.WIDE, rowGradients[g] * wideScale);
        int at = i * embDim;
        System.arraycopy(rows, row + RowLayout.EMBEDDING, embeddings, at, embDim);
        System.arraycopy(rowGradients, g + 1, gradients, at, embDim);
        System.arraycopy(rows, row + RowLayout.moment1(embDim), moments1, at, embDim);
        System.arraycopy(rows, row + RowLayout.moment2(embDim), moments2, at, embDim);
      }
      int n = count * embDim;
      float l2 = settings.l2Coef();
      if (l2 > 0) {
        for (int i = 0; i < n; i++) {
          gradients[i] += l2 * embeddings[i];
        }
      }
      settings.adam().step(embeddings, gradients, moments1, moments2, n, stepSize);
      for (int i = 0; i < count; i++) {
        int row = touched[t + i] * rowWidth;
        int at = i * embDim;
        System.arraycopy(embeddings, at, rows, row + RowLayout.EMBEDDING, embDim);
        System.arraycopy(moments1, at, rows, row + RowLayout.moment1(embDim), embDim);
        System.arraycopy(moments2, at, rows, row + RowLayout.moment2(embDim), embDim);
      }
    }
  }

  @Override
  public void close() {
    tower.close();
  }
}
