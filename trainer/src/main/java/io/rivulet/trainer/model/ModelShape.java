package io.rivulet.trainer.model;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/**
 * What must be equal for two models to exchange parameters.
 *
 * @param fields number of fields F
 * @param embDim width E of an embedding
 * @param layers widths of the tower's hidden layers
 * @param activation activation of the hidden layers
 */
public record ModelShape(int fields, int embDim, List<Integer> layers, Activation activation)
    implements Serializable {

  /** Checks that every size is positive. */
  public ModelShape {
    if (fields < 1) {
      throw new IllegalArgumentException("field_size must be at least 1, not " + fields);
    }
    if (embDim < 1) {
      throw new IllegalArgumentException("emb_dim must be at least 1, not " + embDim);
    }
    if (layers.isEmpty() || layers.stream().anyMatch(w -> w < 1)) {
      throw new IllegalArgumentException(
          "deep_layer_dim must list at least one width, each at least 1, not " + layers);
    }
    layers = List.copyOf(layers);
    Objects.requireNonNull(activation, "activation");
    requireCountable(fields, embDim, layers);
  }

  private static void requireCountable(int fields, int embDim, List<Integer> layers) {
    double parameters = 0;
    double in = (double) fields * embDim;
    for (int out : layers) {
      parameters += (in + 1) * out;
      in = out;
    }
    parameters += in + 1;
    if (3 + 3.0 * embDim > Integer.MAX_VALUE || parameters > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "field_size, emb_dim and deep_layer_dim give a model of more than "
              + Integer.MAX_VALUE
              + " tower parameters");
    }
  }

  /** Width of the tower's input, F·E. */
  public int towerInput() {
    return Math.multiplyExact(fields, embDim);
  }

  /** Floats of one row of the embedding table; see {@link RowLayout}. */
  public int rowWidth() {
    return RowLayout.width(embDim);
  }

  /** The tower's flat parameter vector. */
  public TowerLayout towerLayout() {
    return new TowerLayout(this);
  }

  @Override
  public String toString() {
    return fields
        + " fields × "
        + embDim
        + " → "
        + String.join(" → ", layers.stream().map(String::valueOf).toList())
        + " → 1, "
        + activation.name().toLowerCase(java.util.Locale.ROOT);
  }
}
