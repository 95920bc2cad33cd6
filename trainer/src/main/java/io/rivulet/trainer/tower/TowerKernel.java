package io.rivulet.trainer.tower;

import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.ModelShape;
import io.rivulet.trainer.optim.Adam;

/**
 * The tower's parameters and arithmetic, wherever they live. One thread at a time.
 *
 * <p>Use: {@link #load}, then for each mini-batch {@link #forward}, {@link #backward} and {@link
 * #update}, then {@link #save}.
 */
public interface TowerKernel extends AutoCloseable {

  /** The kernel of a kind, with room for mini-batches of {@code maxRows}. */
  static TowerKernel create(LearnerSettings.TowerKind kind, ModelShape shape, int maxRows) {
    return switch (kind) {
      case BLAS -> new BlasTower(shape, maxRows);
      case ND4J -> new Nd4jTower(shape);
    };
  }

  /** Takes a copy of the tower's parameters and moments. */
  void load(DenseState state);

  /** Copies the tower's parameters and moments to {@code state}. */
  void save(DenseState state);

  /**
   * Computes the tower's output and keeps what {@link #backward} needs.
   *
   * @param input [rows × F·E], row-major
   * @param logits [rows], overwritten
   * @param dropout zeroes inputs of every layer, or {@link Dropout#NONE}
   */
  void forward(float[] input, int rows, float[] logits, Dropout dropout);

  /**
   * Computes the gradients of the last forward pass.
   *
   * @param logitGradient derivative of the loss by each logit, [rows]
   * @param inputGradient derivative by each input, [rows × F·E], overwritten
   */
  void backward(float[] logitGradient, float[] inputGradient);

  /** The gradient of the last {@link #backward}, laid out as the parameters are. */
  float[] gradient();

  /**
   * Adam step number {@code step}, counted from 1, with the gradients of the last backward pass.
   */
  void update(Adam adam, long step);

  @Override
  void close();
}
