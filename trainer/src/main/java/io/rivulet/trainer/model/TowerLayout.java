package io.rivulet.trainer.model;

/**
 * The tower's parameters in one flat vector: for each layer the weights, row-major [in × out], then
 * the biases [out]. The last layer has one output and no activation.
 */
public final class TowerLayout {
  private final int[] widths;
  private final int[] weights;
  private final int[] biases;
  private final int size;

  TowerLayout(ModelShape shape) {
    int layers = shape.layers().size() + 1;
    widths = new int[layers + 1];
    widths[0] = shape.towerInput();
    for (int l = 0; l < layers - 1; l++) {
      widths[l + 1] = shape.layers().get(l);
    }
    widths[layers] = 1;
    weights = new int[layers];
    biases = new int[layers];
    int offset = 0;
    for (int l = 0; l < layers; l++) {
      weights[l] = offset;
      offset = Math.addExact(offset, Math.multiplyExact(widths[l], widths[l + 1]));
      biases[l] = offset;
      offset = Math.addExact(offset, widths[l + 1]);
    }
    size = offset;
  }

  /** Number of layers, the output layer included. */
  public int layers() {
    return weights.length;
  }

  /** Inputs of layer {@code l}. */
  public int in(int l) {
    return widths[l];
  }

  /** Outputs of layer {@code l}. */
  public int out(int l) {
    return widths[l + 1];
  }

  /** Where the weights of layer {@code l} begin. */
  public int weights(int l) {
    return weights[l];
  }

  /** Where the biases of layer {@code l} begin. */
  public int biases(int l) {
    return biases[l];
  }

  /** Number of parameters. */
  public int size() {
    return size;
  }
}
