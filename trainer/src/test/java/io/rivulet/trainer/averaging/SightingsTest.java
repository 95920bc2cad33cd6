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
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.OpenMode;
import io.rivulet.trainer.store.StoreWriter;
import io.rivulet.trainer.store.TrainedWindow;
import io.rivulet.trainer.store.WindowPlan;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys that get their rows when they have come a few times. */
class SightingsTest {
  private static final int ROWS = 50;
  private static final int LEAST = 3;
  private static final int VALUES = 60;
  private static final int WINDOWS = 12;
  private static final long[] OOV = {-1, -2, -3, -4};
  private static final Admission ADMISSION = Admission.dynamic(OOV);

  @TempDir Path directory;

  private final LearnerSettings settings =
      Fixtures.learner().admitAfter(LEAST).batchSize(10).workers(2).build();

  private static ExampleBlock window(int w) {
    return Fixtures.examples(ROWS, VALUES, w);
  }

  @Test
  void aKeyHasARowFromTheWindowOnInWhichItHasComeOftenEnough() {
    WideDeepModel model = new WideDeepModel(settings);
    int[][] came = new int[Fixtures.FIELDS][VALUES];
    try (LocalWorkers workers = new LocalWorkers(settings);
        OnlineLearner learner = new OnlineLearner(model, ADMISSION, workers)) {
      for (int w = 0; w < WINDOWS; w++) {
        ExampleBlock window = window(w);
        for (int i = 0; i < window.keys().length; i++) {
          came[i % Fixtures.FIELDS][(int) (window.keys()[i] % 1000)]++;
        }
        learner.learn(window);
        for (int field = 0; field < Fixtures.FIELDS; field++) {
          for (int value = 0; value < VALUES; value++) {
            assertThat(model.table().find(Fixtures.key(field, value)) >= 0)
                .as("field %d, value %d came %d times", field, value, came[field][value])
                .isEqualTo(came[field][value] >= LEAST);
          }
        }
      }
    }
    assertThat(Arrays.stream(OOV).allMatch(key -> model.table().find(key) >= 0)).isTrue();
  }

  @Test
  void eachVersionIsStoredAndServedWhole() {
    StoreWriter writer =
        StoreWriter.open(
            directory.toString(),
            new Configuration(),
            OpenMode.GO_ON,
            new EpochTerms(settings, "features", 1 << 20, "tsv", "tsv"),
            7,
            1);
    WideDeepModel model = new WideDeepModel(settings);
    try (LocalWorkers workers = new LocalWorkers(settings);
        OnlineLearner learner = new OnlineLearner(model, ADMISSION, workers)) {
      Scorer scorer = null;
      for (int w = 0; w < WINDOWS; w++) {
        learner.learn(window(w));
        WindowPlan plan = writer.plan("kafka", List.of(new OffsetRange("clicks", 0, w, w + 1)));
        Manifest manifest =
            writer.commit(
                model,
                learner.takeChangedRows(),
                List.of(new TrainedWindow(plan, writer.epoch().epoch(), ROWS, 0)),
                new Quality(1, 0.5, 0.5, 0.5, 1));
        assertThat(writer.store().load(manifest, settings).sha256()).isEqualTo(model.sha256());
        if (scorer == null) {
          scorer = new Scorer(writer.store(), ADMISSION);
        }
        scorer.refresh();
        ExampleBlock others = window(100 + w);
        try (Predictor predictor = new Predictor(model, ADMISSION)) {
          assertThat(scorer.score(others).probabilities())
              .containsExactly(predictor.predict(others), within(1e-6f));
        }
      }
      scorer.close();
    }
  }
}
