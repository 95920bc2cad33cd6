package io.rivulet.trainer.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.Fixtures.Learner;
import io.rivulet.trainer.averaging.DivergedException;
import io.rivulet.trainer.averaging.LocalWorkers;
import io.rivulet.trainer.averaging.OnlineLearner;
import io.rivulet.trainer.averaging.Predictor;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.EmbeddingTable;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.spark.LocalSpark;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Dl4jLearnerTest {
  private static final int KEYS = 3;

  private static Dl4jLearner learner(WideDeepModel model) {
    return new Dl4jLearner(LocalSpark.context(), model, Admission.DYNAMIC, 64);
  }

  /** The model after the windows. */
  private static WideDeepModel learned(LearnerSettings settings, ExampleBlock... windows) {
    WideDeepModel model = new WideDeepModel(settings);
    try (Dl4jLearner learner = learner(model)) {
      for (ExampleBlock window : windows) {
        learner.learn(window);
      }
    }
    return model;
  }

  /** Examples of which any three in a row have every key, so that dense Adam is lazy Adam. */
  private static ExampleBlock everyKey(int rows, long seed) {
    ExampleBlock block = Fixtures.examples(rows, KEYS, seed);
    for (int i = 0; i < block.keys().length; i++) {
      int field = i % Fixtures.FIELDS;
      block.keys()[i] = Fixtures.key(field, (i / Fixtures.FIELDS + field) % KEYS);
    }
    return block;
  }

  private static ExampleBlock rows(ExampleBlock block, int from, int to) {
    int first = block.start(from);
    int end = block.start(to);
    return ExampleBlock.ofOneKeyPerField(
        block.fieldCount(),
        Arrays.copyOfRange(block.labels(), from, to),
        Arrays.copyOfRange(block.keys(), first, end),
        Arrays.copyOfRange(block.weights(), first, end));
  }

  private static float[] row(EmbeddingTable table, long key) {
    float[] row = new float[table.rowWidth()];
    table.read(table.find(key), row, 0);
    return row;
  }

  private static void assertSame(WideDeepModel actual, WideDeepModel expected, double tolerance) {
    assertThat(actual.table().size()).isEqualTo(expected.table().size());
    for (int i = 0; i < expected.table().size(); i++) {
      long key = expected.table().key(i);
      assertClose(row(actual.table(), key), row(expected.table(), key), tolerance);
    }
    assertClose(actual.dense().tower, expected.dense().tower, tolerance);
    assertClose(actual.dense().moment1, expected.dense().moment1, tolerance);
    assertClose(actual.dense().moment2, expected.dense().moment2, tolerance);
    assertClose(actual.dense().wideBias, expected.dense().wideBias, tolerance);
    assertThat(actual.dense().step).isEqualTo(expected.dense().step);
  }

  private static void assertClose(float[] actual, float[] expected, double tolerance) {
    assertThat(Fixtures.doubles(actual))
        .containsExactly(Fixtures.doubles(expected), within(tolerance));
  }

  @Test
  void predictsWhatTheModelPredicts() {
    LearnerSettings settings = Fixtures.learner().workers(2).averagingFrequency(2).build();
    WideDeepModel model = new WideDeepModel(settings);
    try (LocalWorkers workers = new LocalWorkers(settings)) {
      new OnlineLearner(model, Admission.DYNAMIC, workers).learn(Fixtures.examples(90, 20, 1));
    }
    ExampleBlock window = Fixtures.examples(37, 30, 2);
    float[] expected;
    try (Predictor predictor = new Predictor(model, Admission.DYNAMIC)) {
      expected = predictor.predict(window);
    }

    assertClose(learner(model).learn(window), expected, 1e-5);
  }

  @ParameterizedTest
  @ValueSource(floats = {0f, 0.1f})
  void learnsWhatTheSparseEngineLearnsIfEachMiniBatchHasEveryKey(float l2Coef) {
    LearnerSettings settings = Fixtures.learner().l2Coef(l2Coef).build();
    WideDeepModel expected = new WideDeepModel(settings);
    WideDeepModel model = new WideDeepModel(settings);
    Dl4jLearner learner = learner(model);
    try (LocalWorkers workers = new LocalWorkers(settings)) {
      OnlineLearner sparse = new OnlineLearner(expected, Admission.DYNAMIC, workers);
      for (int window = 0; window < 2; window++) {
        ExampleBlock examples = everyKey(30, window);
        float[] predictions = learner.learn(examples);

        assertClose(predictions, sparse.learn(examples), 1e-4);
        assertSame(model, expected, 1e-4);
        assertThat(model.dense().step).isEqualTo(3 * (window + 1));
      }
    }
  }

  @Test
  void miniBatchesOfARoundAreLearnedInOrder() {
    ExampleBlock window = everyKey(37, 4);
    WideDeepModel one = learned(Fixtures.learner().build(), window);
    WideDeepModel four = learned(Fixtures.learner().averagingFrequency(4).build(), window);

    assertSame(four, one, 1e-6);
  }

  @Test
  void aRestartedLearnerGoesOn() {
    LearnerSettings settings = Fixtures.learner().workers(2).averagingFrequency(2).build();
    ExampleBlock first = Fixtures.examples(70, 8, 1);
    ExampleBlock second = Fixtures.examples(50, 12, 2);
    WideDeepModel expected = learned(settings, first, second);
    WideDeepModel restarted = learned(settings, first);
    learner(restarted).learn(second);

    assertSame(restarted, expected, 1e-6);
  }

  @Test
  void growingKeepsTheValues() {
    LearnerSettings settings = Fixtures.learner().build();
    ExampleBlock few = Fixtures.examples(20, 2, 1);
    ExampleBlock many = Fixtures.examples(60, 50, 2);
    WideDeepModel expected = learned(settings, few, many);
    WideDeepModel grown = new WideDeepModel(settings);
    Dl4jLearner learner = new Dl4jLearner(LocalSpark.context(), grown, Admission.DYNAMIC, 8);
    learner.learn(few);
    learner.learn(many);

    assertThat(grown.table().size()).isGreaterThan(64);
    assertSame(grown, expected, 1e-6);
  }

  @Test
  void theMeanOfTwoWorkersIsKept() {
    ExampleBlock window = everyKey(20, 5);
    WideDeepModel both = learned(Fixtures.learner().workers(2).build(), window);
    WideDeepModel mean = learned(Fixtures.learner().build(), rows(window, 0, 10));
    WideDeepModel other = learned(Fixtures.learner().build(), rows(window, 10, 20));
    EmbeddingTable table = mean.table();
    for (int i = 0; i < table.size(); i++) {
      float[] row = row(table, table.key(i));
      average(row, row(other.table(), table.key(i)));
      table.write(i, row, 0);
    }
    average(mean.dense(), other.dense());

    assertSame(both, mean, 1e-6);
  }

  private static void average(DenseState dense, DenseState other) {
    average(dense.tower, other.tower);
    average(dense.moment1, other.moment1);
    average(dense.moment2, other.moment2);
    average(dense.wideBias, other.wideBias);
  }

  private static void average(float[] values, float[] others) {
    for (int i = 0; i < values.length; i++) {
      values[i] = (values[i] + others[i]) / 2;
    }
  }

  @Test
  void aLastRoundOfOneWorkerIsLearned() {
    LearnerSettings settings = Fixtures.learner().workers(3).batchSize(4).build();
    WideDeepModel model = new WideDeepModel(settings);
    Dl4jLearner learner = learner(model);
    // Blocks of 8, 8 and 9 rows.
    float[] predictions = learner.learn(Fixtures.examples(25, 8, 1));

    assertThat(model.dense().step).isEqualTo(3);
    for (float prediction : predictions) {
      assertThat(prediction).isBetween(0.01f, 0.99f);
    }
  }

  @Test
  void allRowsChangeWithAWindow() {
    Dl4jLearner learner = learner(new WideDeepModel(Fixtures.learner().build()));
    assertThat(learner.takeChangedRows()).isEmpty();
    learner.learn(Fixtures.examples(20, 8, 1));
    learner.learn(Fixtures.examples(1, 8, 2));

    assertThat(learner.tableRows()).isEqualTo(learner.model().table().size()).isPositive();
    assertThat(learner.takeChangedRows())
        .isEqualTo(IntStream.range(0, learner.tableRows()).toArray());
    assertThat(learner.takeChangedRows()).isEmpty();
    assertThat(learner.learn(rows(Fixtures.examples(1, 8, 3), 0, 0))).isEmpty();
    assertThat(learner.takeChangedRows()).isEmpty();
  }

  @Test
  void keysGetTheRowThatAdmissionNames() {
    WideDeepModel model = new WideDeepModel(Fixtures.learner().build());
    Admission oneKeyAField = (field, key) -> Fixtures.key(field, 0);
    new Dl4jLearner(LocalSpark.context(), model, oneKeyAField, 8)
        .learn(Fixtures.examples(20, 8, 1));

    assertThat(model.table().size()).isEqualTo(Fixtures.FIELDS);
  }

  @Test
  void dropoutDependsOnTheSeedAlone() {
    ExampleBlock window = everyKey(40, 6);
    Learner dropout = Fixtures.learner().workers(2).keepProb(0.5f);
    WideDeepModel model = learned(dropout.build(), window);
    WideDeepModel without = learned(Fixtures.learner().workers(2).build(), window);

    assertSame(learned(dropout.build(), window), model, 1e-6);
    assertThat(model.dense().moment1).isNotEqualTo(without.dense().moment1);
  }

  @Test
  void refusesSeveralKeysAField() {
    ExampleBlock window =
        new ExampleBlock(
            Fixtures.FIELDS,
            new float[] {1f},
            new long[] {1, 2},
            new float[] {1f, 1f},
            new int[] {0, 2},
            new int[] {0, 0});
    Dl4jLearner learner = learner(new WideDeepModel(Fixtures.learner().build()));

    assertThatThrownBy(() -> learner.learn(window))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("engine dl4j needs one key a field");
  }

  @Test
  void refusesParametersThatAreNotNumbers() {
    WideDeepModel model = new WideDeepModel(Fixtures.learner().build());
    model.dense().wideBias[0] = Float.NaN;

    assertThatThrownBy(() -> learner(model).learn(Fixtures.examples(10, 8, 1)))
        .isInstanceOf(DivergedException.class);
  }

  @Test
  void refusesMoreRowsThanDl4jCanNumber() {
    assertThatThrownBy(() -> new WideDeepGraph(Fixtures.learner().build(), 1 << 30))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("use engine sparse");
  }
}
