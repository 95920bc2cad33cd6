package io.rivulet.trainer.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.model.Activation;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.Initializer;
import io.rivulet.trainer.model.Initializer.Kind;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.ModelMigration;
import io.rivulet.trainer.model.ModelShape;
import io.rivulet.trainer.model.RowLayout;
import io.rivulet.trainer.model.TowerLayout;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.optim.Adam;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models with tanh: unlike those of ReLU, none of its units is silent by chance. */
class ModelMigrationTest {
  private static final int[] SAME_FIELDS = {0, 1, 2, 3};
  private static final int EMB_DIM = Fixtures.EMB_DIM;
  private static final List<Integer> LAYERS = List.of(5, 4);

  /** Some of the keys are none that {@link #learned} has learned. */
  private final ExampleBlock examples = Fixtures.examples(60, 12, 2);

  private static LearnerSettings settings(int fields, int embDim, List<Integer> layers, Kind init) {
    return settings(new ModelShape(fields, embDim, layers, Activation.TANH), init);
  }

  private static LearnerSettings settings(ModelShape shape, Kind embInit) {
    LearnerSettings s = Fixtures.learner().adam(new Adam(0.01f, 0.9f, 0.999f, 1e-8f)).build();
    return new LearnerSettings(
        shape,
        new Initializer(embInit, -0.5f, 0.5f),
        s.weightInit(),
        s.biasInit(),
        s.adam(),
        s.ftrl(),
        s.l2Coef(),
        s.keepProb(),
        s.batchSize(),
        s.workers(),
        s.averagingFrequency(),
        s.embeddingMerge(),
        s.tower(),
        s.seed(),
        s.wideInit(),
        s.towerMerge(),
        s.engine(),
        s.maxLoss(),
        s.mixedPrecision(),
        s.maxRows(),
        s.admitRate(),
        s.admitAfter());
  }

  /** A model of 4 fields × 3 → 5 → 4 → 1 after ten mini-batches. */
  private static WideDeepModel learned(Kind embInit) {
    WideDeepModel model = new WideDeepModel(settings(Fixtures.FIELDS, EMB_DIM, LAYERS, embInit));
    learn(model, Fixtures.examples(100, 10, 1));
    return model;
  }

  private static WideDeepModel learned() {
    return learned(Kind.UNIFORM);
  }

  private static void learn(WideDeepModel model, ExampleBlock window) {
    try (LocalWorkers workers = new LocalWorkers(model.settings())) {
      new OnlineLearner(model, Admission.DYNAMIC, workers).learn(window);
    }
  }

  private static float[] predict(WideDeepModel model, ExampleBlock examples) {
    try (Predictor predictor = new Predictor(model, Admission.DYNAMIC)) {
      return predictor.predict(examples);
    }
  }

  private static void assertClose(float[] actual, float[] expected) {
    assertThat(actual).hasSize(expected.length);
    for (int r = 0; r < expected.length; r++) {
      assertThat(actual[r]).as("row %d", r).isEqualTo(expected[r], within(1e-6f));
    }
  }

  /** The examples with other fields; a new field has five keys of weight 1. */
  private static ExampleBlock arranged(ExampleBlock examples, int... sources) {
    int fields = sources.length;
    long[] keys = new long[examples.rows() * fields];
    float[] weights = new float[keys.length];
    for (int i = 0; i < keys.length; i++) {
      int row = i / fields;
      int source = sources[i % fields];
      if (source == ModelMigration.NEW) {
        keys[i] = Fixtures.key(10 + i % fields, row % 5);
        weights[i] = 1f;
      } else {
        keys[i] = examples.keys()[examples.start(row) + source];
        weights[i] = examples.weights()[examples.start(row) + source];
      }
    }
    return ExampleBlock.ofOneKeyPerField(fields, examples.labels(), keys, weights);
  }

  /** The sources that lead back to the four fields. */
  private static int[] back(int... sources) {
    int[] back = new int[Fixtures.FIELDS];
    Arrays.fill(back, ModelMigration.NEW);
    for (int f = 0; f < sources.length; f++) {
      if (sources[f] != ModelMigration.NEW) {
        back[sources[f]] = f;
      }
    }
    return back;
  }

  /** The row of {@code key}; a key without one has its first row. */
  private static float[] row(WideDeepModel model, long key) {
    float[] row = new float[model.table().rowWidth()];
    int at = model.table().find(key);
    if (at < 0) {
      model.initialRow(key, row, 0);
    } else {
      model.table().read(at, row, 0);
    }
    return row;
  }

  @Test
  void theSameShapeKeepsEveryBit() {
    WideDeepModel model = learned();

    assertThat(ModelMigration.migrate(model, model.settings(), SAME_FIELDS).sha256())
        .isEqualTo(model.sha256());
  }

  @Test
  void theOldModelStaysAsItIs() {
    WideDeepModel model = learned();
    String before = model.sha256();
    WideDeepModel migrated = ModelMigration.migrate(model, model.settings(), SAME_FIELDS);
    learn(migrated, examples);

    assertThat(migrated.sha256()).isNotEqualTo(before);
    assertThat(model.sha256()).isEqualTo(before);
  }

  static Stream<Arguments> growths() {
    return Stream.of(
        arguments(new int[] {-1, 0, 1, 2, 3}, 3, LAYERS, Kind.UNIFORM),
        arguments(new int[] {0, 1, -1, 2, 3}, 3, LAYERS, Kind.UNIFORM),
        arguments(new int[] {0, 1, 2, 3, -1}, 3, LAYERS, Kind.UNIFORM),
        arguments(new int[] {-1, 0, 1, -1, 2, 3}, 3, LAYERS, Kind.UNIFORM),
        arguments(new int[] {0, -1, 1, 2, 3}, 3, LAYERS, Kind.ZERO),
        arguments(SAME_FIELDS, 5, LAYERS, Kind.UNIFORM),
        arguments(SAME_FIELDS, 5, LAYERS, Kind.ZERO),
        arguments(SAME_FIELDS, 3, List.of(8, 4), Kind.UNIFORM),
        arguments(SAME_FIELDS, 3, List.of(5, 7), Kind.UNIFORM),
        arguments(new int[] {3, -1, 0, 2, 1}, 4, List.of(8, 7), Kind.UNIFORM),
        arguments(new int[] {3, -1, 0, 2, 1}, 4, List.of(8, 7), Kind.ZERO));
  }

  @ParameterizedTest
  @MethodSource("growths")
  void growingLeavesPredictionsAsTheyAre(
      int[] sources, int embDim, List<Integer> layers, Kind embInit) {
    WideDeepModel model = learned(embInit);
    WideDeepModel grown =
        ModelMigration.migrate(model, settings(sources.length, embDim, layers, embInit), sources);

    assertClose(predict(grown, arranged(examples, sources)), predict(model, examples));
  }

  @ParameterizedTest
  @MethodSource("growths")
  void whatGrowingAddedCanBeTakenAway(
      int[] sources, int embDim, List<Integer> layers, Kind embInit) {
    WideDeepModel model = learned(embInit);
    LearnerSettings larger = settings(sources.length, embDim, layers, embInit);
    WideDeepModel grown = ModelMigration.migrate(model, larger, sources);

    assertThat(ModelMigration.migrate(grown, model.settings(), back(sources)).sha256())
        .isEqualTo(model.sha256());
    assertThat(ModelMigration.migrate(model, larger, sources).sha256()).isEqualTo(grown.sha256());
  }

  @ParameterizedTest
  @MethodSource("growths")
  void everyParameterOfAGrownModelLearns(
      int[] sources, int embDim, List<Integer> layers, Kind embInit) {
    WideDeepModel model =
        ModelMigration.migrate(
            learned(embInit), settings(sources.length, embDim, layers, embInit), sources);
    ExampleBlock window = arranged(examples, sources);
    float[] tower = model.dense().tower.clone();
    float[][] rows =
        Arrays.stream(window.keys()).mapToObj(k -> row(model, k)).toArray(float[][]::new);
    // Twice, since a row seen in the first mini-batch alone may have met weights of zero.
    learn(model, window);
    learn(model, window);

    for (int i = 0; i < tower.length; i++) {
      assertThat(model.dense().tower[i]).as("tower parameter %d", i).isNotEqualTo(tower[i]);
    }
    for (int k = 0; k < rows.length; k++) {
      float[] after = row(model, window.keys()[k]);
      for (int e = 0; e < embDim; e++) {
        assertThat(after[RowLayout.EMBEDDING + e])
            .as("dimension %d of key %d", e, window.keys()[k])
            .isNotEqualTo(rows[k][RowLayout.EMBEDDING + e]);
      }
    }
  }

  @Test
  void learnsWhatANewFieldTells() {
    int[] sources = {0, 1, -1, 2, 3};
    WideDeepModel model =
        ModelMigration.migrate(
            learned(), settings(sources.length, EMB_DIM, LAYERS, Kind.UNIFORM), sources);
    ExampleBlock window = arranged(examples, sources);
    for (int r = 0; r < window.rows(); r++) {
      window.labels()[r] = r % 5 < 2 ? 1f : 0f;
    }
    for (int pass = 0; pass < 40; pass++) {
      learn(model, window);
    }

    float[] predictions = predict(model, window);
    float click = 0f;
    float other = 0f;
    for (int r = 0; r < window.rows(); r++) {
      click += window.labels()[r] == 1f ? predictions[r] / 24 : 0f;
      other += window.labels()[r] == 0f ? predictions[r] / 36 : 0f;
    }
    assertThat(click).isGreaterThan(other + 0.3f);
  }

  @Test
  void reorderingLeavesPredictionsAsTheyAre() {
    int[] sources = {2, 0, 3, 1};
    WideDeepModel model = learned();
    WideDeepModel reordered = ModelMigration.migrate(model, model.settings(), sources);

    assertClose(predict(reordered, arranged(examples, sources)), predict(model, examples));
    assertThat(reordered.sha256()).isNotEqualTo(model.sha256());
  }

  @Test
  void aDroppedFieldCountsAsIfItsWeightsWereZero() {
    int[] sources = {0, 1, 3};
    WideDeepModel model = learned();
    WideDeepModel smaller =
        ModelMigration.migrate(
            model, settings(sources.length, EMB_DIM, LAYERS, Kind.UNIFORM), sources);
    float[] predictions = predict(smaller, arranged(examples, sources));
    assertThat(predictions).isNotEqualTo(predict(model, examples));

    for (int r = 0; r < examples.rows(); r++) {
      examples.weights()[examples.start(r) + 2] = 0f;
    }
    assertClose(predictions, predict(model, examples));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5})
  void everyRowKeepsItsKeyItsPlaceAndWhatFitsOfIt(int embDim) {
    WideDeepModel model = learned();
    LearnerSettings to = settings(2, embDim, LAYERS, Kind.UNIFORM);
    WideDeepModel migrated = ModelMigration.migrate(model, to, new int[] {0, -1});

    assertThat(migrated.table().size()).isEqualTo(model.table().size());
    for (int r = 0; r < model.table().size(); r++) {
      long key = model.table().key(r);
      assertThat(migrated.table().key(r)).isEqualTo(key);
      float[] before = row(model, key);
      float[] after = row(migrated, key);
      float[] first = row(new WideDeepModel(to), key);
      assertThat(Arrays.copyOf(after, RowLayout.EMBEDDING))
          .isEqualTo(Arrays.copyOf(before, RowLayout.EMBEDDING));
      for (int e = 0; e < embDim; e++) {
        float[] expected =
            e < EMB_DIM ? parameter(before, EMB_DIM, e) : parameter(first, embDim, e);
        assertThat(parameter(after, embDim, e)).as("dimension %d", e).isEqualTo(expected);
      }
    }
  }

  /** Value and moments of one dimension of an embedding. */
  private static float[] parameter(float[] row, int embDim, int e) {
    return new float[] {
      row[RowLayout.EMBEDDING + e],
      row[RowLayout.moment1(embDim) + e],
      row[RowLayout.moment2(embDim) + e]
    };
  }

  @Test
  void momentsFollowTheirParameters() {
    WideDeepModel model = learned();
    DenseState old = model.dense();
    for (int i = 0; i < old.tower.length; i++) {
      old.moment1[i] = 2 * old.tower[i];
      old.moment2[i] = 3 * old.tower[i];
    }
    int[] sources = {2, -1, 0, 3, 1};
    DenseState dense =
        ModelMigration.migrate(model, settings(5, 4, List.of(8, 7), Kind.UNIFORM), sources).dense();

    int followed = 0;
    for (int i = 0; i < dense.tower.length; i++) {
      boolean kept = dense.moment1[i] != 0f;
      followed += kept ? 1 : 0;
      assertThat(dense.moment1[i]).isEqualTo(kept ? 2 * dense.tower[i] : 0f);
      assertThat(dense.moment2[i]).isEqualTo(kept ? 3 * dense.tower[i] : 0f);
    }
    assertThat(followed).isEqualTo(old.tower.length);
  }

  @Test
  void addedUnitsStartFromFirstValuesAndUnheard() {
    LearnerSettings to = settings(5, EMB_DIM, List.of(6, 4), Kind.UNIFORM);
    float[] tower = ModelMigration.migrate(learned(), to, new int[] {0, 1, 2, 3, -1}).dense().tower;
    float[] first = DenseState.initial(to).tower;
    TowerLayout layout = to.shape().towerLayout();

    for (int i = 0; i < layout.in(0); i++) {
      int toAddedUnit = layout.weights(0) + i * 6 + 5;
      assertThat(tower[toAddedUnit]).as("input %d", i).isNotZero().isEqualTo(first[toAddedUnit]);
    }
    assertThat(tower[layout.biases(0) + 5]).isNotZero().isEqualTo(first[layout.biases(0) + 5]);
    int fromAddedUnit = layout.weights(1) + 5 * 4;
    assertThat(Arrays.copyOfRange(tower, fromAddedUnit, fromAddedUnit + 4)).containsOnly(0f);
  }

  static Stream<Arguments> refusals() {
    return Stream.of(
        arguments(
            new ModelShape(4, 3, List.of(5), Activation.TANH),
            SAME_FIELDS,
            "deep_layer_dim must keep the number of layers of [5, 4], not become [5]"),
        arguments(
            new ModelShape(4, 3, LAYERS, Activation.RELU),
            SAME_FIELDS,
            "deep_layer_act must stay tanh, not become relu"),
        refusal("3 sources don't make 4 fields", 0, 1, 2),
        refusal("5 sources don't make 4 fields", 0, 1, 2, 3, -1),
        refusal("No field 4 among 4", 0, 1, 2, 4),
        refusal("No field -2 among 4", 0, -2, 2, 3),
        refusal("Field 1 can't become two fields", 0, 1, 2, 1));
  }

  private static Arguments refusal(String message, int... sources) {
    return arguments(new ModelShape(4, 3, LAYERS, Activation.TANH), sources, message);
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void refusesWhatCannotBeCarriedOver(ModelShape shape, int[] sources, String message) {
    WideDeepModel model = learned();
    LearnerSettings to = settings(shape, Kind.UNIFORM);

    assertThatThrownBy(() -> ModelMigration.migrate(model, to, sources))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }
}
