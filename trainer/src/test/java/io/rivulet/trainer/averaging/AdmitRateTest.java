package io.rivulet.trainer.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.metrics.Quality;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.serving.Scorer;
import io.rivulet.trainer.store.EpochTerms;
import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.OpenMode;
import io.rivulet.trainer.store.StoreWriter;
import io.rivulet.trainer.store.TrainedWindow;
import io.rivulet.trainer.store.WindowPlan;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys of which each gets a row by chance, the sooner the more often it comes. */
class AdmitRateTest {
  private static final int ROWS = 1000;
  private static final int RARE = 900;
  private static final long[] OOV = {-1, -2, -3, -4};

  @TempDir Path directory;

  private final LearnerSettings settings =
      Fixtures.learner().admitRate(0.1f).batchSize(ROWS).build();

  private WideDeepModel learned() {
    WideDeepModel model = new WideDeepModel(settings);
    try (LocalWorkers workers = new LocalWorkers(settings);
        OnlineLearner learner = new OnlineLearner(model, Admission.dynamic(OOV), workers)) {
      for (int w = 0; w < 40; w++) {
        learner.learn(Fixtures.examples(ROWS, w % 4 != 0 ? 10 : RARE, w));
      }
    }
    return model;
  }

  @Test
  void whatComesOftenHasARowAndOfTheRestAShare() {
    WideDeepModel model = learned();
    int frequent = 0;
    int rare = 0;
    for (int field = 0; field < Fixtures.FIELDS; field++) {
      assertThat(model.table().find(OOV[field])).isNotNegative();
      for (int value = 0; value < RARE; value++) {
        boolean has = model.table().find(Fixtures.key(field, value)) >= 0;
        frequent += has && value < 10 ? 1 : 0;
        rare += has && value >= 10 ? 1 : 0;
      }
    }
    // A frequent one has come in 30 rounds or more, so lacks a row with a probability of 0.04.
    assertThat(frequent).isBetween(34, 40);
    // A rare one comes in two of three rounds of 10: half of them have a row.
    assertThat(rare)
        .isBetween((int) (0.44 * Fixtures.FIELDS * RARE), (int) (0.56 * Fixtures.FIELDS * RARE));
    assertThat(learned().sha256()).isEqualTo(model.sha256());
  }

  @Test
  void thoseWhoServePredictAsTrainingDoes() {
    WideDeepModel model = learned();
    StoreWriter writer =
        StoreWriter.open(
            directory.toString(),
            new Configuration(),
            OpenMode.GO_ON,
            new EpochTerms(settings, "features", 1 << 20, "tsv", "tsv"),
            7,
            1);
    WindowPlan plan = writer.plan("kafka", List.of(new OffsetRange("clicks", 0, 0, 1)));
    writer.commit(
        model,
        new int[0],
        List.of(new TrainedWindow(plan, writer.epoch().epoch(), 1, 0)),
        new Quality(1, 0.5, 0.5, 0.5, 1));
    ExampleBlock examples = Fixtures.examples(ROWS, 2 * RARE, 99);
    try (Scorer scorer = new Scorer(writer.store(), Admission.dynamic(OOV));
        Predictor predictor = new Predictor(model, Admission.dynamic(OOV))) {
      int rows = model.table().size();
      assertThat(scorer.score(examples).probabilities())
          .containsExactly(predictor.predict(examples), within(1e-6f));
      assertThat(model.table().size()).isEqualTo(rows);
    }
  }
}
