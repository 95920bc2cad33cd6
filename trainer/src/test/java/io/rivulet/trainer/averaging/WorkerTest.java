package io.rivulet.trainer.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.averaging.WorkingSetBuilder.Stretch;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.RowLayout;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.model.WorkingSet;
import io.rivulet.trainer.optim.Ftrl;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkerTest {
  private static final int BATCH = 8;
  private static final int WIDTH = RowLayout.width(Fixtures.EMB_DIM);

  private final LearnerSettings settings = Fixtures.learner().batchSize(BATCH).build();
  private final DenseState dense = new WideDeepModel(settings).dense();
  private final WorkingSet twoBatches = workingSet(Fixtures.examples(2 * BATCH, 10, 1));
  private final WorkingSet firstBatch = slice(twoBatches, 0, twoBatches.rows());

  private WorkingSet workingSet(ExampleBlock block) {
    return new WorkingSetBuilder(new WideDeepModel(settings), Admission.DYNAMIC)
        .forTraining(block, List.of(new Stretch(0, block.rows())))
        .get(0)
        .set();
  }

  /** The mini-batch that begins at example {@code from}, of a set whose rows are {@code rows}. */
  private static WorkingSet slice(WorkingSet set, int from, float[] rows) {
    int first = set.start(from);
    int end = set.start(from + BATCH);
    return new WorkingSet(
        BATCH,
        set.fieldCount(),
        Arrays.copyOfRange(set.labels(), from, from + BATCH),
        Arrays.copyOfRange(set.index(), first, end),
        Arrays.copyOfRange(set.weights(), first, end),
        new int[0],
        new int[0],
        1f,
        set.rowCount(),
        set.rowWidth(),
        rows);
  }

  /** Of the last field alone the embedding doesn't count, and so doesn't learn. */
  @Test
  void fieldsOfTheWidePartLearnTheirWideWeightsAlone() {
    LearnerSettings wide = Fixtures.learner().batchSize(BATCH).wideFields(1).build();
    WideDeepModel model = new WideDeepModel(wide);
    WorkingSet set =
        new WorkingSetBuilder(model, Admission.DYNAMIC)
            .forTraining(Fixtures.examples(BATCH, 10, 1), List.of(new Stretch(0, BATCH)))
            .get(0)
            .set();
    float[] before = set.rows().clone();
    float[] after = train(wide, 0, set, model.dense()).rows();
    int moved = 0;
    for (int i = 0; i < BATCH * Fixtures.FIELDS; i++) {
      int row = set.index()[i] * WIDTH;
      int embedding = row + RowLayout.EMBEDDING;
      assertThat(after[row + RowLayout.WIDE]).isNotEqualTo(before[row + RowLayout.WIDE]);
      if (!Arrays.equals(after, embedding, row + WIDTH, before, embedding, row + WIDTH)) {
        assertThat(i % Fixtures.FIELDS).isLessThan(Fixtures.FIELDS - 1);
        moved++;
      }
    }
    assertThat(moved).isPositive();
    // Another embedding, the same prediction.
    float[] other = before.clone();
    other[set.index()[Fixtures.FIELDS - 1] * WIDTH + RowLayout.EMBEDDING] += 1f;
    try (Worker worker = new Worker(wide)) {
      assertThat(worker.predict(slice(set, 0, other), model.dense()))
          .isEqualTo(worker.predict(slice(set, 0, before), model.dense()));
    }
  }

  private static WorkerUpdate train(
      LearnerSettings settings, int number, WorkingSet set, DenseState dense) {
    try (Worker worker = new Worker(settings)) {
      return worker.train(new WorkerTask(number, set), dense, new UpdateBuffer(settings.shape()));
    }
  }

  private WorkerUpdate train(WorkingSet set) {
    return train(settings, 0, set, dense);
  }

  private float[] predict(WorkingSet set, DenseState state) {
    try (Worker worker = new Worker(settings)) {
      return worker.predict(set, state);
    }
  }

  @Test
  void predictsAMiniBatchBeforeItLearnsFromIt() {
    assertThat(train(firstBatch).predictions()).isEqualTo(predict(firstBatch, dense));
  }

  @Test
  void predictsTheSecondMiniBatchWithWhatTheFirstTaught() {
    WorkerUpdate first = train(firstBatch);
    WorkingSet second = slice(twoBatches, BATCH, first.rows());
    float[] predictions = Arrays.copyOfRange(train(twoBatches).predictions(), BATCH, 2 * BATCH);

    assertThat(predictions).isEqualTo(predict(second, first.dense()));
    assertThat(predictions)
        .isNotEqualTo(predict(slice(twoBatches, BATCH, twoBatches.rows()), dense));
  }

  @Test
  void twoTasksOfOneMiniBatchTeachWhatOneTaskOfTwoDoes() {
    WorkerUpdate first = train(firstBatch);
    WorkerUpdate second = train(settings, 0, slice(twoBatches, BATCH, first.rows()), first.dense());
    WorkerUpdate both = train(twoBatches);

    assertThat(second.rows()).isEqualTo(both.rows());
    assertThat(second.dense()).usingRecursiveComparison().isEqualTo(both.dense());
    assertThat(both.dense().step).isEqualTo(2);
    assertThat(both.examples()).isEqualTo(2 * BATCH);
  }

  @Test
  void aSumTeachesTheWidePartAsManyTimesAsMuchAsAMeanAsThereAreExamples() {
    LearnerSettings summing =
        Fixtures.learner().batchSize(BATCH).reduction(Ftrl.Reduction.SUM).build();
    WorkerUpdate mean = train(firstBatch);
    WorkerUpdate sum = train(summing, 0, firstBatch, dense);

    for (int row = 0; row < firstBatch.rowCount(); row++) {
      int z = row * WIDTH + RowLayout.WIDE + 1;
      assertThat(sum.rows()[z]).isCloseTo(BATCH * mean.rows()[z], within(1e-5f));
    }
    assertThat(sum.dense().wideBias[1])
        .isNotZero()
        .isCloseTo(BATCH * mean.dense().wideBias[1], within(1e-5f));
    assertThat(sum.dense().tower).isEqualTo(mean.dense().tower);
  }

  @Test
  void changesNothingThatItIsGiven() {
    DenseState denseBefore = dense.copy();
    float[] rowsBefore = twoBatches.rows().clone();
    WorkerUpdate update = train(twoBatches);

    assertThat(dense).usingRecursiveComparison().isEqualTo(denseBefore);
    assertThat(twoBatches.rows()).isEqualTo(rowsBefore);
    assertThat(update.rows()).isNotEqualTo(rowsBefore);
    assertThat(update.dense().tower).isNotEqualTo(denseBefore.tower);
    assertThat(update.dense().wideBias).isNotEqualTo(denseBefore.wideBias);
  }

  @Test
  void aMiniBatchChangesOnlyTheRowsThatItTouches() {
    float[] before = train(firstBatch).rows();
    float[] after = train(twoBatches).rows();
    BitSet touched = new BitSet();
    Arrays.stream(twoBatches.index(), twoBatches.start(BATCH), twoBatches.index().length)
        .forEach(touched::set);

    assertThat(touched.cardinality()).isLessThan(twoBatches.rowCount());
    for (int row = 0; row < twoBatches.rowCount(); row++) {
      assertThat(Arrays.equals(row(before, row), row(after, row)))
          .as("row %d is unchanged", row)
          .isEqualTo(!touched.get(row));
    }
  }

  private static float[] row(float[] rows, int row) {
    return Arrays.copyOfRange(rows, row * WIDTH, (row + 1) * WIDTH);
  }

  @Test
  void anEntryInTwoHalvesCountsAsOneWhole() {
    ExampleBlock whole = Fixtures.examples(BATCH, 5, 2);
    int entries = whole.keys().length;
    long[] keys = new long[2 * entries];
    float[] weights = new float[2 * entries];
    int[] fields = new int[2 * entries];
    int[] starts = new int[BATCH + 1];
    for (int i = 0; i < 2 * entries; i++) {
      keys[i] = whole.keys()[i / 2];
      weights[i] = whole.weights()[i / 2] / 2;
      fields[i] = whole.field(i / 2);
    }
    Arrays.setAll(starts, r -> 2 * whole.start(r));
    WorkerUpdate expected = train(workingSet(whole));
    WorkerUpdate pooled =
        train(
            workingSet(
                new ExampleBlock(Fixtures.FIELDS, whole.labels(), keys, weights, starts, fields)));

    assertThat(pooled.predictions()).containsExactly(expected.predictions(), within(1e-6f));
    assertThat(pooled.rows()).containsExactly(expected.rows(), within(1e-5f));
    assertThat(pooled.dense().tower).containsExactly(expected.dense().tower, within(1e-5f));
  }

  @Test
  void aFieldWithoutKeysCountsAsWeightZero() {
    ExampleBlock zero =
        ExampleBlock.ofOneKeyPerField(
            Fixtures.FIELDS, new float[1], new long[] {1, 2, 3, 4}, new float[] {1f, 0f, 2f, 0f});
    ExampleBlock absent =
        new ExampleBlock(
            Fixtures.FIELDS,
            new float[1],
            new long[] {1, 3},
            new float[] {1f, 2f},
            new int[] {0, 2},
            new int[] {0, 2});

    assertThat(predict(workingSet(absent), dense))
        .containsExactly(predict(workingSet(zero), dense), within(1e-6f));
  }

  /** Gradient of the wide bias, but for a factor: what it is first moved by. */
  private static double biasGradient(float[] predictions, float[] labels, float negativeWeight) {
    double sum = 0;
    for (int i = 0; i < labels.length; i++) {
      double odds = predictions[i] / (1 - predictions[i]) * negativeWeight;
      sum += odds / (1 + odds) - labels[i];
    }
    return sum;
  }

  @Test
  void aSampleIsLearnedByTheOddsThatClicksHaveInIt() {
    ExampleBlock sample = Fixtures.examples(BATCH, 10, 3);
    WorkerUpdate whole = train(workingSet(sample));
    WorkerUpdate sampled = train(workingSet(sample.withNegativeWeight(3f)));

    assertThat(sampled.predictions()).isEqualTo(whole.predictions());
    double expected =
        biasGradient(whole.predictions(), sample.labels(), 3f)
            / biasGradient(whole.predictions(), sample.labels(), 1f);
    // The bias was 0, so FTRL's z is the gradient.
    assertThat((double) (sampled.dense().wideBias[1] / whole.dense().wideBias[1]))
        .isCloseTo(expected, within(1e-4));
  }

  @Test
  void dropoutChangesWhatIsLearnedButNotWhatIsPredicted() {
    LearnerSettings dropping = Fixtures.learner().batchSize(BATCH).keepProb(0.5f).build();
    WorkerUpdate plain = train(firstBatch);
    WorkerUpdate dropped = train(dropping, 0, firstBatch, dense);

    assertThat(dropped.predictions()).isEqualTo(plain.predictions());
    assertThat(dropped.dense().tower).isNotEqualTo(plain.dense().tower);
    assertThat(train(dropping, 0, firstBatch, dense).dense().tower)
        .isEqualTo(dropped.dense().tower);
    assertThat(train(dropping, 1, firstBatch, dense).dense().tower)
        .isNotEqualTo(dropped.dense().tower);
  }

  @Test
  void l2PullsTheEmbeddingsOfTouchedRowsToZero() {
    float l2 = 0.5f;
    LearnerSettings decaying = Fixtures.learner().batchSize(BATCH).l2Coef(l2).build();
    float[] plain = train(firstBatch).rows();
    float[] decayed = train(decaying, 0, firstBatch, dense).rows();
    BitSet touched = new BitSet();
    Arrays.stream(firstBatch.index()).forEach(touched::set);

    for (int row = 0; row < firstBatch.rowCount(); row++) {
      for (int e = 0; e < Fixtures.EMB_DIM; e++) {
        int moment = row * WIDTH + RowLayout.moment1(Fixtures.EMB_DIM) + e;
        float before = firstBatch.rows()[row * WIDTH + RowLayout.EMBEDDING + e];
        float pull = touched.get(row) ? (1 - settings.adam().beta1()) * l2 * before : 0f;
        assertThat(decayed[moment] - plain[moment]).isEqualTo(pull, within(1e-6f));
      }
      assertThat(decayed[row * WIDTH]).isEqualTo(plain[row * WIDTH]);
    }
  }

  @Test
  void aNumberThatIsNotFiniteIsTold() {
    assertThat(train(twoBatches).sound()).isTrue();
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      float[] rows = twoBatches.rows().clone();
      rows[RowLayout.EMBEDDING] = bad;

      assertThat(train(slice(twoBatches, 0, rows)).sound()).isFalse();
    }
  }

  @Test
  void aSecondMomentThatIsNotFiniteIsToldBeforeItRuinsItsParameter() {
    DenseState start = dense.copy();
    start.moment2[start.moment2.length - 1] = Float.POSITIVE_INFINITY;

    WorkerUpdate update = train(settings, 0, firstBatch, start);

    assertThat(update.sound()).isFalse();
    assertThat(update.dense().tower).doesNotContain(Float.NaN);
  }
}
