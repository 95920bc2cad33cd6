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
 * @param wideFields how many fields, the last ones, are in the wide part alone; not written by
 *     older versions, which had none
 */
public record ModelShape(
    int fields, int embDim, List<Integer> layers, Activation activation, Integer wideFields)
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
    wideFields = wideFields == null ? 0 : wideFields;
    if (wideFields < 0 || wideFields >= fields) {
      throw new IllegalArgumentException(
          "Of " + fields + " fields " + wideFields + " can't be in the wide part alone");
    }
    Objects.requireNonNull(activation, "activation");
    requireCountable(fields, embDim, layers);
  }

  /** A shape all of whose fields are in both parts. */
  public ModelShape(int fields, int embDim, List<Integer> layers, Activation activation) {
    this(fields, embDim, layers, activation, 0);
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

  /** Number of fields whose embeddings are the tower's input: the first ones. */
  public int deepFields() {
    return fields - wideFields;
  }

  /** Width of the tower's input: E for each field that isn't in the wide part alone. */
  public int towerInput() {
    return Math.multiplyExact(deepFields(), embDim);
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
    return deepFields()
        + " fields × "
        + embDim
        + " → "
        + String.join(" → ", layers.stream().map(String::valueOf).toList())
        + " → 1, "
        + activation.name().toLowerCase(java.util.Locale.ROOT)
        + (wideFields > 0 ? ", " + wideFields + " more fields in the wide part" : "");
  }
}
