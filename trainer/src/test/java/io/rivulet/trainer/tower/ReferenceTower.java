package io.rivulet.trainer.tower;

import io.rivulet.trainer.model.Activation;
import io.rivulet.trainer.model.ModelShape;
import io.rivulet.trainer.model.TowerLayout;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/** The tower in plain double arithmetic, and its gradients by central differences. */
final class ReferenceTower {
  private static final double STEP = 1e-5;

  private final TowerLayout layout;
  private final Activation activation;
  private final int rows;
  private final Dropout dropout;

  ReferenceTower(ModelShape shape, int rows, Dropout dropout) {
    this.layout = shape.towerLayout();
    this.activation = shape.activation();
    this.rows = rows;
    this.dropout = dropout;
  }

  /** The mask of a layer's inputs, [rows × in]. */
  float[] mask(int layer) {
    float[] mask = new float[rows * layout.in(layer)];
    Arrays.fill(mask, 1f);
    dropout.apply(layer, mask, mask.length);
    return mask;
  }

  double[] logits(double[] parameters, double[] input) {
    double[] current = input;
    for (int l = 0; l < layout.layers(); l++) {
      current = layer(l, parameters, current);
    }
    return current;
  }

  private double[] layer(int l, double[] parameters, double[] input) {
    int in = layout.in(l);
    int out = layout.out(l);
    float[] mask = mask(l);
    double[] output = new double[rows * out];
    for (int r = 0; r < rows; r++) {
      for (int o = 0; o < out; o++) {
        double z = parameters[layout.biases(l) + o];
        for (int i = 0; i < in; i++) {
          double x = input[r * in + i] * mask[r * in + i];
          z += x * parameters[layout.weights(l) + i * out + o];
        }
        output[r * out + o] = l == layout.layers() - 1 ? z : activate(z);
      }
    }
    return output;
  }

  private double activate(double z) {
    return switch (activation) {
      case RELU -> Math.max(0, z);
      case TANH -> Math.tanh(z);
      case SIGMOID -> 1 / (1 + Math.exp(-z));
    };
  }

  /** Gradient by the parameters of the sum of {@code logitGradient[r] · logit[r]}. */
  double[] parameterGradient(double[] parameters, double[] input, float[] logitGradient) {
    return differences(p -> loss(logits(p, input), logitGradient), parameters);
  }

  /** Gradient of the same by the inputs. */
  double[] inputGradient(double[] parameters, double[] input, float[] logitGradient) {
    return differences(x -> loss(logits(parameters, x), logitGradient), input);
  }

  private static double loss(double[] logits, float[] logitGradient) {
    double loss = 0;
    for (int r = 0; r < logits.length; r++) {
      loss += logitGradient[r] * logits[r];
    }
    return loss;
  }

  private static double[] differences(ToDoubleFunction<double[]> function, double[] at) {
    double[] point = at.clone();
    double[] gradient = new double[at.length];
    for (int i = 0; i < at.length; i++) {
      point[i] = at[i] + STEP;
      double above = function.applyAsDouble(point);
      point[i] = at[i] - STEP;
      double below = function.applyAsDouble(point);
      point[i] = at[i];
      gradient[i] = (above - below) / (2 * STEP);
    }
    return gradient;
  }
}
