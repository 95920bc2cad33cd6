package io.rivulet.app.train;

import io.rivulet.app.UserError;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.source.EventSource;
import io.rivulet.app.source.FileSource;
import io.rivulet.app.source.KafkaSource;
import io.rivulet.trainer.averaging.OnlineLearner;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.spark.ExampleReader;
import io.rivulet.trainer.spark.SparkWorkers;
import io.rivulet.trainer.spark.WindowExamples;
import io.rivulet.trainer.store.Epoch;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.TrainedWindow;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** Trains a version again from nothing, by the windows that the store recorded. */
public final class Replay {
  private static final int REPORT_EVERY = 20;

  private final SparkSession spark;
  private final Settings settings;
  private final Consumer<String> console;

  /** A replay that finds Kafka as the settings say. */
  public Replay(SparkSession spark, Settings settings, Consumer<String> console) {
    this.spark = spark;
    this.settings = settings;
    this.console = console;
  }

  /** The model after all windows of {@code manifest}, each with the settings of its epoch. */
  public WideDeepModel replay(ModelStore store, Manifest manifest) {
    List<TrainedWindow> windows = store.ledger(manifest);
    boolean kafka =
        windows.stream().anyMatch(window -> window.plan().source().equals(KafkaSource.NAME));
    try (FileSource files = new FileSource(spark, List.of(), 1)) {
      if (!kafka) {
        return replay(store, windows, files, files);
      }
      try (KafkaSource topic = TrainingRun.kafkaSource(spark, settings, "unused")) {
        return replay(store, windows, topic, files);
      }
    }
  }

  private WideDeepModel replay(
      ModelStore store, List<TrainedWindow> windows, EventSource kafka, EventSource files) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    WideDeepModel model = null;
    OnlineLearner learner = null;
    FeatureStage features = null;
    int current = 0;
    for (TrainedWindow window : windows) {
      if (window.epoch() != current) {
        current = window.epoch();
        Epoch epoch = store.epoch(current);
        LearnerSettings with = epoch.learner();
        model = model == null ? new WideDeepModel(with) : model.with(with);
        features =
            FeatureStage.ofStore(
                spark, store.location(), epoch.featureVersion(), epoch.maxEventBytes());
        learner = new OnlineLearner(model, features.admission(), new SparkWorkers(context, with));
      }
      EventSource source = window.plan().source().equals(KafkaSource.NAME) ? kafka : files;
      WindowExamples examples =
          ExampleReader.readWindow(
              features.examples(source.read(window.plan().ranges())),
              features.model().fieldCount());
      if (examples.examples().rows() != window.trained()
          || examples.refusedCount() != window.quarantined()) {
        throw new UserError(
            "Window "
                + window.plan().window()
                + " had "
                + window.trained()
                + " examples and "
                + window.quarantined()
                + " refused events, but the source now gives "
                + examples.examples().rows()
                + " and "
                + examples.refusedCount());
      }
      learner.learn(examples.examples());
      if (window.plan().window() % REPORT_EVERY == 0) {
        console.accept("Replayed " + window.plan().window() + " of " + windows.size() + " windows");
      }
    }
    return model;
  }
}
