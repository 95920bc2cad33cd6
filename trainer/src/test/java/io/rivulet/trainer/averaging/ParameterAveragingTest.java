package io.rivulet.trainer.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.averaging.WorkingSetBuilder.Gathered;
import io.rivulet.trainer.averaging.WorkingSetBuilder.Stretch;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.LearnerSettings.EmbeddingMerge;
import io.rivulet.trainer.model.LearnerSettings.TowerMerge;
import io.rivulet.trainer.model.RowLayout;
import io.rivulet.trainer.model.WideDeepModel;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two workers, of three and of two examples, return made-up parameters. */
class ParameterAveragingTest {
  private static final int WIDTH = RowLayout.width(Fixtures.EMB_DIM);
  private static final int MOMENT1 = RowLayout.moment1(Fixtures.EMB_DIM);

  private final ExampleBlock block = Fixtures.examples(5, 4, 1);
  private WideDeepModel model;
  private List<Gathered> gathered;
  private List<WorkerUpdate> updates;

  private void merge(EmbeddingMerge rule) {
    model = new WideDeepModel(Fixtures.learner().workers(2).embeddingMerge(rule).build());
    WorkingSetBuilder builder = new WorkingSetBuilder(model, Admission.DYNAMIC);
    gathered = builder.forTraining(block, List.of(new Stretch(0, 3), new Stretch(3, 5)));
    updates = List.of(update(0, 3, gathered.get(0), 20), update(1, 2, gathered.get(1), 30));
    new ParameterAveraging(model).merge(gathered, updates);
  }

  /** Adds a random number to everything that the worker was given, and {@code steps} steps. */
  private WorkerUpdate update(int worker, int examples, Gathered given, int steps) {
    Random random = new Random(worker);
    DenseState dense = model.dense().copy();
    for (float[] values : List.of(dense.tower, dense.moment1, dense.moment2, dense.wideBias)) {
      addTo(values, random);
    }
    dense.step += steps;
    float[] rows = given.set().rows().clone();
    addTo(rows, random);
    return new WorkerUpdate(
        worker, examples, rows, rows.length, dense, new float[examples], true, StepTimes.NONE);
  }

  private static void addTo(float[] values, Random random) {
    for (int i = 0; i < values.length; i++) {
      values[i] += random.nextFloat();
    }
  }

  /** Position of a table row in a worker's set, or -1. */
  private int position(int worker, int tableRow) {
    int[] tableRows = gathered.get(worker).tableRows();
    for (int i = 0; i < tableRows.length; i++) {
      if (tableRows[i] == tableRow) {
        return i;
      }
    }
    return -1;
  }

  private float before(int worker, int position, int i) {
    return gathered.get(worker).set().rows()[position * WIDTH + i];
  }

  private float after(int worker, int position, int i) {
    return updates.get(worker).rows()[position * WIDTH + i];
  }

  private float[] merged(int tableRow) {
    float[] row = new float[WIDTH];
    model.table().read(tableRow, row, 0);
    return row;
  }

  @ParameterizedTest
  @EnumSource
  void aRowOfOneWorkerTakesThatWorkersValueUnlessAllCount(EmbeddingMerge rule) {
    merge(rule);

    int alone = 0;
    for (int row = 0; row < model.table().size(); row++) {
      int worker = position(0, row) >= 0 ? 0 : 1;
      if (position(1 - worker, row) < 0) {
        alone++;
        boolean wideFollows = rule == EmbeddingMerge.SCALED;
        for (int i = wideFollows ? RowLayout.WIDE_Z : 0; i < WIDTH; i++) {
          boolean embedding = i >= RowLayout.EMBEDDING && i < MOMENT1;
          float share =
              switch (rule) {
                case SCALED -> embedding ? 2f : 1f;
                case SUM, TOUCHED -> 1f;
                case MEAN -> 0.5f;
              };
          float from = before(worker, position(worker, row), i);
          float change = after(worker, position(worker, row), i) - from;
          assertThat(merged(row)[i]).isEqualTo(from + share * change, within(1e-6f));
        }
      }
    }
    assertThat(alone).isPositive();
  }

  @ParameterizedTest
  @EnumSource(names = {"MEAN", "TOUCHED"})
  void meansAverageEachFloatOfARowOfBoth(EmbeddingMerge rule) {
    merge(rule);

    for (int row : sharedRows()) {
      for (int i = 0; i < WIDTH; i++) {
        float mean = (after(0, position(0, row), i) + after(1, position(1, row), i)) / 2;
        assertThat(merged(row)[i]).isEqualTo(mean, within(1e-5f));
      }
    }
  }

  @Test
  void sumAddsBothChangesOfEmbeddingAndFtrlStateAndAveragesMoments() {
    merge(EmbeddingMerge.SUM);

    for (int row : sharedRows()) {
      int p0 = position(0, row);
      int p1 = position(1, row);
      for (int i = RowLayout.WIDE_Z; i < WIDTH; i++) {
        float both = after(0, p0, i) + after(1, p1, i);
        float expected = i < MOMENT1 ? both - before(0, p0, i) : both / 2;
        assertThat(merged(row)[i]).isEqualTo(expected, within(1e-5f));
      }
    }
  }

  @Test
  void scaledMovesTheEmbeddingTwiceAsFarAsTheMeanOfTwo() {
    merge(EmbeddingMerge.SCALED);

    for (int row : sharedRows()) {
      int p0 = position(0, row);
      int p1 = position(1, row);
      for (int i = RowLayout.WIDE_Z; i < WIDTH; i++) {
        float both = after(0, p0, i) + after(1, p1, i);
        float expected = i < MOMENT1 ? both - before(0, p0, i) : both / 2;
        assertThat(merged(row)[i]).isEqualTo(expected, within(1e-5f));
      }
    }
  }

  @Test
  void theTowersReachGrowsWithWorkersAndShrinksWithMiniBatches() {
    assertThat(TowerMerge.SCALED.reach(1, 1)).isEqualTo(1f);
    assertThat(TowerMerge.SCALED.reach(3, 1)).isEqualTo(3f);
    assertThat(TowerMerge.SCALED.reach(32, 1)).isEqualTo(4f);
    assertThat(TowerMerge.SCALED.reach(4, 4)).isEqualTo(2f);
    assertThat(TowerMerge.SCALED.reach(4, 100)).isEqualTo(1f);
    assertThat(TowerMerge.SUM.reach(32, 9)).isEqualTo(32f);
    assertThat(TowerMerge.MEAN.reach(32, 9)).isEqualTo(1f);
  }

  @Test
  void afterASumTheWideWeightFollowsFromItsZAndN() {
    merge(EmbeddingMerge.SUM);

    LearnerSettings settings = model.settings();
    for (int row : sharedRows()) {
      float[] merged = merged(row);
      double z = merged[RowLayout.WIDE_Z];
      double rate = settings.ftrl().learningRate();
      double curvature = Math.sqrt(merged[RowLayout.WIDE_N]) / rate + 2 * settings.ftrl().l2();
      double weight = -(z - Math.signum(z) * settings.ftrl().l1()) / curvature;
      assertThat((double) merged[RowLayout.WIDE]).isEqualTo(weight, within(1e-6));
    }
  }

  private int[] sharedRows() {
    int[] shared =
        IntStream.range(0, model.table().size())
            .filter(row -> position(0, row) >= 0 && position(1, row) >= 0)
            .toArray();
    assertThat(shared).isNotEmpty();
    return shared;
  }

  @Test
  void denseParametersAreAveragedByExamples() {
    merge(EmbeddingMerge.SUM);

    DenseState merged = model.dense();
    DenseState first = updates.get(0).dense();
    DenseState second = updates.get(1).dense();
    assertWeighted(merged.tower, first.tower, second.tower);
    assertWeighted(merged.moment1, first.moment1, second.moment1);
    assertWeighted(merged.moment2, first.moment2, second.moment2);
    assertWeighted(merged.wideBias, first.wideBias, second.wideBias);
    assertThat(merged.step).isEqualTo(30);
  }

  private static void assertWeighted(float[] merged, float[] first, float[] second) {
    for (int i = 0; i < merged.length; i++) {
      assertThat(merged[i]).isEqualTo((3 * first[i] + 2 * second[i]) / 5, within(1e-5f));
    }
  }

  @ParameterizedTest
  @EnumSource
  void theTowerGoesTowardsTheMeanAsFarAsTheRuleSays(TowerMerge rule) {
    model = new WideDeepModel(Fixtures.learner().workers(2).towerMerge(rule).build());
    WorkingSetBuilder builder = new WorkingSetBuilder(model, Admission.DYNAMIC);
    gathered = builder.forTraining(block, List.of(new Stretch(0, 3), new Stretch(3, 5)));
    updates = List.of(update(0, 3, gathered.get(0), 20), update(1, 2, gathered.get(1), 30));
    float[] start = model.dense().tower.clone();
    new ParameterAveraging(model).merge(gathered, updates);

    double reach = List.of(1.0, 2.0, 1.0).get(rule.ordinal());
    for (int i = 0; i < start.length; i++) {
      double mean = (3 * updates.get(0).dense().tower[i] + 2 * updates.get(1).dense().tower[i]) / 5;
      assertThat((double) model.dense().tower[i])
          .isEqualTo(start[i] + reach * (mean - start[i]), within(1e-5));
    }
    assertWeighted(
        model.dense().moment2, updates.get(0).dense().moment2, updates.get(1).dense().moment2);
  }

  @Test
  void aLaterRoundForgetsWhoTouchedARowBefore() {
    merge(EmbeddingMerge.MEAN);
    ParameterAveraging averaging = new ParameterAveraging(model);
    averaging.merge(gathered, updates);
    averaging.merge(gathered.subList(0, 1), updates.subList(0, 1));

    for (int row : sharedRows()) {
      for (int i = 0; i < WIDTH; i++) {
        assertThat(merged(row)[i]).isEqualTo(after(0, position(0, row), i));
      }
    }
    assertThat(model.dense().tower).isEqualTo(updates.get(0).dense().tower);
  }
}
