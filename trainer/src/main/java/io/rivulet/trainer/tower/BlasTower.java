package io.rivulet.trainer.tower;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.blas_set_num_threads;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;

import io.rivulet.trainer.model.Activation;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.ModelShape;
import io.rivulet.trainer.model.TowerLayout;
import io.rivulet.trainer.optim.Adam;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;

/**
 * The tower on a CPU core: products by single-threaded OpenBLAS on native memory, everything else
 * in Java on arrays.
 */
final class BlasTower implements TowerKernel {
  static {
    // One worker a core: BLAS threads of its own would fight the other workers.
    blas_set_num_threads(1);
  }

  private final TowerLayout layout;
  private final Activation activation;
  private final int maxRows;

  private final float[] params;
  private final float[] moment1;
  private final float[] moment2;
  private final float[] gradient;
  private final FloatPointer nativeParams;
  private final FloatPointer nativeGradient;
  private final FloatPointer[] weights;
  private final FloatPointer[] weightGradients;

  /** Input of each layer before dropout, [rows × in]; that of layer 0 belongs to the caller. */
  private final float[][] inputs;

  /** Input of each layer after dropout, [rows × in]. */
  private final FloatPointer[] nativeInputs;

  /** Product of the current layer, [rows × widest layer]. */
  private final FloatPointer product;

  private final FloatPointer outputGradient;
  private final float[] delta;

  private int rows;
  private Dropout dropout = Dropout.NONE;

  BlasTower(ModelShape shape, int maxRows) {
    this.layout = shape.towerLayout();
    this.activation = shape.activation();
    this.maxRows = maxRows;
    int layers = layout.layers();
    params = new float[layout.size()];
    moment1 = new float[layout.size()];
    moment2 = new float[layout.size()];
    gradient = new float[layout.size()];
    nativeParams = new FloatPointer(layout.size());
    nativeGradient = new FloatPointer(layout.size());
    weights = new FloatPointer[layers];
    weightGradients = new FloatPointer[layers];
    inputs = new float[layers][];
    nativeInputs = new FloatPointer[layers];
    int widest = 1;
    for (int l = 0; l < layers; l++) {
      weights[l] = nativeParams.getPointer(layout.weights(l));
      weightGradients[l] = nativeGradient.getPointer(layout.weights(l));
      inputs[l] = l == 0 ? new float[0] : new float[Math.multiplyExact(maxRows, layout.in(l))];
      nativeInputs[l] = new FloatPointer((long) maxRows * layout.in(l));
      widest = Math.max(widest, layout.in(l));
    }
    product = new FloatPointer((long) maxRows * widest);
    outputGradient = new FloatPointer((long) maxRows * widest);
    delta = new float[Math.multiplyExact(maxRows, widest)];
  }

  @Override
  public void load(DenseState state) {
    System.arraycopy(state.tower, 0, params, 0, params.length);
    System.arraycopy(state.moment1, 0, moment1, 0, params.length);
    System.arraycopy(state.moment2, 0, moment2, 0, params.length);
    nativeParams.put(params, 0, params.length);
  }

  @Override
  public void save(DenseState state) {
    System.arraycopy(params, 0, state.tower, 0, params.length);
    System.arraycopy(moment1, 0, state.moment1, 0, params.length);
    System.arraycopy(moment2, 0, state.moment2, 0, params.length);
  }

  @Override
  public void forward(float[] input, int batchRows, float[] logits, Dropout mask) {
    if (batchRows > maxRows) {
      throw new IllegalArgumentException(batchRows + " rows don't fit a kernel for " + maxRows);
    }
    rows = batchRows;
    dropout = mask;
    float[] current = input;
    for (int l = 0; l < layout.layers(); l++) {
      int in = layout.in(l);
      int out = layout.out(l);
      putInput(l, current, rows * in);
      cblas_sgemm(
          CblasRowMajor,
          CblasNoTrans,
          CblasNoTrans,
          rows,
          out,
          in,
          1f,
          nativeInputs[l],
          in,
          weights[l],
          out,
          0f,
          product,
          out);
      if (l == layout.layers() - 1) {
        product.get(logits, 0, rows);
        float bias = params[layout.biases(l)];
        for (int r = 0; r < rows; r++) {
          logits[r] += bias;
        }
      } else {
        current = inputs[l + 1];
        product.get(current, 0, rows * out);
        activation.applyWithBias(current, rows * out, params, layout.biases(l), out);
      }
    }
  }

  private void putInput(int layer, float[] values, int length) {
    if (dropout.active()) {
      System.arraycopy(values, 0, delta, 0, length);
      dropout.apply(layer, delta, length);
      nativeInputs[layer].put(delta, 0, length);
    } else {
      nativeInputs[layer].put(values, 0, length);
    }
  }

  @Override
  public void backward(float[] logitGradient, float[] inputGradient) {
    System.arraycopy(logitGradient, 0, delta, 0, rows);
    for (int l = layout.layers() - 1; l >= 0; l--) {
      int in = layout.in(l);
      int out = layout.out(l);
      outputGradient.put(delta, 0, rows * out);
      sumColumns(delta, rows, out, gradient, layout.biases(l));
      cblas_sgemm(
          CblasRowMajor,
          CblasTrans,
          CblasNoTrans,
          in,
          out,
          rows,
          1f,
          nativeInputs[l],
          in,
          outputGradient,
          out,
          0f,
          weightGradients[l],
          out);
      cblas_sgemm(
          CblasRowMajor,
          CblasNoTrans,
          CblasTrans,
          rows,
          in,
          out,
          1f,
          outputGradient,
          out,
          weights[l],
          out,
          0f,
          product,
          in);
      weightGradients[l].get(gradient, layout.weights(l), in * out);
      float[] target = l == 0 ? inputGradient : delta;
      product.get(target, 0, rows * in);
      dropout.apply(l, target, rows * in);
      if (l > 0) {
        activation.multiplyByDerivative(delta, inputs[l], rows * in);
      }
    }
  }

  private static void sumColumns(float[] matrix, int rows, int columns, float[] sums, int at) {
    Arrays.fill(sums, at, at + columns, 0f);
    for (int r = 0; r < rows; r++) {
      int row = r * columns;
      for (int c = 0; c < columns; c++) {
        sums[at + c] += matrix[row + c];
      }
    }
  }

  @Override
  public float[] gradient() {
    return gradient.clone();
  }

  @Override
  public void update(Adam adam, long step) {
    adam.step(params, 0, gradient, 0, moment1, 0, moment2, 0, params.length, adam.stepSize(step));
    nativeParams.put(params, 0, params.length);
  }

  @Override
  public void close() {
    nativeParams.close();
    nativeGradient.close();
    product.close();
    outputGradient.close();
    for (FloatPointer input : nativeInputs) {
      input.close();
    }
  }
}
