package io.rivulet.trainer.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PredictorTest {
  private final LearnerSettings settings = Fixtures.learner().batchSize(50).build();
  private final WideDeepModel model = new WideDeepModel(settings);
  private final LocalWorkers workers = new LocalWorkers(settings);
  private final Predictor predictor = new Predictor(model, Admission.DYNAMIC);

  @BeforeEach
  void learn() {
    new OnlineLearner(model, Admission.DYNAMIC, workers).learn(Fixtures.examples(100, 10, 1));
  }

  @AfterEach
  void close() {
    predictor.close();
    workers.close();
  }

  @Test
  void predictsWhatTheLearnerWouldPredict() {
    ExampleBlock next = Fixtures.examples(50, 12, 2);
    float[] predictions = predictor.predict(next);

    assertThat(new OnlineLearner(model, Admission.DYNAMIC, workers).learn(next))
        .isEqualTo(predictions);
    assertThat(predictor.predict(next)).isNotEqualTo(predictions);
  }

  @Test
  void leavesTheModelAsItIs() {
    String before = model.sha256();
    predictor.predict(Fixtures.examples(50, 500, 2));

    assertThat(model.sha256()).isEqualTo(before);
  }

  @Test
  void anExampleIsPredictedTheSameAloneAndAmongOthers() {
    ExampleBlock examples = Fixtures.examples(300, 500, 3);
    float[] together = predictor.predict(examples);

    for (int r = 0; r < examples.rows(); r++) {
      assertThat(predictor.predict(row(examples, r))[0]).isEqualTo(together[r], within(1e-6f));
    }
  }

  private static ExampleBlock row(ExampleBlock block, int row) {
    int first = block.start(row);
    int end = block.start(row + 1);
    return ExampleBlock.ofOneKeyPerField(
        block.fieldCount(),
        new float[] {block.labels()[row]},
        Arrays.copyOfRange(block.keys(), first, end),
        Arrays.copyOfRange(block.weights(), first, end));
  }

  @Test
  void predictsUnknownKeysOfAFrozenVocabularyAsTheirOovKey() {
    ExampleBlock unknown = Fixtures.examples(1, 1, 4);
    ExampleBlock oov =
        ExampleBlock.ofOneKeyPerField(
            Fixtures.FIELDS, unknown.labels(), new long[] {-1, -2, -3, -4}, unknown.weights());
    Admission frozen = Admission.frozen(new long[0], oov.keys());
    try (Predictor strict = new Predictor(model, frozen)) {
      assertThat(strict.predict(unknown)).isEqualTo(predictor.predict(oov));
      assertThat(strict.predict(unknown)).isNotEqualTo(predictor.predict(unknown));
    }
  }
}
