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
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.OpenMode;
import io.rivulet.trainer.store.StoreWriter;
import io.rivulet.trainer.store.TrainedWindow;
import io.rivulet.trainer.store.WindowPlan;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys that keep arriving, more than there may be rows. */
class EvictionTest {
  private static final int ROWS = 200;
  private static final int BOUND = 1600;

  @TempDir Path directory;

  private final LearnerSettings settings = Fixtures.learner().maxRows(BOUND).build();
  private final LocalWorkers workers = new LocalWorkers(settings);
  private OnlineLearner learner = learner(new WideDeepModel(settings));

  private OnlineLearner learner(WideDeepModel model) {
    return new OnlineLearner(model, Admission.DYNAMIC, workers);
  }

  @AfterEach
  void close() {
    learner.close();
    workers.close();
  }

  /** Of four fields one has the same key in every window, the others have new ones. */
  private static ExampleBlock window(int number) {
    long[] keys = new long[ROWS * Fixtures.FIELDS];
    float[] weights = new float[keys.length];
    float[] labels = new float[ROWS];
    for (int i = 0; i < keys.length; i++) {
      boolean stays = i % Fixtures.FIELDS == 0;
      keys[i] = stays ? i : (long) number * keys.length + i + 1_000_000L;
      weights[i] = 1f;
      labels[i / Fixtures.FIELDS] = i / Fixtures.FIELDS % 2;
    }
    return ExampleBlock.ofOneKeyPerField(Fixtures.FIELDS, labels, keys, weights);
  }

  @Test
  void theTableStaysWithinItsBoundAndKeepsWhatIsUsed() {
    for (int w = 0; w < 20; w++) {
      learner.learn(window(w));
      assertThat(learner.tableRows()).isLessThanOrEqualTo(BOUND);
      for (int i = 0; i < ROWS; i++) {
        assertThat(learner.model().table().find((long) i * Fixtures.FIELDS)).isNotNegative();
      }
      for (long key : window(w).keys()) {
        assertThat(learner.model().table().find(key)).isNotNegative();
      }
    }
    assertThat(learner.model().table().find(window(0).keys()[1])).isNegative();
  }

  @Test
  void oldKeysThatComeBackWithNewOnesAreKeptAndTheBoundIsToo() {
    LearnerSettings tight = Fixtures.learner().maxRows(1000).batchSize(1).build();
    try (LocalWorkers steps = new LocalWorkers(tight);
        OnlineLearner bounded =
            new OnlineLearner(new WideDeepModel(tight), Admission.DYNAMIC, steps)) {
      bounded.learn(window(0));
      for (int w = 1; w < 5; w++) {
        bounded.learn(window(w).select(IntStream.range(0, 16).toArray()));
      }
      // The oldest come back with new keys, for which there is no room.
      int[] rows = IntStream.range(0, 100).toArray();
      ExampleBlock old = window(0).select(rows);
      long[] keys = old.keys().clone();
      System.arraycopy(window(9).keys(), 0, keys, keys.length / 2, keys.length / 2);
      bounded.takeEvictedKeys();
      bounded.learn(
          ExampleBlock.ofOneKeyPerField(Fixtures.FIELDS, old.labels(), keys, old.weights()));

      assertThat(bounded.tableRows()).isLessThanOrEqualTo(1000);
      assertThat(bounded.takeEvictedKeys()).isNotEmpty().doesNotContain(keys);
    }
  }

  @Test
  void aWindowOfMoreKeysThanTheBoundIsLearnedAllTheSame() {
    LearnerSettings small = Fixtures.learner().maxRows(ROWS).build();
    try (OnlineLearner bounded =
        new OnlineLearner(new WideDeepModel(small), Admission.DYNAMIC, workers)) {
      for (int w = 0; w < 3; w++) {
        bounded.learn(window(w));
        assertThat(bounded.tableRows()).isEqualTo(Fixtures.FIELDS * ROWS);
      }
    }
  }

  @Test
  void aStoreHasWhatTheLearnerHasAndSoDoThoseWhoServe() {
    EpochTerms terms = new EpochTerms(settings, "features", 1 << 20, "tsv", "tsv");
    StoreWriter writer =
        StoreWriter.open(directory.toString(), new Configuration(), OpenMode.GO_ON, terms, 7, 1);
    ModelStore store = writer.store();
    commit(writer, 0);
    try (Scorer scorer = new Scorer(store, Admission.DYNAMIC)) {
      boolean evicted = false;
      for (int w = 1; w < 20; w++) {
        Manifest manifest = commit(writer, w);
        evicted |= manifest.evicted() != null;
        assertThat(store.load(manifest, settings).sha256()).isEqualTo(learner.model().sha256());
        scorer.refresh();
        try (Predictor predictor = new Predictor(learner.model(), Admission.DYNAMIC)) {
          // Some of these keys have no row any more.
          ExampleBlock examples = window(w / 2);
          assertThat(scorer.score(examples).probabilities())
              .containsExactly(predictor.predict(examples), within(1e-6f));
        }
      }
      assertThat(evicted).isTrue();
    }
    store.verify();

    // A restart goes on to the same bits, though its rows have other numbers.
    OnlineLearner restarted = learner(store.loadNewest(settings).orElseThrow());
    for (int w = 20; w < 25; w++) {
      learner.learn(window(w));
      restarted.learn(window(w));
    }
    assertThat(restarted.model().sha256()).isEqualTo(learner.model().sha256());
    restarted.close();
  }

  private Manifest commit(StoreWriter writer, int w) {
    WindowPlan plan = writer.plan("kafka", List.of(new OffsetRange("clicks", 0, w, w + 1)));
    learner.learn(window(w));
    return writer.commit(
        writer.prepare(
            learner.model(),
            learner.takeChangedRows(),
            learner.takeEvictedKeys(),
            List.of(new TrainedWindow(plan, writer.epoch().epoch(), 1, 0)),
            new Quality(1, 0.5, 0.5, 0.5, 1)));
  }
}
