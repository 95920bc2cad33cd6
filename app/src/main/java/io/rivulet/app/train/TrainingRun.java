package io.rivulet.app.train;

import io.rivulet.app.UserError;
import io.rivulet.app.kafka.Topics;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.settings.Settings.QuarantineTo;
import io.rivulet.app.source.EventSource;
import io.rivulet.app.source.FileSource;
import io.rivulet.app.source.KafkaSource;
import io.rivulet.app.source.StopSignal;
import io.rivulet.features.Quarantine;
import io.rivulet.trainer.averaging.OnlineLearner;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.spark.SparkWorkers;
import io.rivulet.trainer.store.StoreWriter;
import io.rivulet.trainer.store.WindowPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** One run of {@code train}, from opening the store to the last commit. */
public final class TrainingRun {
  private static final String CHECKPOINTS = "/spark-checkpoint";

  private final SparkSession spark;
  private final Settings settings;
  private final long warm;
  private final Consumer<String> console;

  /**
   * A run that isn't started yet.
   *
   * @param warm first predictions that the summary's figures leave out
   * @param console takes the lines for the user
   */
  public TrainingRun(SparkSession spark, Settings settings, long warm, Consumer<String> console) {
    this.spark = spark;
    this.settings = settings;
    this.warm = warm;
    this.console = console;
  }

  /**
   * Learns from Kafka until {@code stop} is requested.
   *
   * @return the summary, one line of JSON
   */
  public String fromKafka(StopSignal stop) {
    String fresh = settings.get(Settings.STORE_PATH) + CHECKPOINTS + "/" + UUID.randomUUID();
    try (KafkaSource source = kafkaSource(spark, settings, fresh)) {
      source.requireTopic();
      return run(source, stop);
    }
  }

  /** The Kafka source that the settings name. */
  static KafkaSource kafkaSource(SparkSession spark, Settings settings, String checkpoint) {
    return new KafkaSource(
        spark,
        settings.get(Settings.KAFKA_BOOTSTRAP_SERVERS),
        settings.get(Settings.KAFKA_TOPIC),
        new KafkaSource.WindowLimits(
            settings.get(Settings.WINDOW_ROWS),
            Duration.ofSeconds(settings.get(Settings.WINDOW_FLUSH_SECONDS)),
            settings.get(Settings.WINDOW_SECONDS),
            settings.get(Settings.WINDOW_MAX_ROWS)),
        checkpoint);
  }

  /** Learns from files to their end, or until {@code stop} is requested. */
  public String fromFiles(List<String> files, StopSignal stop) {
    try (FileSource source = new FileSource(spark, files, settings.get(Settings.WINDOW_ROWS))) {
      return run(source, stop);
    }
  }

  private void delete(String directory) {
    Path path = new Path(directory);
    try {
      path.getFileSystem(hadoop()).delete(path, true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Configuration hadoop() {
    return spark.sparkContext().hadoopConfiguration();
  }

  private String run(EventSource source, StopSignal stop) {
    String location = settings.get(Settings.STORE_PATH);
    LearnerSettings learnerSettings = settings.learner();
    FeatureStage features = FeatureStage.of(spark, settings);
    Quarantine quarantine = quarantine();
    StoreWriter store =
        StoreWriter.open(
            location,
            hadoop(),
            learnerSettings,
            features.model().version(),
            features.maxEventBytes(),
            settings.get(Settings.COMMIT_SNAPSHOT_EVERY),
            settings.get(Settings.STORE_KEEP_MAX));
    delete(location + CHECKPOINTS);
    features.saveInStore(spark, location);
    WideDeepModel model =
        store
            .newest()
            .map(manifest -> store.store().load(manifest, learnerSettings))
            .orElseGet(() -> new WideDeepModel(learnerSettings));
    store
        .newest()
        .ifPresent(
            manifest ->
                console.accept(
                    "Going on from version "
                        + manifest.version()
                        + " of "
                        + store.store().location()));
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    OnlineLearner learner =
        new OnlineLearner(model, features.admission(), new SparkWorkers(context, learnerSettings));
    RunTotals totals = new RunTotals(warm, settings.get(Settings.METRICS_WINDOW_ROWS));
    WindowLearner windowLearner =
        new WindowLearner(
            store, learner, settings.get(Settings.COMMIT_EVERY), totals, source::lag, console);
    try (WindowPipeline pipeline =
        new WindowPipeline(store, features, quarantine, windowLearner, source.name())) {
      for (WindowPlan plan : store.openPlans()) {
        if (stop.requested()) {
          break;
        }
        if (!plan.source().equals(source.name())) {
          throw new UserError(
              "Window "
                  + plan.window()
                  + " was planned from "
                  + plan.source()
                  + " and not committed; start once with --source "
                  + plan.source()
                  + ", then go on with "
                  + source.name());
        }
        console.accept("Window " + plan.window() + " was planned and not committed: again");
        pipeline.accept(plan, source.read(plan.ranges()));
      }
      source.stream(store.plannedOffsets(), pipeline, stop);
      pipeline.drain();
    }
    return totals.summary();
  }

  private Quarantine quarantine() {
    if (settings.get(Settings.QUARANTINE_TO) == QuarantineTo.TOPIC) {
      String servers = settings.get(Settings.KAFKA_BOOTSTRAP_SERVERS);
      String topic = settings.get(Settings.QUARANTINE_TOPIC);
      try (Topics topics = new Topics(servers)) {
        topics.partitions(topic);
      }
      return Quarantine.topic(servers, topic);
    }
    String path = settings.get(Settings.QUARANTINE_PATH);
    return Quarantine.parquet(
        path.isEmpty() ? settings.get(Settings.STORE_PATH) + "/quarantine" : path);
  }
}
