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

  /** Biases of each layer, for each row of a block. */
  private final float[][] biases;

  /** A scorer with a copy of the tower's parameters. */
  public TowerScorer(LearnerSettings settings, float[] tower) {
    layout = settings.shape().towerLayout();
    activation = settings.shape().activation();
    params = new FloatPointer(tower);
    weights = new FloatPointer[layout.layers()];
    biases = new float[weights.length][];
    for (int l = 0; l < weights.length; l++) {
      weights[l] = params.getPointer(layout.weights(l));
      biases[l] = RowBlocks.repeated(layout.out(l));
      System.arraycopy(tower, layout.biases(l), biases[l], 0, layout.out(l));
      RowBlocks.repeat(biases[l], layout.out(l));
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
      block = new float[Math.max(maxRows, Math.max(widest, RowBlocks.FLOATS))];
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
      if (l < last) {
        activate(output, rows * width, biases[l], space.block);
      }
    }
    space.values[last + 1].get(space.block, 0, rows);
    for (int r = 0; r < rows; r++) {
      logits[from + r] += space.block[r] + biases[last][0];
    }
  }

  private void activate(FloatPointer output, int length, float[] bias, float[] block) {
    for (int at = 0; at < length; at += bias.length) {
      int n = Math.min(bias.length, length - at);
      output.position(at).get(block, 0, n);
      activation.applyWithBias(block, n, bias);
      output.position(at).put(block, 0, n);
    }
    output.position(0);
  }

  @Override
  public void close() {
    params.close();
  }
}
