package io.rivulet.trainer.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.LearnerSettings.TowerKind;
import io.rivulet.trainer.model.RowLayout;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.model.WorkingSet;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;

/** A worker's steps are those of stock DL4J on the same network. */
class WideDeepOracleTest {
  private static final int KEYS = 5;
  private static final int ROWS = 16;
  private static final int WIDTH = RowLayout.width(Fixtures.EMB_DIM);
  private static final int MOMENT1 = RowLayout.moment1(Fixtures.EMB_DIM);

  private final LearnerSettings settings = Fixtures.learner().batchSize(ROWS).build();
  private final DenseState dense = new WideDeepModel(settings).dense();
  private final float[] rows = new float[Fixtures.FIELDS * KEYS * WIDTH];

  WideDeepOracleTest() {
    WideDeepModel model = new WideDeepModel(settings);
    Random random = new Random(4);
    for (int position = 0; position * WIDTH < rows.length; position++) {
      int at = position * WIDTH;
      model.initialRow(Fixtures.key(position / KEYS, position % KEYS), rows, at);
      rows[at + RowLayout.WIDE_Z] = (float) random.nextGaussian() * 4;
      settings.ftrl().solve(rows, at);
    }
    dense.wideBias[RowLayout.WIDE_Z] = 2f;
    settings.ftrl().solve(dense.wideBias, 0);
  }

  private Dl4jWideDeep oracle(IUpdater updater) {
    return new Dl4jWideDeep(settings, KEYS, updater, dense, rows);
  }

  private Worker worker(TowerKind kind) {
    return new Worker(Fixtures.learner().batchSize(ROWS).tower(kind).build());
  }

  /** The working set of {@code block} that holds every key, used or not. */
  private static WorkingSet workingSet(ExampleBlock block, float[] rows) {
    int[] index =
        IntStream.range(0, block.keys().length)
            .map(i -> Dl4jWideDeep.position(block, i, KEYS))
            .toArray();
    return new WorkingSet(
        block.rows(),
        Fixtures.FIELDS,
        block.labels(),
        index,
        block.weights(),
        new int[0],
        new int[0],
        1f,
        Fixtures.FIELDS * KEYS,
        RowLayout.width(Fixtures.EMB_DIM),
        rows);
  }

  /** A mini-batch in which every key occurs, so that lazy Adam does what Adam does. */
  private static ExampleBlock miniBatchOfEveryKey(long seed) {
    ExampleBlock block = Fixtures.examples(ROWS, KEYS, seed);
    for (int i = 0; i < block.keys().length; i++) {
      int field = i % Fixtures.FIELDS;
      block.keys()[i] = Fixtures.key(field, (i / Fixtures.FIELDS + field) % KEYS);
    }
    return block;
  }

  @ParameterizedTest
  @EnumSource
  void predictsWhatDl4jPredicts(TowerKind kind) {
    ExampleBlock block = Fixtures.examples(ROWS, KEYS, 5);
    try (Worker worker = worker(kind)) {
      float[] predictions = worker.predict(workingSet(block, rows), dense);

      assertThat(Fixtures.doubles(predictions))
          .containsExactly(oracle(new Sgd(1.0)).predict(block), within(1e-5));
    }
  }

  /** After a first step Adam's first moments are (1 - beta1) times the gradients. */
  @ParameterizedTest
  @EnumSource
  void gradientsAreThoseOfDl4j(TowerKind kind) {
    ExampleBlock block = Fixtures.examples(ROWS, KEYS, 5);
    Dl4jWideDeep oracle = oracle(new Sgd(1.0));
    double[] towerBefore = oracle.tower();
    oracle.fit(block);
    WorkerUpdate update;
    try (Worker worker = worker(kind)) {
      update =
          worker.train(
              new WorkerTask(0, workingSet(block, rows)),
              dense,
              new UpdateBuffer(Fixtures.learner().build().shape()));
    }

    assertThat(gradients(update.dense().moment1, 0, towerBefore.length))
        .containsExactly(difference(towerBefore, oracle.tower()), within(1e-6));
    for (int position = 0; position * WIDTH < rows.length; position++) {
      int at = position * WIDTH;
      double[] change = difference(embedding(rows, position), oracle.embedding(position));
      assertThat(gradients(update.rows(), at + MOMENT1, Fixtures.EMB_DIM))
          .containsExactly(change, within(1e-6));
      assertWide(update.rows(), at, oracle.wide(position));
    }
    assertWide(update.dense().wideBias, 0, oracle.bias());
  }

  @ParameterizedTest
  @EnumSource
  void parametersAfterThreeStepsAreThoseOfDl4j(TowerKind kind) {
    var adam = settings.adam();
    Dl4jWideDeep oracle =
        oracle(new Adam(adam.learningRate(), adam.beta1(), adam.beta2(), adam.epsilon()));
    float[] learnedRows = rows;
    DenseState learned = dense;
    try (Worker worker = worker(kind)) {
      for (int step = 1; step <= 3; step++) {
        ExampleBlock block = miniBatchOfEveryKey(step);
        oracle.fit(block);
        WorkerUpdate update =
            worker.train(
                new WorkerTask(0, workingSet(block, learnedRows)),
                learned,
                new UpdateBuffer(Fixtures.learner().build().shape()));
        learnedRows = update.rows();
        learned = update.dense();

        assertThat(Fixtures.doubles(learned.tower)).containsExactly(oracle.tower(), within(1e-5));
        for (int position = 0; position * WIDTH < rows.length; position++) {
          assertThat(embedding(learnedRows, position))
              .containsExactly(oracle.embedding(position), within(1e-5));
          assertWide(learnedRows, position * WIDTH, oracle.wide(position));
        }
        assertWide(learned.wideBias, 0, oracle.bias());
      }
    }
  }

  private static double[] embedding(float[] rows, int position) {
    int at = position * WIDTH + RowLayout.EMBEDDING;
    return Fixtures.doubles(Arrays.copyOfRange(rows, at, at + Fixtures.EMB_DIM));
  }

  private double[] gradients(float[] moments, int at, int length) {
    double share = 1.0 - settings.adam().beta1();
    return IntStream.range(at, at + length).mapToDouble(i -> moments[i] / share).toArray();
  }

  private static double[] difference(double[] before, double[] after) {
    return IntStream.range(0, before.length).mapToDouble(i -> before[i] - after[i]).toArray();
  }

  private static void assertWide(float[] actual, int at, double[] expected) {
    assertThat(Fixtures.doubles(Arrays.copyOfRange(actual, at, at + 3)))
        .containsExactly(expected, within(1e-5));
  }
}
