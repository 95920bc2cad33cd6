package io.rivulet.scorer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.FittedFeatures;
import io.rivulet.features.Schema;
import io.rivulet.features.Schema.EventTime;
import io.rivulet.features.Schema.Field;
import io.rivulet.features.Schema.Label;
import io.rivulet.features.Schema.Pooling;
import io.rivulet.trainer.averaging.LocalWorkers;
import io.rivulet.trainer.averaging.OnlineLearner;
import io.rivulet.trainer.averaging.Predictor;
import io.rivulet.trainer.metrics.Quality;
import io.rivulet.trainer.model.Activation;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.Initializer;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.ModelShape;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.optim.Adam;
import io.rivulet.trainer.optim.Ftrl;
import io.rivulet.trainer.serving.Scores;
import io.rivulet.trainer.store.EpochTerms;
import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.OpenMode;
import io.rivulet.trainer.store.StoreException;
import io.rivulet.trainer.store.StoreWriter;
import io.rivulet.trainer.store.TrainedWindow;
import io.rivulet.trainer.store.WindowPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Neither Spark nor ND4J is on the class path of these tests. */
class EventScorerTest {
  private static final Schema SCHEMA =
      new Schema(
          "shop",
          Label.zeroOrOne("bought"),
          "",
          EventTime.NONE,
          List.of(
              Field.dense("price", "$.item.price", Scaling.BUCKETS, false),
              Field.categorical("city", "city"),
              Field.multiValued("tags", "tags", Pooling.MEAN)),
          List.of());

  private static final FittedFeatures FEATURES = FittedFeatures.unfitted(SCHEMA);
  private static final int MAX_BYTES = 100;

  @TempDir Path directory;

  private final LearnerSettings settings =
      new LearnerSettings(
          new ModelShape(FEATURES.fieldCount(), 4, List.of(8, 4), Activation.RELU),
          new Initializer(Initializer.Kind.UNIFORM, -0.1f, 0.1f),
          new Initializer(Initializer.Kind.XAVIER_UNIFORM, 0f, 0f),
          new Initializer(Initializer.Kind.ZERO, 0f, 0f),
          new Adam(1e-2f, 0.9f, 0.999f, 1e-8f),
          new Ftrl(5e-2f, 1e-8f, 1e-8f, 1f, Ftrl.Reduction.SUM),
          0f,
          1f,
          10,
          1,
          1,
          LearnerSettings.EmbeddingMerge.SUM,
          LearnerSettings.TowerKind.BLAS,
          7,
          new Initializer(Initializer.Kind.ZERO, 0f, 0f),
          LearnerSettings.TowerMerge.MEAN,
          LearnerSettings.Engine.SPARSE,
          0f,
          false,
          0,
          1f,
          1);
  private final WideDeepModel model = new WideDeepModel(settings);
  private final Admission admission = StoreFeatures.admission(FEATURES);
  private StoreWriter writer;

  /** The label's cell is no label: nobody knows it yet. */
  private static List<byte[]> lines(int from, int until) {
    return IntStream.range(from, until)
        .mapToObj(i -> "?\t" + i % 7 + ".5\t" + (i % 3 == 0 ? "Bern" : "") + "\ta|b" + i % 5)
        .map(line -> line.getBytes(UTF_8))
        .toList();
  }

  @BeforeEach
  void open() throws IOException {
    FEATURES.save(
        StoreFeatures.path(directory.toString(), FEATURES.version()), new Configuration());
    writer =
        StoreWriter.open(
            directory.toString(),
            new Configuration(),
            OpenMode.GO_ON,
            new EpochTerms(settings, FEATURES.version(), MAX_BYTES, "tsv", "tsv"),
            7,
            1);
  }

  private EventScorer scorer() {
    return EventScorer.open(directory.toString(), new Configuration());
  }

  private void learn(ExampleBlock examples, int window) {
    WindowPlan plan = writer.plan("kafka", List.of(new OffsetRange("shop", 0, window, window + 1)));
    IntStream.range(0, examples.rows()).forEach(row -> examples.labels()[row] = row % 3 / 2);
    try (LocalWorkers workers = new LocalWorkers(settings);
        OnlineLearner learner = new OnlineLearner(model, admission, workers)) {
      learner.learn(examples);
    }
    writer.commit(
        model,
        IntStream.range(0, model.table().size()).toArray(),
        List.of(new TrainedWindow(plan, writer.epoch().epoch(), examples.rows(), 0)),
        new Quality(1, 0.5, 0.5, 0.5, 1));
  }

  private static ExampleBlock none() {
    int[] starts = {0};
    return new ExampleBlock(
        FEATURES.fieldCount(), new float[0], new long[0], new float[0], starts, new int[0]);
  }

  private float[] predicted(ExampleBlock examples) {
    try (Predictor predictor = new Predictor(model, admission)) {
      return predictor.predict(examples);
    }
  }

  @Test
  void sparkIsNotNeeded() {
    for (String absent : List.of("org.apache.spark.sql.Column", "org.nd4j.linalg.factory.Nd4j")) {
      assertThatThrownBy(() -> Class.forName(absent)).isInstanceOf(ClassNotFoundException.class);
    }
  }

  @Test
  void eventsAreScoredAsTheNewestVersionPredictsThem() {
    learn(none(), 0);
    try (EventScorer scorer = scorer()) {
      for (int window = 1; window < 5; window++) {
        ExampleBlock examples = scorer.block(lines(100 * window, 100 * window + 100));
        learn(examples, window);
        assertThat(scorer.refresh()).isTrue();

        List<byte[]> candidates = lines(90 * window, 90 * window + 150);
        Scores scores = scorer.score(candidates);

        assertThat(scores.version()).isEqualTo(window + 1L).isEqualTo(scorer.version());
        assertThat(scores.probabilities())
            .containsExactly(predicted(scorer.block(candidates)), within(1e-6f));
      }
    }
  }

  @Test
  void anEventThatCannotBeReadIsNamed() {
    learn(none(), 0);
    try (EventScorer scorer = scorer()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> scorer.score(List.of(lines(0, 1).get(0), "?\t1".getBytes(UTF_8))))
          .withMessage("events[1]: wrong number of columns");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> scorer.score(List.of(new byte[MAX_BYTES + 1])))
          .withMessage("events[0]: longer than event.max_bytes");
    }
  }

  @Test
  void withoutAVersionOrFeaturesASentenceSaysSo() throws IOException {
    assertThatThrownBy(this::scorer)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("has no committed version yet");

    learn(none(), 0);
    Files.delete(directory.resolve("features").resolve(FEATURES.version()).resolve("spec.json"));

    assertThatThrownBy(this::scorer)
        .isInstanceOf(StoreException.class)
        .hasMessageStartingWith("Can't read the features of the store: ");
  }
}
