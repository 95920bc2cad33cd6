package io.rivulet.trainer.tower;

import io.rivulet.trainer.model.Activation;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.ModelShape;
import io.rivulet.trainer.model.TowerLayout;
import io.rivulet.trainer.optim.Adam;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;

/**
 * The tower on a CPU core: products by a {@link Gemm} on native memory. What lies between them is
 * done in Java, block by block: a block is copied to an array, worked on and copied back while it
 * is in the core's cache, so that main memory sees each value once.
 */
final class BlasTower implements TowerKernel {
  private static final int BLOCK = RowBlocks.FLOATS;

  private final Gemm gemm;
  private final TowerLayout layout;
  private final Activation activation;
  private final int maxRows;

  private final FloatPointer params;
  private final FloatPointer gradient;
  private final FloatPointer moment1;
  private final FloatPointer moment2;
  private final FloatPointer[] weights;
  private final FloatPointer[] weightGradients;

  /** Biases of each layer, as they are in {@link #params}, for each row of a block. */
  private final float[][] biases;

  /** Input of each layer after dropout, [rows × in]; the last is the output. */
  private final FloatPointer[] inputs;

  /** Derivative by the current layer's output and by its input, [rows × widest layer]. */
  private final FloatPointer[] deltas;

  /** Of each layer the input before dropout, [rows × in]; made when dropout is first used. */
  private final float[][] undropped;

  private final float[] block;
  private final float[] otherBlock;
  private final float[] moment1Block = new float[BLOCK];
  private final float[] moment2Block = new float[BLOCK];
  private final float[] biasGradient;
  private final float[] oneRow;

  /** Where {@link #backward} left the derivative by the tower's input. */
  private FloatPointer inputGradient;

  /** What has the moments; null where they are in this kernel's own memory. */
  private DenseState loaded;

  private int rows;
  private Dropout dropout = Dropout.NONE;

  BlasTower(ModelShape shape, int maxRows, Gemm gemm) {
    this.gemm = gemm;
    this.layout = shape.towerLayout();
    this.activation = shape.activation();
    this.maxRows = maxRows;
    int layers = layout.layers();
    params = new FloatPointer(layout.size());
    gradient = new FloatPointer(layout.size());
    moment1 = new FloatPointer(layout.size());
    moment2 = new FloatPointer(layout.size());
    weights = new FloatPointer[layers];
    weightGradients = new FloatPointer[layers];
    biases = new float[layers][];
    inputs = new FloatPointer[layers + 1];
    undropped = new float[layers][];
    int widest = 1;
    for (int l = 0; l < layers; l++) {
      weights[l] = params.getPointer(layout.weights(l));
      weightGradients[l] = gradient.getPointer(layout.weights(l));
      biases[l] = RowBlocks.repeated(layout.out(l));
      inputs[l] = matrix(layout.in(l));
      widest = Math.max(widest, layout.in(l));
    }
    inputs[layers] = matrix(1);
    deltas = new FloatPointer[] {matrix(widest), matrix(widest)};
    inputGradient = deltas[0];
    block = new float[Math.max(BLOCK, widest)];
    otherBlock = new float[block.length];
    biasGradient = new float[widest];
    oneRow = new float[widest];
  }

  private FloatPointer matrix(int columns) {
    return new FloatPointer(Math.multiplyExact(maxRows, columns));
  }

  @Override
  public String name() {
    return "blas";
  }

  @Override
  public void load(DenseState state) {
    gemm.oneThread();
    at(params, 0).put(state.tower, 0, layout.size());
    loaded = state;
    copyBiases();
  }

  private void copyBiases() {
    for (int l = 0; l < biases.length; l++) {
      at(params, layout.biases(l)).get(biases[l], 0, layout.out(l));
      RowBlocks.repeat(biases[l], layout.out(l));
    }
  }

  @Override
  public void save(DenseState state) {
    at(params, 0).get(state.tower, 0, layout.size());
    readMoments(0, state.moment1, state.moment2, layout.size());
  }

  @Override
  public void putInput(int firstRow, float[] input, int count) {
    if (firstRow + count > maxRows) {
      throw new IllegalArgumentException(
          firstRow + count + " rows don't fit a kernel for " + maxRows);
    }
    int width = layout.in(0);
    at(inputs[0], firstRow * width).put(input, 0, count * width);
  }

  @Override
  public void forward(int batchRows, float[] logits, Dropout mask) {
    rows = batchRows;
    dropout = mask;
    int last = layout.layers() - 1;
    if (dropout.active()) {
      dropInput();
    }
    for (int l = 0; l <= last; l++) {
      int out = layout.out(l);
      gemm.multiply(
          false,
          false,
          rows,
          out,
          layout.in(l),
          at(inputs[l], 0),
          weights[l],
          at(inputs[l + 1], 0));
      if (l < last) {
        activate(l);
      }
    }
    at(inputs[last + 1], 0).get(logits, 0, rows);
    for (int r = 0; r < rows; r++) {
      logits[r] += biases[last][0];
    }
  }

  private void dropInput() {
    int width = layout.in(0);
    int step = RowBlocks.rows(width);
    for (int r = 0; r < rows; r += step) {
      int n = Math.min(step, rows - r) * width;
      at(inputs[0], r * width).get(block, 0, n);
      dropout.apply(0, r * width, block, n);
      at(inputs[0], r * width).put(block, 0, n);
    }
  }

  /** Bias, activation and dropout on the product of layer {@code l}. */
  private void activate(int l) {
    int width = layout.out(l);
    int step = RowBlocks.rows(width);
    FloatPointer outputs = inputs[l + 1];
    for (int r = 0; r < rows; r += step) {
      int from = r * width;
      int n = Math.min(step, rows - r) * width;
      at(outputs, from).get(block, 0, n);
      activation.applyWithBias(block, n, biases[l]);
      if (dropout.active()) {
        System.arraycopy(block, 0, undropped(l + 1), from, n);
        dropout.apply(l + 1, from, block, n);
      }
      at(outputs, from).put(block, 0, n);
    }
  }

  private float[] undropped(int l) {
    if (undropped[l] == null) {
      undropped[l] = new float[Math.multiplyExact(maxRows, layout.in(l))];
    }
    return undropped[l];
  }

  @Override
  public void backward(float[] logitGradient) {
    int last = layout.layers() - 1;
    FloatPointer delta = deltas[0];
    at(delta, 0).put(logitGradient, 0, rows);
    Arrays.fill(biasGradient, 0f);
    addRows(logitGradient, rows, 1);
    for (int l = last; l >= 0; l--) {
      int in = layout.in(l);
      int out = layout.out(l);
      at(gradient, layout.biases(l)).put(biasGradient, 0, out);
      gemm.multiply(true, false, in, out, rows, at(inputs[l], 0), at(delta, 0), weightGradients[l]);
      FloatPointer back = delta == deltas[0] ? deltas[1] : deltas[0];
      gemm.multiply(false, true, rows, in, out, delta, weights[l], at(back, 0));
      delta = back;
      if (l > 0) {
        multiplyByDerivative(l, delta);
      }
    }
    inputGradient = delta;
  }

  /**
   * Turns the derivative by the input of layer {@code l} into that by the product before it, and
   * sums it over the rows, which gives the derivative by that layer's biases.
   */
  private void multiplyByDerivative(int l, FloatPointer delta) {
    int width = layout.in(l);
    int step = RowBlocks.rows(width);
    Arrays.fill(biasGradient, 0, width, 0f);
    for (int r = 0; r < rows; r += step) {
      int from = r * width;
      int n = Math.min(step, rows - r) * width;
      at(delta, from).get(block, 0, n);
      if (dropout.active()) {
        dropout.apply(l, from, block, n);
        System.arraycopy(undropped(l), from, otherBlock, 0, n);
      } else {
        at(inputs[l], from).get(otherBlock, 0, n);
      }
      activation.multiplyByDerivative(block, otherBlock, n);
      at(delta, from).put(block, 0, n);
      addRows(block, n, width);
    }
  }

  private void addRows(float[] matrix, int length, int width) {
    for (int row = 0; row < length; row += width) {
      System.arraycopy(matrix, row, oneRow, 0, width);
      for (int c = 0; c < width; c++) {
        biasGradient[c] += oneRow[c];
      }
    }
  }

  @Override
  public void getInputGradient(int firstRow, float[] target, int count) {
    int width = layout.in(0);
    at(inputGradient, firstRow * width).get(target, 0, count * width);
    if (dropout.active()) {
      dropout.apply(0, firstRow * width, target, count * width);
    }
  }

  @Override
  public float[] gradient() {
    float[] values = new float[layout.size()];
    at(gradient, 0).get(values, 0, values.length);
    return values;
  }

  /** Copies {@code n} moments of each kind, from parameter {@code from} on. */
  private void readMoments(int from, float[] first, float[] second, int n) {
    if (loaded == null) {
      at(moment1, from).get(first, 0, n);
      at(moment2, from).get(second, 0, n);
    } else {
      System.arraycopy(loaded.moment1, from, first, 0, n);
      System.arraycopy(loaded.moment2, from, second, 0, n);
    }
  }

  @Override
  public void update(Adam adam, long step) {
    float stepSize = adam.stepSize(step);
    for (int i = 0; i < layout.size(); i += BLOCK) {
      int n = stepBlock(adam, stepSize, i);
      at(params, i).put(block, 0, n);
      at(moment1, i).put(moment1Block, 0, n);
      at(moment2, i).put(moment2Block, 0, n);
    }
    loaded = null;
    copyBiases();
  }

  @Override
  public void updateInto(Adam adam, long step, DenseState state) {
    float stepSize = adam.stepSize(step);
    for (int i = 0; i < layout.size(); i += BLOCK) {
      int n = stepBlock(adam, stepSize, i);
      System.arraycopy(block, 0, state.tower, i, n);
      System.arraycopy(moment1Block, 0, state.moment1, i, n);
      System.arraycopy(moment2Block, 0, state.moment2, i, n);
    }
    loaded = null;
  }

  /** Steps the parameters from {@code from} on, in the blocks; returns how many these are. */
  private int stepBlock(Adam adam, float stepSize, int from) {
    int n = Math.min(BLOCK, layout.size() - from);
    at(params, from).get(block, 0, n);
    at(gradient, from).get(otherBlock, 0, n);
    readMoments(from, moment1Block, moment2Block, n);
    adam.step(block, otherBlock, moment1Block, moment2Block, n, stepSize);
    return n;
  }

  /** The same memory, used from float {@code i} on by the next call with it. */
  private static FloatPointer at(FloatPointer memory, int i) {
    return memory.position(i);
  }

  @Override
  public void close() {
    gemm.close();
    params.close();
    gradient.close();
    moment1.close();
    moment2.close();
    for (FloatPointer input : inputs) {
      input.close();
    }
    for (FloatPointer delta : deltas) {
      delta.close();
    }
  }
}
