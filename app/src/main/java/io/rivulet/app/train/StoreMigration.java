package io.rivulet.app.train;

import io.rivulet.app.UserError;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.settings.Settings.GatePolicy;
import io.rivulet.trainer.metrics.QualityMeter;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.OpenMode;
import io.rivulet.trainer.store.StoreWriter;
import io.rivulet.trainer.store.TrainedWindow;
import io.rivulet.trainer.store.WindowPlan;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * Commits a store's newest model, carried over to the settings, as a version of its own. In the
 * ledger it is a window without events, so that a replay carries the model over at the same place.
 */
public final class StoreMigration {
  private StoreMigration() {}

  /**
   * Migrates the store that the settings name.
   *
   * @throws UserError if nothing would change, or something can't be kept
   */
  public static Manifest run(SparkSession spark, Settings settings) {
    String location = settings.get(Settings.STORE_PATH);
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    ModelStore store = ModelStore.open(location, hadoop);
    Manifest newest =
        store.newest().orElseThrow(() -> new UserError(location + " has no committed version yet"));
    LearnerSettings learner = settings.learner();
    FeatureStage from = FeatureStage.ofEpoch(spark, location, store.epoch(newest.epoch()));
    FeatureStage to = FeatureStage.of(spark, settings);
    if (newest.shape().equals(learner.shape())
        && newest.featureVersion().equals(to.model().version())) {
      throw new UserError(
          "Version "
              + newest.version()
              + " has this shape and these features already; set features.schema, features.path,"
              + " features.crosses, emb_dim or deep_layer_dim to what it shall become");
    }
    WideDeepModel old = store.load(newest, store.epoch(newest.epoch()).learner());
    WideDeepModel migrated = Migration.migrate(old, from, to, learner);
    StoreWriter writer =
        StoreWriter.open(
            location,
            hadoop,
            OpenMode.MIGRATE,
            to.terms(learner)
                .withArrivingNegatives(settings.get(Settings.SAMPLING_ARRIVING))
                .withGate(settings.get(Settings.GATE_POLICY) != GatePolicy.OFF),
            settings.get(Settings.COMMIT_SNAPSHOT_EVERY),
            settings.get(Settings.STORE_KEEP_MAX),
            settings.get(Settings.STORE_SINGLE_WRITER));
    if (writer.newest().map(Manifest::version).orElse(0L) != newest.version()) {
      throw new UserError(
          "The store was trained on meanwhile, which has now ended; the model was not changed, try again");
    }
    to.saveInStore(spark, location);
    WindowPlan plan = writer.planWithoutTraining("migration", List.of());
    return writer.commit(
        migrated,
        IntStream.range(0, migrated.table().size()).toArray(),
        List.of(new TrainedWindow(plan, writer.epoch().epoch(), 0, 0)),
        new QualityMeter().quality());
  }
}
