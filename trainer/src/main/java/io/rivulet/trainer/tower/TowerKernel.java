package io.rivulet.trainer.tower;

import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.ModelShape;
import io.rivulet.trainer.optim.Adam;

/**
 * The tower's parameters and arithmetic, wherever they live. One thread at a time.
 *
 * <p>Use: {@link #load}, then for each mini-batch {@link #putInput}, {@link #forward}, {@link
 * #backward}, {@link #getInputGradient} and {@link #update}, then {@link #save}, or for the last
 * mini-batch {@link #updateInto} in place of both; all by the thread that loaded.
 */
public interface TowerKernel extends AutoCloseable {

  /** The kernel that the settings name, with room for one of their mini-batches. */
  static TowerKernel create(LearnerSettings settings) {
    ModelShape shape = settings.shape();
    int maxRows = settings.batchSize();
    return switch (settings.tower()) {
      case BLAS ->
          new BlasTower(
              shape, maxRows, settings.mixedPrecision() ? Bf16Gemm.orSgemm() : Sgemm.best());
      case ND4J -> new Nd4jTower(shape, maxRows);
    };
  }

  /** What computes, such as ND4J's backend. */
  String name();

  /**
   * Takes a copy of the tower's parameters. Its moments may be read as late as the first update or
   * save, until when they mustn't change.
   */
  void load(DenseState state);

  /** Copies the tower's parameters and moments to {@code state}. */
  void save(DenseState state);

  /**
   * Copies inputs of the next {@link #forward}.
   *
   * @param firstRow row of the mini-batch where they begin
   * @param input [rows × {@link ModelShape#towerInput}], row-major
   */
  void putInput(int firstRow, float[] input, int rows);

  /**
   * Computes the tower's output for the inputs that were put, and keeps what {@link #backward}
   * needs.
   *
   * @param logits [rows], overwritten
   * @param dropout zeroes inputs of every layer, for good, or {@link Dropout#NONE}
   */
  void forward(int rows, float[] logits, Dropout dropout);

  /**
   * Computes the gradients of the last forward pass.
   *
   * @param logitGradient derivative of the loss by each logit, [rows]
   */
  void backward(float[] logitGradient);

  /**
   * Copies derivatives by the inputs, of the last {@link #backward}.
   *
   * @param firstRow row of the mini-batch where they begin
   * @param gradient [rows × {@link ModelShape#towerInput}], overwritten
   */
  void getInputGradient(int firstRow, float[] gradient, int rows);

  /** The gradient of the last {@link #backward}, laid out as the parameters are. */
  float[] gradient();

  /**
   * Adam step number {@code step}, counted from 1, with the gradients of the last backward pass.
   */
  void update(Adam adam, long step);

  /**
   * Does {@link #update} and {@link #save} with fewer copies. Before its next use the kernel must
   * be loaded again.
   */
  default void updateInto(Adam adam, long step, DenseState state) {
    update(adam, step);
    save(state);
  }

  @Override
  void close();
}
