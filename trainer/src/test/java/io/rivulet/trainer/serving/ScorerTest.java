package io.rivulet.trainer.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.averaging.LocalWorkers;
import io.rivulet.trainer.averaging.OnlineLearner;
import io.rivulet.trainer.averaging.Predictor;
import io.rivulet.trainer.metrics.Quality;
import io.rivulet.trainer.model.Activation;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.RowLayout;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.store.EpochTerms;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.OpenMode;
import io.rivulet.trainer.store.PartitionOffset;
import io.rivulet.trainer.store.StoreException;
import io.rivulet.trainer.store.StoreWriter;
import io.rivulet.trainer.store.TrainedWindow;
import io.rivulet.trainer.store.WindowPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScorerTest {
  private static final int ROWS = 300;
  private static final int SNAPSHOT_EVERY = 3;

  @TempDir Path directory;

  private LearnerSettings settings = Fixtures.learner().build();
  private WideDeepModel model = new WideDeepModel(settings);
  private StoreWriter writer;

  private void open(String features) {
    EpochTerms terms = new EpochTerms(settings, features, 1 << 20, "tsv", "tsv");
    writer =
        StoreWriter.open(
            directory.toString(), new Configuration(), OpenMode.GO_ON, terms, SNAPSHOT_EVERY, 1);
  }

  private Scorer scorer() {
    return new Scorer(
        ModelStore.open(directory.toString(), new Configuration()), Admission.DYNAMIC);
  }

  private Manifest commit() {
    List<PartitionOffset> offsets = writer.plannedOffsets();
    long from = offsets.isEmpty() ? 0 : offsets.get(0).next();
    WindowPlan plan = writer.plan("kafka", List.of(new OffsetRange("clicks", 0, from, from + 1)));
    return writer.commit(
        model,
        IntStream.range(0, model.table().size()).toArray(),
        List.of(new TrainedWindow(plan, writer.epoch().epoch(), 1, 0)),
        new Quality(1, 0.5, 0.5, 0.5, 1));
  }

  private Manifest learn(long seed) {
    try (LocalWorkers workers = new LocalWorkers(settings);
        OnlineLearner learner = new OnlineLearner(model, Admission.DYNAMIC, workers)) {
      learner.learn(Fixtures.separableExamples(ROWS, seed));
    }
    return commit();
  }

  /** Every parameter that counts becomes {@code value}; the tower gives its last bias alone. */
  private Manifest plant(float value) {
    float[] row = new float[model.table().rowWidth()];
    row[RowLayout.WIDE] = value;
    for (int i = 0; i < model.table().size(); i++) {
      model.table().write(i, row, 0);
    }
    Arrays.fill(model.dense().tower, 0f);
    model.dense().tower[model.dense().tower.length - 1] = value;
    model.dense().wideBias[0] = value;
    return commit();
  }

  /** Of the version that was planted with this value, for each example. */
  private static float planted(float value) {
    return Activation.sigmoid(value * (Fixtures.FIELDS + 2));
  }

  private void assertScoresAsTheModel(Scorer scorer, ExampleBlock examples) {
    try (Predictor predictor = new Predictor(model, Admission.DYNAMIC)) {
      assertThat(scorer.score(examples).probabilities())
          .containsExactly(predictor.predict(examples), within(1e-6f));
    }
  }

  @Test
  void eachVersionScoresAsItsModel() {
    open("features");
    learn(1);
    try (Scorer scorer = scorer()) {
      for (int seed = 2; seed < 4 + 2 * SNAPSHOT_EVERY; seed++) {
        assertThat(scorer.refresh()).isEqualTo(seed > 2);
        assertThat(scorer.version()).isEqualTo(seed - 1);
        // Of these keys some are known and some aren't.
        assertScoresAsTheModel(scorer, Fixtures.examples(ROWS, 1000, seed));
        learn(seed);
      }
    }
  }

  @Test
  void fieldsInTheWidePartAloneScoreThere() {
    settings = Fixtures.learner().wideFields(2).build();
    model = new WideDeepModel(settings);
    eachVersionScoresAsItsModel();
  }

  @Test
  void valuesOfAFieldArePooled() {
    open("features");
    learn(1);
    ExampleBlock flat = Fixtures.examples(5, 100, 1);
    int[] fields = {0, 1, 1, 1, 3, 0, 2, 2, 3, 3, 3, 0, 1, 1, 2, 2, 3, 0, 0, 3};
    ExampleBlock pooled =
        new ExampleBlock(
            Fixtures.FIELDS,
            new float[3],
            flat.keys(),
            flat.weights(),
            new int[] {0, 5, 17, 20},
            fields);
    try (Scorer scorer = scorer()) {
      assertScoresAsTheModel(scorer, pooled);
    }
  }

  @Test
  void whoSleptOverSnapshotsCatchesUp() {
    open("features");
    learn(1);
    try (Scorer scorer = scorer()) {
      for (int seed = 2; seed < 12; seed++) {
        learn(seed);
      }
      assertThat(scorer.refresh()).isTrue();
      assertScoresAsTheModel(scorer, Fixtures.examples(ROWS, 1000, 1));
      assertThat(scorer.refresh()).isFalse();
    }
  }

  @Test
  void whatWasRolledBackIsForgotten() {
    open("features");
    learn(1);
    learn(2);
    try (Scorer scorer = scorer()) {
      learn(3);
      scorer.refresh();
      writer =
          StoreWriter.rollBack(
              directory.toString(), new Configuration(), 1, SNAPSHOT_EVERY, 1, false);
      model = writer.store().load(writer.newest().orElseThrow(), settings);
      for (long seed = 20; seed < 23; seed++) {
        // Again version 2, then 3: other ones than before.
        assertThat(learn(seed).version()).isEqualTo(seed - 18);
        assertThat(scorer.refresh()).isTrue();
        assertScoresAsTheModel(scorer, Fixtures.examples(ROWS, 1000, seed));
      }
    }
  }

  @Test
  void aDamagedVersionIsNotTakenOver() throws IOException {
    open("features");
    plant(0.1f);
    model.table().add(1);
    try (Scorer scorer = scorer()) {
      ExampleBlock examples = Fixtures.examples(1, 10, 1);
      float before = scorer.score(examples).probabilities()[0];
      Path rows = directory.resolve(plant(0.2f).rows().path());
      byte[] whole = Files.readAllBytes(rows);
      byte[] damaged = whole.clone();
      damaged[damaged.length - 1] ^= 1;
      Files.write(rows, damaged);
      assertThatThrownBy(scorer::refresh)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("is damaged");
      assertThat(scorer.version()).isEqualTo(1);
      assertThat(scorer.score(examples).probabilities()).containsExactly(before);

      Files.write(rows, whole);
      assertThat(scorer.refresh()).isTrue();
      assertThat(scorer.score(examples).version()).isEqualTo(2);
    }
  }

  @Test
  void aVersionWithOtherFeaturesIsNotTakenOver() {
    open("features");
    learn(1);
    try (Scorer scorer = scorer()) {
      writer =
          StoreWriter.open(
              directory.toString(),
              new Configuration(),
              OpenMode.MIGRATE,
              new EpochTerms(settings, "others", 1 << 20, "tsv", "tsv"),
              SNAPSHOT_EVERY,
              1);
      learn(2);
      assertThatThrownBy(scorer::refresh)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("has other features or another shape than version 1");
      assertThat(scorer.version()).isEqualTo(1);
    }
  }

  @Test
  void aStoreWithoutVersionsCannotBeScoredWith() {
    open("features");

    assertThatThrownBy(this::scorer)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("has no committed version yet");
  }

  @Test
  void noAnswerMixesTwoVersions() throws Exception {
    open("features");
    ExampleBlock examples = Fixtures.examples(200, 10, 1);
    for (long key : examples.keys()) {
      if (model.table().find(key) < 0) {
        model.table().add(key);
      }
    }
    Arrays.fill(examples.weights(), 1f);
    float step = 0.01f;
    plant(step);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    AtomicBoolean done = new AtomicBoolean();
    try (Scorer scorer = scorer()) {
      List<Future<Long>> readers =
          IntStream.range(0, 2)
              .mapToObj(
                  i ->
                      threads.submit(
                          () -> {
                            long newest = 0;
                            while (!done.get()) {
                              Scores scores = scorer.score(examples);
                              assertThat(scores.version()).isGreaterThanOrEqualTo(newest);
                              newest = scores.version();
                              for (float probability : scores.probabilities()) {
                                assertThat(probability)
                                    .isCloseTo(planted(newest * step), within(1e-6f));
                              }
                            }
                            return newest;
                          }))
              .toList();
      for (int version = 2; version <= 40; version++) {
        plant(version * step);
        scorer.refresh();
      }
      done.set(true);
      for (Future<Long> reader : readers) {
        assertThat(reader.get()).isPositive();
      }
      assertThat(scorer.score(examples).version()).isEqualTo(40);
    } finally {
      threads.shutdownNow();
    }
  }
}
