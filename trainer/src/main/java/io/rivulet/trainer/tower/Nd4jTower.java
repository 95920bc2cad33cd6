package io.rivulet.trainer.tower;

import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import io.rivulet.trainer.model.Activation;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.ModelShape;
import io.rivulet.trainer.model.TowerLayout;
import io.rivulet.trainer.optim.Adam;
import java.util.Arrays;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.updaters.AdamUpdater;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nd4j.nativeblas.NativeOpsHolder;

/** The tower by ND4J operations: on the CPU, or on a GPU with ND4J's CUDA backend. */
final class Nd4jTower implements TowerKernel {
  static {
    // The holder below is empty before ND4J has found its backend.
    Nd4j.getBackend();
    // ND4J's own threads and those of its BLAS fight the other workers for the same cores.
    NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(1);
    openblas_nolapack.blas_set_num_threads(1);
  }

  private final TowerLayout layout;
  private final Activation activation;

  /** Flat vectors; those below are views of them. */
  private final INDArray params;

  private final INDArray moment1;
  private final INDArray moment2;
  private final INDArray gradient;
  private final INDArray[] weights;
  private final INDArray[] biases;
  private final INDArray[] weightGradients;
  private final INDArray[] biasGradients;

  /** Inputs of each layer, before and after dropout, [rows × in]. */
  private final INDArray[] inputs;

  private final INDArray[] dropped;
  private final INDArray[] masks;

  private final float[] input;
  private float[] inputGradient = new float[0];

  Nd4jTower(ModelShape shape, int maxRows) {
    input = new float[Math.multiplyExact(maxRows, shape.towerInput())];
    layout = shape.towerLayout();
    activation = shape.activation();
    int layers = layout.layers();
    params = Nd4j.create(DataType.FLOAT, layout.size());
    moment1 = Nd4j.create(DataType.FLOAT, layout.size());
    moment2 = Nd4j.create(DataType.FLOAT, layout.size());
    gradient = Nd4j.create(DataType.FLOAT, layout.size());
    weights = new INDArray[layers];
    biases = new INDArray[layers];
    weightGradients = new INDArray[layers];
    biasGradients = new INDArray[layers];
    inputs = new INDArray[layers];
    dropped = new INDArray[layers];
    masks = new INDArray[layers];
    for (int l = 0; l < layers; l++) {
      weights[l] = weightsOf(params, l);
      biases[l] = biasesOf(params, l);
      weightGradients[l] = weightsOf(gradient, l);
      biasGradients[l] = biasesOf(gradient, l);
    }
  }

  private INDArray weightsOf(INDArray flat, int l) {
    return flat.get(interval(layout.weights(l), layout.biases(l)))
        .reshape('c', layout.in(l), layout.out(l));
  }

  private INDArray biasesOf(INDArray flat, int l) {
    return flat.get(interval(layout.biases(l), layout.biases(l) + layout.out(l)))
        .reshape('c', 1, layout.out(l));
  }

  @Override
  public String name() {
    return Nd4j.getBackend().getClass().getSimpleName();
  }

  @Override
  public void load(DenseState state) {
    params.assign(Nd4j.createFromArray(state.tower));
    moment1.assign(Nd4j.createFromArray(state.moment1));
    moment2.assign(Nd4j.createFromArray(state.moment2));
  }

  @Override
  public void save(DenseState state) {
    copy(params, state.tower);
    copy(moment1, state.moment1);
    copy(moment2, state.moment2);
  }

  private static void copy(INDArray from, float[] to) {
    System.arraycopy(from.toFloatVector(), 0, to, 0, to.length);
  }

  @Override
  public void putInput(int firstRow, float[] values, int rows) {
    System.arraycopy(values, 0, input, firstRow * layout.in(0), rows * layout.in(0));
  }

  @Override
  public void forward(int rows, float[] logits, Dropout dropout) {
    INDArray current = Nd4j.create(Arrays.copyOf(input, rows * layout.in(0)));
    current = current.reshape('c', rows, layout.in(0));
    for (int l = 0; l < layout.layers(); l++) {
      inputs[l] = current;
      masks[l] = dropout.active() ? mask(l, rows, dropout) : null;
      dropped[l] = dropout.active() ? current.mul(masks[l]) : current;
      INDArray z = dropped[l].mmul(weights[l]).addiRowVector(biases[l]);
      current = l == layout.layers() - 1 ? z : activate(z);
    }
    System.arraycopy(current.ravel().toFloatVector(), 0, logits, 0, rows);
  }

  private INDArray mask(int l, int rows, Dropout dropout) {
    float[] ones = new float[rows * layout.in(l)];
    Arrays.fill(ones, 1f);
    dropout.apply(l, ones, ones.length);
    return Nd4j.create(ones).reshape('c', rows, layout.in(l));
  }

  private INDArray activate(INDArray z) {
    return switch (activation) {
      case RELU -> Transforms.relu(z, false);
      case TANH -> Transforms.tanh(z, false);
      case SIGMOID -> Transforms.sigmoid(z, false);
    };
  }

  private INDArray derivative(INDArray a) {
    return switch (activation) {
      case RELU -> a.gt(0).castTo(DataType.FLOAT);
      case TANH -> a.mul(a).rsubi(1);
      case SIGMOID -> a.rsub(1).muli(a);
    };
  }

  @Override
  public void backward(float[] logitGradient) {
    int rows = (int) inputs[0].rows();
    INDArray delta = Nd4j.create(Arrays.copyOf(logitGradient, rows)).reshape('c', rows, 1);
    for (int l = layout.layers() - 1; l >= 0; l--) {
      weightGradients[l].assign(Nd4j.gemm(dropped[l], delta, true, false));
      biasGradients[l].assign(delta.sum(true, 0));
      INDArray back = Nd4j.gemm(delta, weights[l], false, true);
      if (masks[l] != null) {
        back.muli(masks[l]);
      }
      delta = l == 0 ? back : back.muli(derivative(inputs[l]));
    }
    inputGradient = delta.dup('c').data().asFloat();
  }

  @Override
  public void getInputGradient(int firstRow, float[] values, int rows) {
    System.arraycopy(inputGradient, firstRow * layout.in(0), values, 0, rows * layout.in(0));
  }

  @Override
  public float[] gradient() {
    return gradient.toFloatVector();
  }

  @Override
  public void update(Adam adam, long step) {
    // The updater turns the gradient into the change and counts iterations from 0.
    Nd4j.exec(
        new AdamUpdater(
            gradient,
            moment2,
            moment1,
            adam.learningRate(),
            adam.beta1(),
            adam.beta2(),
            adam.epsilon(),
            (int) Math.min(step - 1, Integer.MAX_VALUE)));
    params.subi(gradient);
  }

  @Override
  public void close() {
    for (INDArray array : new INDArray[] {params, moment1, moment2, gradient}) {
      array.close();
    }
  }
}
