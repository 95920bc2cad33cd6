package io.rivulet.trainer.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.Fixtures.Learner;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.optim.Adam;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuardTest {
  private static final int ROWS = 60;
  private static final int[] BAD = {0, 17, 18, 41, 59};

  private LocalWorkers workers;

  private OnlineLearner start(Learner learner) {
    stopWorkers();
    LearnerSettings settings = learner.build();
    workers = new LocalWorkers(settings);
    OnlineLearner started =
        new OnlineLearner(new WideDeepModel(settings), Admission.DYNAMIC, this::run);
    // All keys get their rows in the same order.
    started.learn(Fixtures.examples(ROWS, 12, 1));
    return started;
  }

  /** Spark runs no job without tasks. */
  private List<WorkerUpdate> run(DenseState dense, List<WorkerTask> tasks) {
    assertThat(tasks).isNotEmpty();
    return workers.run(dense, tasks);
  }

  @AfterEach
  void stopWorkers() {
    if (workers != null) {
      workers.close();
      workers = null;
    }
  }

  /** Two workers that merge once in such a window. */
  private static Learner oneRound() {
    return Fixtures.learner().workers(2).batchSize(10).averagingFrequency(3);
  }

  private static ExampleBlock window() {
    return Fixtures.examples(ROWS, 12, 2);
  }

  /** The window with rows whose features have this value, each of the label that is wrong. */
  private static ExampleBlock poisoned(OnlineLearner learner, float value, int... bad) {
    ExampleBlock window = window();
    for (int row : bad) {
      Arrays.fill(window.weights(), window.start(row), window.start(row + 1), value);
    }
    try (Predictor predictor = new Predictor(learner.model(), Admission.DYNAMIC)) {
      float[] predictions = predictor.predict(window);
      for (int row : bad) {
        window.labels()[row] = predictions[row] > 0.5f ? 0 : 1;
      }
    }
    return window;
  }

  private static int[] others(int... bad) {
    return IntStream.range(0, ROWS).filter(r -> Arrays.binarySearch(bad, r) < 0).toArray();
  }

  @ParameterizedTest
  @CsvSource({
    // Of too large a loss from the start.
    "1e8, 1000",
    // Of a loss that is a number, without bound; Adam's second moment isn't one.
    "1e25, 0",
    // The loss is infinite.
    "1e38, 0"
  })
  void rowsThatRuinTheModelAreLeftOutAndTheRestIsLearned(float value, float maxLoss) {
    OnlineLearner clean = start(oneRound().maxLoss(maxLoss));
    float[] expected = clean.learn(window().select(others(BAD)));
    String model = clean.model().sha256();

    OnlineLearner learner = start(oneRound().maxLoss(maxLoss));
    float[] predictions = learner.learn(poisoned(learner, value, BAD));

    assertThat(IntStream.range(0, ROWS).filter(row -> Float.isNaN(predictions[row])).toArray())
        .isEqualTo(BAD);
    for (int i = 0; i < expected.length; i++) {
      assertThat(predictions[others(BAD)[i]]).isEqualTo(expected[i]);
    }
    assertThat(learner.model().sha256()).isEqualTo(model);
  }

  @Test
  void aWindowOfSuchRowsAloneChangesNothing() {
    OnlineLearner learner = start(oneRound().maxLoss(1000f));
    String before = learner.model().sha256();
    int[] all = IntStream.range(0, ROWS).toArray();

    assertThat(learner.learn(poisoned(learner, 1e10f, all))).containsOnly(Float.NaN);
    assertThat(learner.model().sha256()).isEqualTo(before);
  }

  @Test
  void aRowOfModerateLossIsLearned() {
    OnlineLearner learner = start(oneRound().maxLoss(1000f));

    assertThat(learner.learn(poisoned(learner, 10f, BAD))).doesNotContain(Float.NaN);
  }

  @Test
  void whereMostRowsGoWrongTheModelIsToBlame() {
    OnlineLearner learner = start(oneRound().maxLoss(1000f));
    ExampleBlock one = poisoned(learner, 1e10f, 3).select(new int[] {3});
    ExampleBlock many = one.select(new int[200]);

    assertThatThrownBy(() -> learner.learn(many))
        .isInstanceOf(DivergedException.class)
        .hasMessageContaining("guard.max_loss")
        .hasMessageContaining("adam.learning_rate");
  }

  @Test
  void whereNoRowIsToBlameAloneTheModelIs() {
    Adam steep = new Adam(1e20f, 0.9f, 0.999f, 1e-8f);

    assertThatThrownBy(() -> start(oneRound().maxLoss(1000f).adam(steep)))
        .isInstanceOf(DivergedException.class);
  }

  @Test
  void rowsOfSeveralKeysAFieldAreSelectedWhole() {
    ExampleBlock pooled =
        new ExampleBlock(
            2,
            new float[] {0, 1, 0},
            new long[] {1, 2, 3, 4, 5, 6},
            new float[] {1, 2, 3, 4, 5, 6},
            new int[] {0, 3, 4, 6},
            new int[] {0, 0, 1, 1, 0, 1});

    ExampleBlock selected = pooled.select(new int[] {0, 2});

    assertThat(selected.labels()).containsExactly(0, 0);
    assertThat(selected.keys()).containsExactly(1, 2, 3, 5, 6);
    assertThat(selected.weights()).containsExactly(1, 2, 3, 5, 6);
    assertThat(selected.starts()).containsExactly(0, 3, 5);
    assertThat(selected.fields()).containsExactly(0, 0, 1, 0, 1);
  }
}
