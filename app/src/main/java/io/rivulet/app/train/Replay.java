package io.rivulet.app.train;

import io.rivulet.app.UserError;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.source.RecordedEvents;
import io.rivulet.trainer.averaging.Learner;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.spark.WindowExamples;
import io.rivulet.trainer.store.Epoch;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.TrainedWindow;
import io.rivulet.trainer.store.WindowPlan;
import java.util.List;
import java.util.function.Consumer;
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
    try (RecordedEvents events = new RecordedEvents(spark, settings.kafka())) {
      List<TrainedWindow> windows = store.ledger(manifest);
      Stage stage = null;
      for (TrainedWindow window : windows) {
        if (stage == null || window.epoch() != stage.epoch) {
          stage = next(stage, store, store.epoch(window.epoch()));
        }
        learn(stage, store, window, events);
        if (window.plan().window() % REPORT_EVERY == 0) {
          console.accept(
              "Replayed " + window.plan().window() + " of " + windows.size() + " windows");
        }
      }
      WideDeepModel model = stage.learner.model();
      stage.learner.close();
      return model;
    }
  }

  /** What learns the windows of one epoch. */
  private record Stage(int epoch, FeatureStage features, Learner learner) {}

  private Stage next(Stage before, ModelStore store, Epoch epoch) {
    FeatureStage features =
        FeatureStage.ofEpoch(spark, store.location(), epoch).executedAs(spark, settings);
    WideDeepModel model;
    if (before == null) {
      model = new WideDeepModel(epoch.learner());
    } else {
      model = Migration.migrate(before.learner.model(), before.features, features, epoch.learner());
      before.learner.close();
    }
    return new Stage(epoch.epoch(), features, Learners.create(spark, model, features.admission()));
  }

  private static void learn(
      Stage stage, ModelStore store, TrainedWindow window, RecordedEvents events) {
    WindowPlan plan = window.plan();
    if (plan.ranges().isEmpty() || plan.leftOut()) {
      return;
    }
    Epoch planned = store.epoch(plan.epoch());
    FeatureStage features = stage.features.readingAs(planned);
    WindowExamples examples =
        features
            .read(events.read(plan.ranges()), plan.ranges())
            .events()
            .all()
            .sample(plan.negativeRate(), planned.arrivingNegatives());
    WindowExamples learned = LearnedWindow.learn(stage.learner, examples).window();
    if (learned.examples().rows() != window.trained()
        || learned.refusedCount() != window.quarantined()) {
      throw new UserError(
          "Window "
              + plan.window()
              + " had "
              + window.trained()
              + " examples and "
              + window.quarantined()
              + " refused events, but the source now gives "
              + learned.examples().rows()
              + " and "
              + learned.refusedCount());
    }
  }
}
