package io.rivulet.app.train;

import io.rivulet.app.UserError;
import io.rivulet.app.callback.Callback;
import io.rivulet.app.kafka.KafkaConnection;
import io.rivulet.app.kafka.StartFrom;
import io.rivulet.app.kafka.Topics;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.settings.Settings.GatePolicy;
import io.rivulet.app.settings.Settings.QuarantineTo;
import io.rivulet.app.source.EventSource;
import io.rivulet.app.source.FileSource;
import io.rivulet.app.source.KafkaSource;
import io.rivulet.app.source.Overload;
import io.rivulet.app.source.RecordedEvents;
import io.rivulet.app.source.StopSignal;
import io.rivulet.app.train.Suspicion.Verdict;
import io.rivulet.app.ui.LearningUi;
import io.rivulet.features.Quarantine;
import io.rivulet.trainer.averaging.Learner;
import io.rivulet.trainer.metrics.Gate;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.OpenMode;
import io.rivulet.trainer.store.Publication;
import io.rivulet.trainer.store.SignOfLife;
import io.rivulet.trainer.store.StoreWriter;
import io.rivulet.trainer.store.WindowPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of {@code train}, from opening the store to the last commit. */
public final class TrainingRun {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingRun.class);
  private static final String CHECKPOINTS = "/spark-checkpoint";
  private static final Duration OVERLOAD_LOOK = Duration.ofSeconds(1);

  private final SparkSession spark;
  private final Settings settings;
  private final long warm;
  private final Consumer<String> console;
  private final Consumer<String> monitor;
  private List<Callback> callbacks = List.of();
  private Consumer<String> callbackConsole = line -> {};

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
    this.monitor = monitor(spark);
  }

  /** Another Spark may lack what the web UI's tab is built on. */
  private static Consumer<String> monitor(SparkSession spark) {
    try {
      return LearningUi.attach(spark);
    } catch (RuntimeException | LinkageError e) {
      LOG.warn("This Spark's web UI and metrics don't show what is learned: {}", e.toString());
      return line -> {};
    }
  }

  /**
   * Calls these after each committed window.
   *
   * @param lines takes what they print
   */
  public TrainingRun withCallbacks(List<Callback> called, Consumer<String> lines) {
    callbacks = List.copyOf(called);
    callbackConsole = lines;
    return this;
  }

  /**
   * Learns from files, if there are any, and then from Kafka until {@code stop} is requested.
   *
   * @param history files whose events come before all of Kafka's
   * @param from where partitions begin of which the store has nothing yet
   * @return the summary, one line of JSON
   */
  public String fromKafka(List<String> history, StartFrom from, StopSignal stop) {
    try (KafkaSource kafka =
        new KafkaSource(
            spark,
            settings.kafka(),
            settings.topics(),
            from,
            new KafkaSource.WindowLimits(
                settings.get(Settings.WINDOW_ROWS),
                Duration.ofSeconds(settings.get(Settings.WINDOW_FLUSH_SECONDS)),
                settings.get(Settings.WINDOW_SECONDS),
                settings.get(Settings.WINDOW_MAX_ROWS),
                new Overload(
                    settings.get(Settings.OVERLOAD_POLICY),
                    settings.get(Settings.OVERLOAD_LAG_ROWS),
                    settings.get(Settings.OVERLOAD_NEGATIVE_RATE),
                    OVERLOAD_LOOK)),
            freshCheckpoint(),
            settings.get(Settings.KAFKA_GROUP_ID))) {
      kafka.requireTopics();
      if (history.isEmpty()) {
        return run(List.of(kafka), OpenMode.GO_ON, stop);
      }
      try (FileSource files = fileSource(history)) {
        return run(List.of(files, kafka), OpenMode.GO_ON, stop);
      }
    }
  }

  /** Learns from files to their end, or until {@code stop} is requested. */
  public String fromFiles(List<String> files, StopSignal stop) {
    try (FileSource source = fileSource(files)) {
      return run(List.of(source), OpenMode.GO_ON, stop);
    }
  }

  /**
   * Learns from a stream of the user's until {@code stop} is requested.
   *
   * @param source the stream as a source, given a checkpoint directory for Spark
   */
  public String fromDataset(Function<String, EventSource> source, StopSignal stop) {
    if (settings.get(Settings.GATE_POLICY) == GatePolicy.REVERT) {
      throw new UserError(
          "gate.policy revert reads events again, which a Dataset may not give twice; use hold");
    }
    try (EventSource events = source.apply(freshCheckpoint())) {
      return run(List.of(events), OpenMode.REPLAN, stop);
    }
  }

  private FileSource fileSource(List<String> files) {
    return new FileSource(spark, files, settings.get(Settings.WINDOW_ROWS));
  }

  private String freshCheckpoint() {
    return settings.get(Settings.STORE_PATH) + CHECKPOINTS + "/" + UUID.randomUUID();
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

  /**
   * Learns from the sources, one after the other; where a doubt about the events was settled, again
   * from where the store stands then.
   */
  private String run(List<EventSource> sources, OpenMode mode, StopSignal stop) {
    FeatureStage features = FeatureStage.of(spark, settings);
    RunTotals totals =
        new RunTotals(
            warm,
            settings.get(Settings.METRICS_WINDOW_ROWS),
            settings.get(Settings.METRICS_FADING));
    Slices slices = new Slices(settings, features.model().fitted());
    Optional<Verdict> verdict = Optional.empty();
    do {
      totals.watch(driftWatch(features));
      verdict = run(sources, mode, stop, features, totals, slices, verdict);
      verdict.ifPresent(this::carryOut);
      stop.resume();
    } while (verdict.isPresent() && !stop.requested());
    if (totals.overall().rows() > 0) {
      totals.table().forEach(console);
    }
    return totals.summary();
  }

  private void carryOut(Verdict verdict) {
    if (verdict.goBackTo().isEmpty()) {
      console.accept(
          verdict.lastWindow() > 0
              ? "The version published last doesn't predict as well as before: drift, so all events"
                  + " are learned"
              : "The events have ended before it was clear, so all of them are learned");
      return;
    }
    long events =
        StoreRollback.run(settings, hadoop(), verdict).stream()
            .mapToLong(OffsetRange::length)
            .sum();
    console.accept(
        String.format(
            "Back to version %d; %,d offsets after it are left out",
            verdict.goBackTo().get().version(), events));
  }

  /** Learns from the sources, until they end, a stop is requested or a doubt was settled. */
  private Optional<Verdict> run(
      List<EventSource> sources,
      OpenMode mode,
      StopSignal stop,
      FeatureStage features,
      RunTotals totals,
      Slices slices,
      Optional<Verdict> before) {
    String location = settings.get(Settings.STORE_PATH);
    LearnerSettings learnerSettings = settings.learner();
    GatePolicy policy = settings.get(Settings.GATE_POLICY);
    Quarantine quarantine = quarantine();
    EventSource live = sources.get(sources.size() - 1);
    // Before the store is opened, so that a start by mistake doesn't end a training that runs.
    List<OffsetRange> expired = live.expired(ModelStore.offsets(location, hadoop()));
    if (!expired.isEmpty()) {
      requireLossAllowed(expired);
    }
    if (!settings.get(Settings.STORE_TAKEOVER)) {
      SignOfLife.requireNone(location, hadoop());
    }
    Map<String, String> topics = live.topicIds();
    requireSameTopics(ModelStore.topicIds(location, hadoop()), topics);
    StoreWriter store =
        StoreWriter.open(
            location,
            hadoop(),
            // What was planned would read events that are gone.
            expired.isEmpty() ? mode : OpenMode.REPLAN,
            features
                .terms(learnerSettings)
                .withTopics(topics)
                .withArrivingNegatives(settings.get(Settings.SAMPLING_ARRIVING))
                .withGate(policy != GatePolicy.OFF),
            settings.get(Settings.COMMIT_SNAPSHOT_EVERY),
            settings.get(Settings.STORE_KEEP_MAX),
            settings.get(Settings.STORE_SINGLE_WRITER));
    delete(location + CHECKPOINTS);
    features.saveInStore(spark, location);
    store
        .newest()
        .ifPresent(
            manifest ->
                console.accept(
                    "Going on from version "
                        + manifest.version()
                        + " of "
                        + store.store().location()));
    WideDeepModel model =
        store
            .store()
            .loadNewest(learnerSettings)
            .orElseGet(() -> new WideDeepModel(learnerSettings));
    Optional<Publisher> publisher =
        policy == GatePolicy.OFF
            ? Optional.empty()
            : Optional.of(new Publisher(store, gate(store.store(), before), console));
    Optional<Suspecter> suspecter =
        policy == GatePolicy.REVERT
            ? Optional.of(
                new Suspecter(
                    store.store(), learnerSettings, features, gateBounds(), settings, console))
            : Optional.empty();
    SignOfLife alive = SignOfLife.of(store);
    try (alive;
        Learner learner = Learners.create(spark, model, features.admission());
        RecordedEvents recorded = new RecordedEvents(spark, settings.kafka());
        RecordedEvents again = new RecordedEvents(spark, settings.kafka())) {
      Callbacks called =
          new Callbacks(callbacks, spark, store, learner, features, stop, callbackConsole);
      boolean overlap = settings.get(Settings.DATASET_SINK_MODE);
      called.begin();
      try (WindowLearner windowLearner =
              new WindowLearner(
                  store,
                  learner,
                  settings.get(Settings.COMMIT_EVERY),
                  totals,
                  slices,
                  live,
                  called,
                  new RuinousEvents(again, quarantine),
                  publisher,
                  suspecter,
                  stop,
                  console,
                  monitor,
                  overlap);
          WindowPipeline pipeline =
              new WindowPipeline(
                  store,
                  features,
                  quarantine,
                  windowLearner,
                  slices,
                  overlap,
                  settings.get(Settings.SAMPLING_NEGATIVE_RATE))) {
        for (WindowPlan plan : store.openPlans()) {
          if (stop.requested()) {
            break;
          }
          console.accept("Window " + plan.window() + " was planned and not committed: again");
          pipeline.acceptAgain(plan, recorded);
        }
        if (!expired.isEmpty()) {
          pipeline.leaveOut(WindowPlan.EXPIRED, expired);
        }
        List<OffsetRange> begun = List.of();
        for (EventSource source : sources) {
          if (!stop.requested()) {
            begun = source.stream(store.plannedOffsets(), begun, pipeline, stop);
          }
        }
        if (!begun.isEmpty() && !stop.requested()) {
          pipeline.accept(begun, recorded.read(begun));
        }
        pipeline.drain();
        called.end();
        return windowLearner.inDoubt()
            ? Optional.of(unsettled(store.store(), stop.requested()))
            : windowLearner.verdict();
      }
    }
  }

  /**
   * What becomes of a doubt that wasn't settled. Where more events will come, the next start meets
   * them from the version published last on; where they have ended, all of them are learned.
   */
  private static Verdict unsettled(ModelStore store, boolean stopped) {
    Optional<Manifest> published = stopped ? store.newestPublished() : Optional.empty();
    return new Verdict(published, published.map(Manifest::lastWindow).orElse(0L));
  }

  private Gate.Bounds gateBounds() {
    return new Gate.Bounds(
        settings.get(Settings.METRICS_WINDOW_ROWS),
        settings.get(Settings.GATE_CONFIRM_ROWS),
        settings.get(Settings.GATE_MAX_NE),
        settings.get(Settings.GATE_MAX_RISE));
  }

  /** After drift what was published before is no measure. */
  private Gate gate(ModelStore store, Optional<Verdict> before) {
    boolean drifted =
        before.isPresent() && before.get().goBackTo().isEmpty() && before.get().lastWindow() > 0;
    return new Gate(
        gateBounds(),
        drifted
            ? Optional.empty()
            : store.newestPublished().flatMap(store::publication).map(Publication::quality));
  }

  private Optional<DriftWatch> driftWatch(FeatureStage features) {
    float delta = settings.get(Settings.METRICS_DRIFT_DELTA);
    float usual =
        1
            / (settings.get(Settings.SAMPLING_NEGATIVE_RATE)
                * settings.get(Settings.SAMPLING_ARRIVING));
    return delta == 0
        ? Optional.empty()
        : Optional.of(
            new DriftWatch(
                features.model().fitted(),
                delta,
                usual,
                settings.get(Settings.ENGINE) == LearnerSettings.Engine.SPARSE
                    && settings.get(Settings.VOCABULARY_MAX_ROWS) == 0));
  }

  /** Offsets mean nothing in a topic that was deleted and made again, though they may be there. */
  private void requireSameTopics(Map<String, String> learned, Map<String, String> now) {
    learned.forEach(
        (topic, id) -> {
          if (!now.getOrDefault(topic, id).equals(id)) {
            String what =
                "Topic " + topic + " was deleted and made again since the store learned from it";
            if (settings.get(Settings.KAFKA_FAIL_ON_DATA_LOSS)) {
              throw new UserError(
                  what
                      + "; with kafka.fail_on_data_loss: false training goes on at the same offsets"
                      + " of the new one");
            }
            console.accept(what + "; going on at the same offsets of the new one");
          }
        });
  }

  private void requireLossAllowed(List<OffsetRange> expired) {
    String what = KafkaSource.describeExpired(expired);
    if (settings.get(Settings.KAFKA_FAIL_ON_DATA_LOSS)) {
      throw new UserError(
          what + "; with kafka.fail_on_data_loss: false training goes on with what is left");
    }
    console.accept(what + "; going on with what is left");
  }

  private Quarantine quarantine() {
    if (settings.get(Settings.QUARANTINE_TO) == QuarantineTo.TOPIC) {
      KafkaConnection kafka = settings.kafka();
      String topic = settings.get(Settings.QUARANTINE_TOPIC);
      try (Topics topics = new Topics(kafka)) {
        topics.partitions(topic);
      }
      return Quarantine.topic(kafka.sparkOptions(), topic);
    }
    return Quarantine.parquet(
        settings.quarantineDirectory(),
        hadoop(),
        Duration.ofDays(settings.get(Settings.QUARANTINE_KEEP_DAYS)));
  }
}
