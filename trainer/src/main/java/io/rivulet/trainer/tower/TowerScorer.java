package io.rivulet.trainer.tower;

import io.rivulet.trainer.model.Activation;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.TowerLayout;
import org.bytedeco.javacpp.FloatPointer;

/**
 * The tower's forward pass alone, for parameters that stay as they are: any number of threads, each
 * with a {@link Workspace} of its own.
 */
public final class TowerScorer implements AutoCloseable {
  private final TowerLayout layout;
  private final Activation activation;
  private final FloatPointer params;
  private final FloatPointer[] weights;
  private final float[] parameters;

  /** A scorer with a copy of the tower's parameters. */
  public TowerScorer(LearnerSettings settings, float[] tower) {
    layout = settings.shape().towerLayout();
    activation = settings.shape().activation();
    parameters = tower.clone();
    params = new FloatPointer(parameters);
    weights = new FloatPointer[layout.layers()];
    for (int l = 0; l < weights.length; l++) {
      weights[l] = params.getPointer(layout.weights(l));
    }
  }

  /** Memory for the passes of one thread at a time, by towers of one shape. */
  public static final class Workspace implements AutoCloseable {
    private final Gemm gemm;
    private final FloatPointer[] values;
    private final float[] block;

    /** With room for {@code maxRows} rows of a tower of {@code settings}. */
    public Workspace(LearnerSettings settings, int maxRows) {
      TowerLayout layout = settings.shape().towerLayout();
      gemm = settings.mixedPrecision() ? Bf16Gemm.orSgemm() : Sgemm.best();
      values = new FloatPointer[layout.layers() + 1];
      int widest = 1;
      for (int l = 0; l < values.length; l++) {
        int width = l < layout.layers() ? layout.in(l) : 1;
        widest = Math.max(widest, width);
        values[l] = new FloatPointer(Math.multiplyExact(maxRows, width));
      }
      block = new float[Math.multiplyExact(maxRows, widest)];
    }

    @Override
    public void close() {
      gemm.close();
      for (FloatPointer matrix : values) {
        matrix.close();
      }
    }
  }

  /**
   * Adds the tower's output to {@code logits}.
   *
   * @param input [rows × the width of its input], row-major
   * @param logits [from … from + rows]
   */
  public void addLogits(Workspace space, float[] input, int rows, float[] logits, int from) {
    space.gemm.oneThread();
    space.values[0].put(input, 0, rows * layout.in(0));
    int last = layout.layers() - 1;
    for (int l = 0; l <= last; l++) {
      int width = layout.out(l);
      FloatPointer output = space.values[l + 1];
      space.gemm.multiply(
          false, false, rows, width, layout.in(l), space.values[l], weights[l], output);
      output.get(space.block, 0, rows * width);
      if (l < last) {
        activation.applyWithBias(space.block, rows * width, parameters, layout.biases(l), width);
        output.put(space.block, 0, rows * width);
      }
    }
    for (int r = 0; r < rows; r++) {
      logits[from + r] += space.block[r] + parameters[layout.biases(last)];
    }
  }

  @Override
  public void close() {
    params.close();
  }
}
