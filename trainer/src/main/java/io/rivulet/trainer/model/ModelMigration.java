package io.rivulet.trainer.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Carries a model over to another shape: other fields, another E, other widths of the tower's
 * layers. The same model, settings and sources give the same bits.
 *
 * <p>Growing leaves predictions as they are: a weight from a new input (of a field, of a dimension
 * of the embedding, or a unit of the layer before) to a unit that was there is zero. It learns all
 * the same: its input is an embedding's first value or the activation of a unit with first weights,
 * so the weight has a gradient, and once the weight has moved the input has one too. Where emb_init
 * is zero it is the input that is zero; then the weight takes its first value, or neither would
 * ever move.
 *
 * <p>A field that is dropped takes its part of the logit along. The keys of a new field add their
 * wide weights at once; where emb_init is zero, those that have a row from before add its embedding
 * too.
 */
public final class ModelMigration {
  /** Stands for the source of a field that is new. */
  public static final int NEW = -1;

  private ModelMigration() {}

  /**
   * The model in the shape of {@code to}. Nothing of {@code from} is changed or shared.
   *
   * <p>Every row stays under its key and in its order, those of dropped fields too: keys don't say
   * where their field is. Where E or a layer shrinks, the last dimensions or units go; where it
   * grows, added ones come last, with the first values of {@code to} and moments of zero.
   *
   * @param sources for each field of the new model the field of {@code from} that it was, or {@link
   *     #NEW}; [new F]
   * @throws IllegalArgumentException if the number of layers or the activation differs, or {@code
   *     sources} don't make the fields of {@code to}
   */
  public static WideDeepModel migrate(WideDeepModel from, LearnerSettings to, int[] sources) {
    check(from.settings().shape(), to.shape(), sources);
    WideDeepModel model = new WideDeepModel(to);
    moveTower(from, model, sources);
    DenseState dense = model.dense();
    System.arraycopy(from.dense().wideBias, 0, dense.wideBias, 0, dense.wideBias.length);
    dense.step = from.dense().step;
    copyRows(from, model);
    return model;
  }

  private static void check(ModelShape from, ModelShape to, int[] sources) {
    require(
        to.layers().size() == from.layers().size(),
        "deep_layer_dim must keep the number of layers of "
            + from.layers()
            + ", not become "
            + to.layers());
    require(
        to.activation() == from.activation(),
        "deep_layer_act must stay "
            + from.activation().name().toLowerCase(Locale.ROOT)
            + ", not become "
            + to.activation().name().toLowerCase(Locale.ROOT));
    require(
        sources.length == to.fields(),
        sources.length + " sources don't make " + to.fields() + " fields");
    boolean[] named = new boolean[from.fields()];
    for (int source : sources) {
      if (source != NEW) {
        require(
            source >= 0 && source < named.length, "No field " + source + " among " + named.length);
        require(!named[source], "Field " + source + " can't become two fields");
        named[source] = true;
      }
    }
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }

  /** Puts the weights and biases that are kept in their places among the first values. */
  private static void moveTower(WideDeepModel from, WideDeepModel to, int[] sources) {
    TowerLayout old = from.settings().shape().towerLayout();
    TowerLayout layout = to.settings().shape().towerLayout();
    int[] inputs = towerInputs(from.settings().shape(), to.settings().shape(), sources);
    boolean newInputsAreZero = to.settings().embInit().kind() == Initializer.Kind.ZERO;
    for (int l = 0; l < layout.layers(); l++) {
      int oldOut = old.out(l);
      int out = layout.out(l);
      int kept = Math.min(oldOut, out);
      for (int i = 0; i < layout.in(l); i++) {
        int target = layout.weights(l) + i * out;
        if (inputs[i] != NEW) {
          int source = old.weights(l) + inputs[i] * oldOut;
          copy(from.dense(), source, to.dense(), target, kept);
        } else if (l > 0 || !newInputsAreZero) {
          Arrays.fill(to.dense().tower, target, target + kept, 0f);
        }
      }
      copy(from.dense(), old.biases(l), to.dense(), layout.biases(l), kept);
      inputs = IntStream.range(0, out).map(unit -> unit < oldOut ? unit : NEW).toArray();
    }
  }

  /**
   * For each input of the new tower the old one that it was, or {@link #NEW}; [width of the new
   * input].
   */
  private static int[] towerInputs(ModelShape from, ModelShape to, int[] sources) {
    int[] inputs = new int[to.towerInput()];
    for (int i = 0; i < inputs.length; i++) {
      int source = sources[i / to.embDim()];
      int e = i % to.embDim();
      inputs[i] =
          source != NEW && e < from.embDim() && source < from.deepFields()
              ? source * from.embDim() + e
              : NEW;
    }
    return inputs;
  }

  /** Copies {@code n} tower parameters with their moments. */
  private static void copy(DenseState from, int source, DenseState to, int target, int n) {
    System.arraycopy(from.tower, source, to.tower, target, n);
    System.arraycopy(from.moment1, source, to.moment1, target, n);
    System.arraycopy(from.moment2, source, to.moment2, target, n);
  }

  private static void copyRows(WideDeepModel from, WideDeepModel to) {
    int oldE = from.settings().shape().embDim();
    int newE = to.settings().shape().embDim();
    int kept = Math.min(oldE, newE);
    float[] old = new float[from.table().rowWidth()];
    float[] row = new float[to.table().rowWidth()];
    for (int r = 0; r < from.table().size(); r++) {
      long key = from.table().key(r);
      from.table().read(r, old, 0);
      to.initialRow(key, row, 0);
      // The wide weight, z and n lie before the embedding.
      System.arraycopy(old, 0, row, 0, RowLayout.EMBEDDING + kept);
      System.arraycopy(old, RowLayout.moment1(oldE), row, RowLayout.moment1(newE), kept);
      System.arraycopy(old, RowLayout.moment2(oldE), row, RowLayout.moment2(newE), kept);
      int number = to.table().add(key);
      to.table().write(number, row, 0);
      to.table().stamp(number, from.table().stamp(r));
    }
  }
}
