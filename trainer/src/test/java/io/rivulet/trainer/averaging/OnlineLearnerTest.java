package io.rivulet.trainer.averaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.Fixtures.Learner;
import io.rivulet.trainer.metrics.QualityMeter;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.EmbeddingTable;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.optim.Adam;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OnlineLearnerTest {
  private static final ExampleBlock EMPTY =
      ExampleBlock.ofOneKeyPerField(Fixtures.FIELDS, new float[0], new long[0], new float[0]);

  private LocalWorkers workers;

  private OnlineLearner start(Learner learner) {
    return start(learner, Admission.DYNAMIC);
  }

  private OnlineLearner start(Learner learner, Admission admission) {
    stopWorkers();
    LearnerSettings settings = learner.build();
    workers = new LocalWorkers(settings);
    return new OnlineLearner(new WideDeepModel(settings), admission, workers);
  }

  @AfterEach
  void stopWorkers() {
    if (workers != null) {
      workers.close();
      workers = null;
    }
  }

  /** The model's hash after three windows. */
  private String learned(Learner settings) {
    OnlineLearner learner = start(settings);
    for (int window = 0; window < 3; window++) {
      learner.learn(Fixtures.examples(47, 12, window));
    }
    return learner.model().sha256();
  }

  private static Set<Long> keys(EmbeddingTable table, int... rows) {
    Set<Long> keys = new HashSet<>();
    for (int row : rows) {
      keys.add(table.key(row));
    }
    return keys;
  }

  private static Set<Long> keys(ExampleBlock block) {
    Set<Long> keys = new HashSet<>();
    for (long key : block.keys()) {
      keys.add(key);
    }
    return keys;
  }

  @Test
  void theSameWindowsGiveTheSameBits() {
    Learner twoWorkers = Fixtures.learner().workers(2).averagingFrequency(2);

    assertThat(learned(twoWorkers)).isEqualTo(learned(twoWorkers));
    assertThat(learned(Fixtures.learner().workers(2).averagingFrequency(2).seed(8)))
        .isNotEqualTo(learned(twoWorkers));
  }

  @Test
  void withOneWorkerItDoesNotMatterHowOftenItIsMerged() {
    String everyMiniBatch = learned(Fixtures.learner().averagingFrequency(1));

    assertThat(learned(Fixtures.learner().averagingFrequency(3))).isEqualTo(everyMiniBatch);
    assertThat(learned(Fixtures.learner().averagingFrequency(100))).isEqualTo(everyMiniBatch);
  }

  @Test
  void anAveragingFrequencyBeyondEveryWindowMergesOnceAWindow() {
    assertThat(learned(Fixtures.learner().averagingFrequency(Integer.MAX_VALUE)))
        .isEqualTo(learned(Fixtures.learner().averagingFrequency(100)));
  }

  @Test
  void learnsToTellClicksFromOtherEvents() {
    OnlineLearner learner =
        start(
            Fixtures.learner()
                .workers(2)
                .averagingFrequency(5)
                .adam(new Adam(0.01f, 0.9f, 0.999f, 1e-8f)));
    QualityMeter later = new QualityMeter();
    for (int window = 0; window < 20; window++) {
      ExampleBlock examples = Fixtures.separableExamples(200, window);
      float[] predictions = learner.learn(examples);
      if (window >= 10) {
        later.add(examples.labels(), predictions, 0);
      }
    }

    assertThat(later.quality().auc()).isGreaterThan(0.7);
    assertThat(later.quality().ne()).isLessThan(1);
  }

  @Test
  void predictionsComeInTheOrderOfTheWindowAndBeforeLearning() {
    OnlineLearner learner = start(Fixtures.learner().workers(3).batchSize(10));
    ExampleBlock window = Fixtures.examples(30, 5, 1);
    try (Predictor predictor = new Predictor(learner.model(), Admission.DYNAMIC)) {
      float[] untrained = predictor.predict(window);

      assertThat(learner.learn(window)).isEqualTo(untrained);
    }
  }

  @Test
  void givesTheRowsThatComeNextToTheWorkersMiniBatchesAtATime() {
    LearnerSettings settings =
        Fixtures.learner().workers(2).batchSize(3).averagingFrequency(2).build();
    StringBuilder rounds = new StringBuilder();
    try (LocalWorkers local = new LocalWorkers(settings)) {
      Workers recording =
          (dense, tasks) -> {
            for (WorkerTask task : tasks) {
              rounds.append(task.worker()).append(':');
              rounds.append(task.workingSet().examples()).append(' ');
            }
            rounds.append('|');
            return local.run(dense, tasks);
          };
      new OnlineLearner(new WideDeepModel(settings), Admission.DYNAMIC, recording)
          .learn(Fixtures.examples(17, 5, 1));
    }

    assertThat(rounds).hasToString("0:6 1:6 |0:3 1:2 |");
  }

  @Test
  void countsTheStepsOfTheLongestWorker() {
    OnlineLearner learner = start(Fixtures.learner().workers(2).batchSize(3));
    learner.learn(Fixtures.examples(13, 5, 1));

    assertThat(learner.model().dense().step).isEqualTo(3);
  }

  @Test
  void changedRowsAreThoseTouchedSinceTheyWereLastTaken() {
    OnlineLearner learner = start(Fixtures.learner().workers(2));
    EmbeddingTable table = learner.model().table();
    learner.learn(Fixtures.examples(30, 40, 1));
    assertThat(learner.takeChangedRows()).isEqualTo(IntStream.range(0, table.size()).toArray());
    assertThat(learner.takeChangedRows()).isEmpty();

    ExampleBlock second = Fixtures.examples(5, 40, 2);
    ExampleBlock third = Fixtures.examples(5, 40, 3);
    learner.learn(second);
    learner.learn(third);
    int[] changed = learner.takeChangedRows();

    Set<Long> expected = keys(second);
    expected.addAll(keys(third));
    assertThat(changed).isSorted().hasSizeLessThan(table.size());
    assertThat(keys(table, changed)).isEqualTo(expected);
  }

  @Test
  void anEmptyWindowChangesNothing() {
    OnlineLearner learner = start(Fixtures.learner().workers(2));
    learner.learn(Fixtures.examples(10, 5, 1));
    learner.takeChangedRows();
    String before = learner.model().sha256();

    assertThat(learner.learn(EMPTY)).isEmpty();
    assertThat(learner.model().sha256()).isEqualTo(before);
    assertThat(learner.takeChangedRows()).isEmpty();
  }

  @Test
  void moreWorkersThanRowsStillLearnEveryRow() {
    OnlineLearner learner = start(Fixtures.learner().workers(8));
    ExampleBlock window = Fixtures.examples(3, 100, 1);
    float[] predictions = learner.learn(window);

    for (float prediction : predictions) {
      assertThat(prediction).isStrictlyBetween(0f, 1f);
    }
    int[] changed = learner.takeChangedRows();
    assertThat(keys(learner.model().table(), changed)).isEqualTo(keys(window));
    assertThat(learner.model().dense().step).isEqualTo(1);
  }

  @Test
  void withAFrozenVocabularyOtherKeysShareTheOovKeyOfTheirField() {
    long[] oov = {-1, -2, -3, -4};
    long known = Fixtures.key(0, 1);
    OnlineLearner learner = start(Fixtures.learner(), Admission.frozen(new long[] {known}, oov));
    learner.learn(Fixtures.examples(50, 5, 1));

    Set<Long> expected = new HashSet<>(List.of(known));
    Arrays.stream(oov).forEach(expected::add);
    EmbeddingTable table = learner.model().table();
    assertThat(keys(table, IntStream.range(0, table.size()).toArray())).isEqualTo(expected);
  }

  /** Two rows a mini-batch and worker, so that the same key may be new to two of them. */
  @Test
  void aValueIsUnknownWhenItFirstComes() {
    OnlineLearner learner = start(Fixtures.learner().workers(2).batchSize(2));
    ExampleBlock window = Fixtures.examples(23, 4, 1);
    learner.learn(window);

    Set<Long> came = new HashSet<>();
    for (int i = 0; i < window.keys().length; i++) {
      assertThat(learner.unknown()[i]).isEqualTo(came.add(window.keys()[i]));
    }
    learner.learn(window);
    assertThat(learner.unknown()).hasSize(window.keys().length).doesNotContain(true);
  }

  @Test
  void aValueOutOfAFrozenVocabularyIsUnknownEachTime() {
    long[] oovKeys = LongStream.range(-Fixtures.FIELDS, 0).toArray();
    OnlineLearner learner = start(Fixtures.learner(), Admission.frozen(oovKeys, oovKeys));
    ExampleBlock window = Fixtures.examples(5, 4, 1);
    for (int time = 0; time < 2; time++) {
      learner.learn(window);
      assertThat(learner.unknown()).hasSize(window.keys().length).doesNotContain(false);
    }
  }
}
