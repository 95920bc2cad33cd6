package io.rivulet.app.settings;

import com.fasterxml.jackson.databind.JsonNode;
import io.rivulet.app.UserError;
import io.rivulet.app.kafka.KafkaConnection;
import io.rivulet.app.kafka.TopicSelection;
import io.rivulet.app.source.Overload;
import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.FeatureSpec.Vocabulary;
import io.rivulet.features.Schema;
import io.rivulet.features.WireForm;
import io.rivulet.trainer.model.Activation;
import io.rivulet.trainer.model.Initializer;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.LearnerSettings.EmbeddingMerge;
import io.rivulet.trainer.model.LearnerSettings.Engine;
import io.rivulet.trainer.model.LearnerSettings.TowerKind;
import io.rivulet.trainer.model.LearnerSettings.TowerMerge;
import io.rivulet.trainer.model.ModelShape;
import io.rivulet.trainer.optim.Adam;
import io.rivulet.trainer.optim.Ftrl;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;

/** The values of all settings, read once at the top and typed. */
public final class Settings {
  /** Where refused events go. */
  public enum QuarantineTo {
    PARQUET,
    TOPIC
  }

  /** What becomes of versions that may be bad. */
  public enum GatePolicy {
    OFF,
    HOLD,
    REVERT
  }

  /** What makes examples of events. */
  public enum FeatureExecution {
    AUTO,
    SQL
  }

  private static final List<Setting<?>> ALL = new ArrayList<>();
  private static final Map<String, String> SECTIONS = new LinkedHashMap<>();

  private static <T> Setting<T> define(Setting<T> setting) {
    ALL.add(setting);
    return setting;
  }

  private static void section(String title) {
    SECTIONS.put(Integer.toString(ALL.size()), title);
  }

  static {
    section("Model: Wide&Deep (MindRec's names and meanings where it has the setting too)");
  }

  public static final Setting<Integer> FIELD_SIZE =
      define(
          Setting.integer(
              "field_size",
              0,
              0,
              "Number of fields; 0: as many as the schema has (Criteo's: 39). Any other number must\n"
                  + "be the schema's."));
  public static final Setting<Integer> EMB_DIM =
      define(
          Setting.integer(
              "emb_dim",
              16,
              1,
              "Width of an embedding. MindRec: 80; memory and time grow with it."));
  public static final Setting<List<Integer>> DEEP_LAYER_DIM =
      define(
          Setting.integers(
              "deep_layer_dim", "[1024, 512, 256, 128]", "Widths of the tower's hidden layers."));
  public static final Setting<Activation> DEEP_LAYER_ACT =
      define(
          Setting.choice(
              "deep_layer_act",
              Activation.RELU,
              Activation.class,
              "Activation of the hidden layers: relu, tanh or sigmoid."));
  public static final Setting<Initializer.Kind> EMB_INIT =
      define(
          Setting.choice(
              "emb_init",
              Initializer.Kind.NORMAL,
              Initializer.Kind.class,
              "First values of embeddings: normal (sd 0.01), uniform (within init_args),\n"
                  + "fan_in_uniform, xavier_uniform, zero or one."));
  public static final Setting<List<Float>> INIT_ARGS =
      define(Setting.numbers("init_args", "[-0.01, 0.01]", "Range of the initializer uniform."));
  public static final Setting<List<Initializer.Kind>> WEIGHT_BIAS_INIT =
      define(
          Setting.choices(
              "weight_bias_init",
              "[fan_in_uniform, fan_in_uniform]",
              Initializer.Kind.class,
              "First values of the tower's weights and biases, as emb_init. MindRec: [normal, normal]."));
  public static final Setting<Initializer.Kind> WIDE_INIT =
      define(
          Setting.choice(
              "wide_init",
              Initializer.Kind.ZERO,
              Initializer.Kind.class,
              "First values of the wide weights and of their bias, as emb_init. MindRec: normal."));
  public static final Setting<Float> L2_COEF =
      define(
          Setting.number(
              "l2_coef",
              "0",
              v -> v >= 0,
              "must be at least 0",
              "L2 on the embedding rows that a mini-batch touches. MindRec: 8e-5, on all rows."));
  public static final Setting<Boolean> DROPOUT_FLAG =
      define(Setting.flag("dropout_flag", false, "Whether layers drop inputs while training."));
  public static final Setting<Float> KEEP_PROB =
      define(
          Setting.number(
              "keep_prob",
              "1.0",
              v -> v > 0 && v <= 1,
              "must be above 0 and at most 1",
              "With dropout_flag: probability that an input of a layer is kept."));
  public static final Setting<Float> GUARD_MAX_LOSS =
      define(
          Setting.number(
              "guard.max_loss",
              "1000",
              v -> v >= 0,
              "must be at least 0",
              "An event whose loss is larger, in nats, isn't learned but put to quarantine, as is one\n"
                  + "that leads to numbers that aren't finite. 0: no bound. Engine sparse alone."));
  public static final Setting<Long> SEED =
      define(Setting.whole("seed", 1, "Seed of all random numbers: same seed, same bits."));

  static {
    section("Learning");
  }

  public static final Setting<Engine> ENGINE =
      define(
          Setting.choice(
              "engine",
              Engine.SPARSE,
              Engine.class,
              "What learns: sparse (touches only the rows of a mini-batch) or dl4j (stock\n"
                  + "deeplearning4j-spark: dense gradients, so its cost grows with the vocabulary)."));
  public static final Setting<Integer> BATCH_SIZE =
      define(
          Setting.integer(
              "batch_size", 100, 1, "Rows of a mini-batch, so of one step of the optimizers."));
  public static final Setting<Integer> WORKERS =
      define(
          Setting.integer(
              "workers",
              2,
              1,
              "Workers that share the rows of a round; one task on an executor each."));
  public static final Setting<Integer> AVERAGING_FREQUENCY =
      define(
          Setting.integer(
              "averaging_frequency",
              10,
              1,
              "Mini-batches that a worker learns between two merges (parameter averaging)."));
  public static final Setting<EmbeddingMerge> EMBEDDING_MERGE =
      define(
          Setting.choice(
              "embedding_merge",
              EmbeddingMerge.SCALED,
              EmbeddingMerge.class,
              "How an embedding row that some of W workers changed is merged: W times the mean change\n"
                  + "(scaled), sum of the changes, mean over those that touched it (touched), or mean\n"
                  + "over all, which is literal parameter averaging (mean)."));
  public static final Setting<TowerMerge> TOWER_MERGE =
      define(
          Setting.choice(
              "tower_merge",
              TowerMerge.SCALED,
              TowerMerge.class,
              "How the towers of W workers are merged: up to 4 times as far as to their mean\n"
                  + "(scaled), W times as far (sum), or to the mean (mean)."));
  public static final Setting<TowerKind> TOWER =
      define(
          Setting.choice(
              "tower",
              TowerKind.BLAS,
              TowerKind.class,
              "Implementation of the tower: blas (CPU, one core a worker) or nd4j (CPU; GPU with\n"
                  + "a jar built by -Pgpu)."));
  public static final Setting<Boolean> USE_MIXED_PRECISION =
      define(
          Setting.flag(
              "use_mixed_precision",
              false,
              "Whether tower: blas multiplies in 16 bits (bfloat16) and sums in 32, on processors with\n"
                  + "AVX512-BF16 or AMX; on others it has no effect. Weights stay in 32 bits."));
  public static final Setting<Boolean> DATASET_SINK_MODE =
      define(
          Setting.flag(
              "dataset_sink_mode",
              true,
              "Whether the next windows' features are prepared while a window is learned."));
  public static final Setting<Float> ADAM_LEARNING_RATE =
      define(
          positive("adam.learning_rate", "3.5e-4", "Adam, for tower and embeddings: step size."));
  public static final Setting<Float> ADAM_BETA1 =
      define(fraction("adam.beta1", "0.9", "Adam: decay of the first moment."));
  public static final Setting<Float> ADAM_BETA2 =
      define(fraction("adam.beta2", "0.999", "Adam: decay of the second moment."));
  public static final Setting<Float> ADAM_EPSILON =
      define(positive("adam.epsilon", "1e-8", "Adam: added to the root of the second moment."));
  public static final Setting<Float> FTRL_LEARNING_RATE =
      define(positive("ftrl.learning_rate", "5e-2", "FTRL-Proximal, for the wide part: alpha."));
  public static final Setting<Float> FTRL_L1 =
      define(
          Setting.number("ftrl.l1", "1e-8", v -> v >= 0, "must be at least 0", "FTRL: lambda 1."));
  public static final Setting<Float> FTRL_L2 =
      define(
          Setting.number("ftrl.l2", "1e-8", v -> v >= 0, "must be at least 0", "FTRL: lambda 2."));
  public static final Setting<Float> FTRL_INITIAL_ACCUMULATOR =
      define(positive("ftrl.initial_accumulator", "1.0", "FTRL: first value of the accumulator."));
  public static final Setting<Ftrl.Reduction> FTRL_REDUCTION =
      define(
          Setting.choice(
              "ftrl.reduction",
              Ftrl.Reduction.SUM,
              Ftrl.Reduction.class,
              "FTRL: a mini-batch's gradient is the sum over its rows, so that steps don't shrink as\n"
                  + "batch_size grows, or their mean. With engine dl4j it is always the mean."));

  static {
    section("Features");
  }

  public static final Setting<String> FEATURES_SCHEMA =
      define(
          Setting.required(
              "features.schema",
              "criteo",
              "The fields of an event: criteo, or a YAML file; see docs/schema.md."));
  public static final Setting<Scaling> FEATURES_SCALING =
      define(
          Setting.choice(
              "features.scaling",
              Scaling.BUCKETS,
              Scaling.class,
              "What a dense value x becomes: buckets, a category for each size, about ln(x)^2; or a\n"
                  + "weight: log1p, ln(1 + max(x, 0)) / 8; minmax, by the range that prepare found;\n"
                  + "none, x itself. A field of a schema may have another."));
  public static final Setting<List<String>> FEATURES_CROSSES =
      define(
          Setting.list(
              "features.crosses",
              "[]",
              "Pairs of categorical or bucketed fields, such as [C6*C9, I11*C20]: each pair of values\n"
                  + "is a category of the wide part."));
  public static final Setting<Vocabulary> FEATURES_VOCABULARY =
      define(
          Setting.choice(
              "features.vocabulary",
              Vocabulary.DYNAMIC,
              Vocabulary.class,
              "dynamic: every category gets a row; frozen: those that prepare counted often\n"
                  + "enough, the rest shares one row a field."));
  public static final Setting<Integer> FEATURES_MIN_COUNT =
      define(
          Setting.integer(
              "features.min_count",
              6,
              0,
              "A frozen vocabulary keeps the categories seen more often than this."));
  public static final Setting<Float> VOCABULARY_ADMIT_RATE =
      define(
          share(
              "vocabulary.admit_rate",
              "Probability that a value without a row in the embedding table gets one in a round of\n"
                  + "learning in which it comes, so after 1/rate sightings on average; until then it shares\n"
                  + "one row a field."));
  public static final Setting<Integer> VOCABULARY_ADMIT_AFTER =
      define(
          Setting.integer(
              "vocabulary.admit_after",
              1,
              1,
              "A value gets a row in the embedding table when it comes so often, by a count that\n"
                  + "halves over time and begins anew with each start; until then it shares one row a\n"
                  + "field. 1: at once."));
  public static final Setting<Integer> VOCABULARY_MAX_ROWS =
      define(
          Setting.integer(
              "vocabulary.max_rows",
              0,
              0,
              "Most rows of the embedding table; those used longest ago make room for new ones. It must\n"
                  + "be larger than the distinct values of a window. 0: no bound."));
  public static final Setting<String> FEATURES_PATH =
      define(
          Setting.text(
              "features.path",
              "",
              "Where prepare writes the fitted features and train reads them; needed by minmax\n"
                  + "and frozen. Empty: features that need no fitting."));
  public static final Setting<FeatureExecution> FEATURES_EXECUTION =
      define(
          Setting.choice(
              "features.execution",
              FeatureExecution.AUTO,
              FeatureExecution.class,
              "What makes examples of tab-separated events: auto, Spark SQL where RAPIDS runs it on\n"
                  + "a GPU, else code that reads row by row and gives the same bits faster; or sql."));

  static {
    section("Events");
  }

  public static final Setting<String> KAFKA_BOOTSTRAP_SERVERS =
      define(
          Setting.required(
              "kafka.bootstrap_servers", "localhost:9092", "Kafka's brokers, HOST:PORT,…"));
  public static final Setting<String> KAFKA_TOPIC =
      define(
          Setting.required(
              "kafka.topic", "clicks", "Topic of the click events, or several: clicks, views."));
  public static final Setting<String> KAFKA_TOPIC_PATTERN =
      define(
          new Setting<>(
              "kafka.topic_pattern",
              "",
              "Not empty: all topics whose whole name matches this regular expression, instead of\n"
                  + "kafka.topic.",
              Settings::pattern));
  public static final Setting<List<String>> KAFKA_PARTITIONS =
      define(
          Setting.list(
              "kafka.partitions",
              "[]",
              "Not empty: only these partitions, such as [clicks-0, clicks-1], instead of\n"
                  + "kafka.topic."));
  public static final Setting<Boolean> KAFKA_FAIL_ON_DATA_LOSS =
      define(
          Setting.flag(
              "kafka.fail_on_data_loss",
              true,
              "Whether training refuses to start where Kafka has deleted events that weren't learned, or\n"
                  + "where a topic was deleted and made again. false: it goes on with what is left, and\n"
                  + "the ledger names the gap."));
  public static final Setting<String> KAFKA_GROUP_ID =
      define(
          Setting.text(
              "kafka.group_id",
              "rivulet",
              "Consumer group to which offsets are copied after each commit, so that Kafka's tools\n"
                  + "show the lag; the store's own offsets count. Empty: none."));
  public static final Setting<WireForm> EVENT_FORMAT =
      define(
          Setting.choice(
              "event.format",
              WireForm.TSV,
              WireForm.class,
              "Form of the events: tsv, json (an object), or mindrec (value a JSON array, key the\n"
                  + "JSON array of column names)."));
  public static final Setting<String> FILE_FORMAT =
      define(
          new Setting<>(
              "file.format",
              "",
              "Form of the events in files: tsv or json. Empty: as event.format, tsv with mindrec.",
              Settings::fileForm));
  public static final Setting<Integer> EVENT_MAX_BYTES =
      define(
          Setting.integer("event.max_bytes", 65536, 1, "Longer events go to quarantine unread."));
  public static final Setting<QuarantineTo> QUARANTINE_TO =
      define(
          Setting.choice(
              "quarantine.to",
              QuarantineTo.PARQUET,
              QuarantineTo.class,
              "Where events go that can't be learned from: parquet (a directory) or topic."));
  public static final Setting<String> QUARANTINE_PATH =
      define(
          Setting.text(
              "quarantine.path", "", "Directory of the Parquet quarantine. Empty: in the store."));
  public static final Setting<Integer> QUARANTINE_KEEP_DAYS =
      define(
          Setting.integer(
              "quarantine.keep_days",
              0,
              0,
              "Days after which the Parquet quarantine's events are deleted, since they may be\n"
                  + "personal data. 0: never."));
  public static final Setting<String> QUARANTINE_TOPIC =
      define(
          Setting.required(
              "quarantine.topic", "clicks-quarantine", "Topic of the quarantine in Kafka."));

  static {
    section(
        "Login to Kafka. TLS, timeouts and fetch sizes are kafka.client.NAME, such as\n"
            + "# kafka.client.security.protocol: SASL_SSL; docs/security.md lists them");
  }

  private static final Setting<String> KAFKA_USERNAME =
      define(Setting.text("kafka.username", "", "For SASL with PLAIN or SCRAM. Empty: no login."));
  private static final Setting<String> KAFKA_PASSWORD =
      define(
          Setting.text(
              "kafka.password",
              "",
              "Better not the password itself, but where it is: ${env:NAME} or ${file:PATH}."));

  static {
    section("Windows: what is learned and committed as one");
  }

  public static final Setting<Integer> WINDOW_ROWS =
      define(
          Setting.integer(
              "window.rows",
              2000,
              1,
              "Events of a window. With several partitions Spark rounds each one's share."));
  public static final Setting<Integer> WINDOW_FLUSH_SECONDS =
      define(
          Setting.integer(
              "window.flush_seconds",
              5,
              1,
              "A window that isn't full is learned after this delay, so nothing waits for ever."));
  public static final Setting<Integer> WINDOW_SECONDS =
      define(
          Setting.integer(
              "window.seconds",
              0,
              0,
              "Above 0, a window is what arrives in this time instead of window.rows events."));
  public static final Setting<Integer> WINDOW_MAX_ROWS =
      define(
          Setting.integer(
              "window.max_rows",
              100000,
              1,
              "With window.seconds: most events of a window, so that catching up stays bounded."));

  public static final Setting<Overload.Policy> OVERLOAD_POLICY =
      define(
          Setting.choice(
              "overload.policy",
              Overload.Policy.KEEP,
              Overload.Policy.class,
              "What happens while more than overload.lag_rows events wait in Kafka: all are learned,\n"
                  + "however late (keep); all clicks are, and overload.negative_rate of the others,\n"
                  + "each for so many more (sample); or what waits is left out (skip). The ledger\n"
                  + "knows of each."));
  public static final Setting<Long> OVERLOAD_LAG_ROWS =
      define(Setting.whole("overload.lag_rows", 1_000_000, "Waiting events that are too many."));
  public static final Setting<Float> OVERLOAD_NEGATIVE_RATE =
      define(
          Setting.number(
              "overload.negative_rate",
              "0.1",
              v -> v > 0 && v < 1,
              "must be between 0 and 1",
              "With overload.policy sample: share of the events without a click that are learned."));

  static {
    section("Sampling: events without a click, where they are far more than clicks");
  }

  public static final Setting<Float> SAMPLING_NEGATIVE_RATE =
      define(
          share(
              "sampling.negative_rate",
              "Share of the events without a click that are learned. The logit is corrected, so that\n"
                  + "predictions are of all events. Which ones follows from their offsets."));
  public static final Setting<Float> SAMPLING_ARRIVING =
      define(
          share(
              "sampling.arriving",
              "Share of the events without a click that arrive, where others were left out before\n"
                  + "(`label` can); the logit is corrected for them, too."));

  static {
    section("Delayed labels: what `label` makes events of, which it writes to kafka.topic");
  }

  public static final Setting<String> LABEL_IMPRESSIONS_TOPIC =
      define(
          Setting.required(
              "label.impressions_topic",
              "impressions",
              "Topic of impressions: events of event.format whose label may be missing or anything."));
  public static final Setting<String> LABEL_CLICKS_TOPIC =
      define(
          Setting.required(
              "label.clicks_topic", "impression-clicks", "Topic of clicks on impressions."));
  public static final Setting<String> LABEL_ID_FIELD =
      define(
          Setting.text(
              "label.id_field",
              "",
              "Where both have the impression's id: a field of a JSON object, $.a.b for a nested one.\n"
                  + "Empty: the record's key."));
  public static final Setting<Integer> LABEL_HORIZON_SECONDS =
      define(
          Setting.integer(
              "label.horizon_seconds",
              1800,
              1,
              "An impression that isn't clicked for so long counts as not clicked. Times are those of\n"
                  + "the records."));
  public static final Setting<Integer> LABEL_DELAY_SECONDS =
      define(
          Setting.integer(
              "label.delay_seconds",
              60,
              0,
              "How much later than others of its time an event may come; a later one is left out."));
  public static final Setting<Float> LABEL_NEGATIVE_RATE =
      define(
          share(
              "label.negative_rate",
              "Share of the impressions without a click that are written; tell train by\n"
                  + "sampling.arriving."));
  public static final Setting<Boolean> LABEL_CORRECTIONS =
      define(
          Setting.flag(
              "label.corrections",
              false,
              "Whether an impression is written once more, as clicked, if its click comes after the\n"
                  + "horizon, but no more than another one late."));
  public static final Setting<String> LABEL_CHECKPOINT =
      define(
          Setting.required(
              "label.checkpoint",
              ".rivulet/label",
              "Directory of the job's state: with it a restart goes on, writing nothing twice."));

  static {
    section("Model store");
  }

  public static final Setting<String> STORE_PATH =
      define(
          Setting.required(
              "store.path",
              ".rivulet/store",
              "Directory of versions, plans and metrics: a local path, hdfs://… or s3a://…"));
  public static final Setting<CommitEvery> COMMIT_EVERY =
      define(
          new Setting<>(
              "commit.every",
              "1",
              "A version is committed every so many windows (1), or every so long (30s).",
              CommitEvery::parse));
  public static final Setting<Integer> COMMIT_SNAPSHOT_EVERY =
      define(
          Setting.integer(
              "commit.snapshot_every",
              50,
              1,
              "Every so many commits a version holds all rows instead of the changed ones."));
  public static final Setting<Integer> STORE_KEEP_MAX =
      define(
          Setting.integer(
              "store.keep_max",
              2,
              1,
              "Snapshots that are kept, each with the versions that build on it."));
  public static final Setting<Boolean> STORE_SINGLE_WRITER =
      define(
          Setting.flag(
              "store.single_writer",
              false,
              "With s3a://…: that no second training ever runs on the store, so that an S3 service\n"
                  + "without conditional writes will do; see docs/store.md."));
  public static final Setting<Boolean> STORE_TAKEOVER =
      define(
          Setting.flag(
              "store.takeover",
              true,
              "What a training does where another runs on the store: true, it takes over, and the\n"
                  + "other ends at its next commit; false, it ends with a sentence. To tell that the\n"
                  + "other has died without taking its leave, it then waits for 15 s."));

  static {
    section("Gate: which versions are served; see docs/quality.md");
  }

  public static final Setting<GatePolicy> GATE_POLICY =
      define(
          Setting.choice(
              "gate.policy",
              GatePolicy.HOLD,
              GatePolicy.class,
              "What happens while predictions are worse than gate.max_ne or gate.max_rise allow, or\n"
                  + "drift has raised an alarm: no version is published to those who serve (hold); or,\n"
                  + "if it was the loss, the model also goes back to the one published last and what\n"
                  + "came since is left out (revert). off: every version is served."));
  public static final Setting<Float> GATE_MAX_NE =
      define(
          positive(
              "gate.max_ne",
              "1.0",
              "Largest normalized entropy over metrics.window_rows; 1 is no better than always\n"
                  + "predicting the mean."));
  public static final Setting<Float> GATE_MAX_RISE =
      define(
          positive(
              "gate.max_rise",
              "0.1",
              "Largest share by which that window's logloss may be above the one with which the last\n"
                  + "version was published."));
  public static final Setting<Integer> GATE_CONFIRM_ROWS =
      define(
          Setting.integer(
              "gate.confirm_rows",
              1000,
              0,
              "A version is published after so many further events without an alarm, since an alarm\n"
                  + "comes some hundred events late."));
  public static final Setting<Integer> GATE_REVERT_ROWS =
      define(
          Setting.integer(
              "gate.revert_rows",
              50000,
              1,
              "With gate.policy revert: most events that are left out. Where predictions aren't better\n"
                  + "by then it is drift, and all are learned."));

  static {
    section("Reporting");
  }

  public static final Setting<Integer> METRICS_WINDOW_ROWS =
      define(
          Setting.integer(
              "metrics.window_rows",
              10000,
              1,
              "The running AUC and logloss are over the last so many predictions."));
  public static final Setting<Float> METRICS_FADING =
      define(
          Setting.number(
              "metrics.fading",
              "0.9999",
              v -> v > 0 && v <= 1,
              "must be above 0 and at most 1",
              "In the figures \"fading\" of metrics.jsonl, and in those of slices, a prediction weighs so\n"
                  + "much of what the next one does."));
  public static final Setting<List<String>> METRICS_SLICES =
      define(
          Setting.list(
              "metrics.slices",
              "[]",
              "Events that also have figures of their own in metrics.jsonl, by values of categorical\n"
                  + "fields: FIELD=VALUE, or FIELD for its 5 most frequent values among the first events\n"
                  + "of a run, such as [C9, C1=68fd1e64]."));
  public static final Setting<Float> METRICS_DRIFT_DELTA =
      define(
          fraction(
              "metrics.drift_delta",
              "1e-6",
              "Drift of the loss, of the click rate, of the share of missing values or of the share of\n"
                  + "unknown ones (not with vocabulary.max_rows) raises an alarm. The smaller, the fewer\n"
                  + "false alarms and the later true ones; 0: none."));

  private static String pattern(String text) {
    try {
      return Pattern.compile(text).pattern();
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException("must be a regular expression", e);
    }
  }

  private static String fileForm(String text) {
    if (!List.of("", "tsv", "json").contains(text.toLowerCase(Locale.ROOT))) {
      throw new IllegalArgumentException("must be tsv or json");
    }
    return text.toUpperCase(Locale.ROOT);
  }

  private static Setting<Float> positive(String name, String standard, String documentation) {
    return Setting.number(name, standard, v -> v > 0, "must be above 0", documentation);
  }

  private static Setting<Float> share(String name, String documentation) {
    return Setting.number(
        name, "1.0", v -> v > 0 && v <= 1, "must be above 0 and at most 1", documentation);
  }

  private static Setting<Float> fraction(String name, String standard, String documentation) {
    return Setting.number(
        name, standard, v -> v >= 0 && v < 1, "must be at least 0 and below 1", documentation);
  }

  private final Map<String, String> texts;
  private final List<String> notices = new ArrayList<>();
  private final Schema schema;

  private Settings(Map<String, String> texts) {
    this.texts = texts;
    String path = get(FEATURES_SCHEMA);
    Scaling scaling = get(FEATURES_SCALING);
    Schema plain =
        path.equals(FEATURES_SCHEMA.defaultText())
            ? Schema.criteo(scaling)
            : SchemaFile.read(Path.of(path), scaling);
    try {
      this.schema = plain.withCrosses(get(FEATURES_CROSSES));
    } catch (IllegalArgumentException e) {
      throw new UserError("features.crosses: " + e.getMessage(), e);
    }
  }

  /** The defaults. */
  public static Settings defaults() {
    return of(Map.of());
  }

  /**
   * Checks and takes the given values; all others have their defaults.
   *
   * @throws UserError for a name that doesn't exist, naming the nearest, or an impossible value
   */
  public static Settings of(Map<String, String> given) {
    Map<String, String> values = new LinkedHashMap<>(given);
    List<String> notices = MindRecSettings.takeFrom(values);
    values.forEach(Settings::check);
    Settings settings = new Settings(values);
    settings.notices.addAll(notices);
    settings.checkTogether();
    settings.learner();
    return settings;
  }

  private static void check(String name, String text) {
    if (name.startsWith(KafkaConnection.PREFIX)) {
      KafkaConnection.requireAllowed(name.substring(KafkaConnection.PREFIX.length()));
      return;
    }
    ALL.stream()
        .filter(setting -> setting.name().equals(name))
        .findFirst()
        .orElseThrow(() -> unknown(name))
        .parse(text);
  }

  /** Reads a YAML file, then lets {@code overrides} win. */
  public static Settings read(Path yaml, Map<String, String> overrides) {
    Map<String, String> values = new LinkedHashMap<>();
    List<JsonNode> documents = YamlFile.documents(yaml);
    flatten("", documents.get(0), values);
    values.putAll(overrides);
    Settings settings = of(values);
    if (documents.size() > 1) {
      settings.notices.add(
          yaml + " has " + documents.size() + " documents; the first one holds the settings");
    }
    return settings;
  }

  private static void flatten(String prefix, JsonNode tree, Map<String, String> values) {
    tree.fields()
        .forEachRemaining(
            entry -> {
              JsonNode value = entry.getValue();
              String name = prefix + entry.getKey();
              if (value.isObject()) {
                flatten(name + ".", value, values);
              } else if (value.isArray()) {
                List<String> items = new ArrayList<>();
                value.forEach(item -> items.add(item.asText()));
                values.put(name, "[" + String.join(", ", items) + "]");
              } else {
                values.put(name, value.isNull() ? "" : value.asText());
              }
            });
  }

  private static UserError unknown(String name) {
    String nearest =
        ALL.stream()
            .map(Setting::name)
            .min(java.util.Comparator.comparingInt(known -> distance(name, known)))
            .orElseThrow();
    return new UserError(
        "There is no setting '"
            + name
            + "'; did you mean '"
            + nearest
            + "'? conf/rivulet.yaml"
            + " lists them all");
  }

  /** Levenshtein's distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }

  /** Settings of other programs that have no meaning here, a sentence each. */
  public List<String> notices() {
    return List.copyOf(notices);
  }

  /** Form of the events in files. */
  public WireForm fileFormat() {
    String form = get(FILE_FORMAT);
    if (!form.isEmpty()) {
      return WireForm.valueOf(form);
    }
    return get(EVENT_FORMAT) == WireForm.JSON ? WireForm.JSON : WireForm.TSV;
  }

  /** Which partitions of Kafka to read. */
  public TopicSelection topics() {
    if (!get(KAFKA_PARTITIONS).isEmpty()) {
      return TopicSelection.partitions(get(KAFKA_PARTITIONS));
    }
    return get(KAFKA_TOPIC_PATTERN).isEmpty()
        ? TopicSelection.topics(get(KAFKA_TOPIC))
        : TopicSelection.matching(get(KAFKA_TOPIC_PATTERN));
  }

  /**
   * How Kafka is reached. Secrets are read now, from where the settings say.
   *
   * @throws UserError if a secret isn't there, or a setting of Kafka's isn't right
   */
  public KafkaConnection kafka() {
    Map<String, String> client = new LinkedHashMap<>();
    for (String name : texts.keySet()) {
      if (name.startsWith(KafkaConnection.PREFIX)) {
        client.put(name.substring(KafkaConnection.PREFIX.length()), resolve(name));
      }
    }
    return KafkaConnection.of(
        get(KAFKA_BOOTSTRAP_SERVERS),
        resolve(KAFKA_USERNAME.name()),
        resolve(KAFKA_PASSWORD.name()),
        client);
  }

  private String resolve(String name) {
    return ExternalValue.resolve(name, texts.getOrDefault(name, "").strip(), System.getenv());
  }

  /** These settings with a broker that asks for neither TLS nor login. */
  public Settings withOpenKafka(String servers) {
    Map<String, String> values = new LinkedHashMap<>(texts);
    values
        .keySet()
        .removeIf(
            name ->
                name.startsWith(KafkaConnection.PREFIX)
                    || name.equals(KAFKA_USERNAME.name())
                    || name.equals(KAFKA_PASSWORD.name()));
    return with(values, KAFKA_BOOTSTRAP_SERVERS, servers);
  }

  /** The fields of an event. */
  public Schema schema() {
    return schema;
  }

  /** Rules across settings. */
  private void checkTogether() {
    int fields = schema.eventFields().size();
    if (get(FIELD_SIZE) != 0 && get(FIELD_SIZE) != fields) {
      throw new UserError(
          "field_size is " + get(FIELD_SIZE) + ", but schema " + schema.name() + " has " + fields);
    }
    if (get(FEATURES_PATH).isEmpty()
        && (schema.fields().stream().anyMatch(field -> field.scaling() == Scaling.MINMAX)
            || get(FEATURES_VOCABULARY) == Vocabulary.FROZEN)) {
      throw new UserError(
          "features.scaling minmax and features.vocabulary frozen need features that are fitted;"
              + " set features.path and run `rivulet prepare` first");
    }
    topics();
    if (get(ENGINE) == Engine.DL4J && schema.pooled()) {
      throw new UserError(
          "engine dl4j needs one key a field, but schema "
              + schema.name()
              + " has multi-valued fields; use engine sparse");
    }
    if (get(ENGINE) == Engine.DL4J && schema.crosses() > 0) {
      throw new UserError(
          "engine dl4j has every field in both parts: features.crosses must be empty");
    }
    if (get(ENGINE) == Engine.DL4J && get(OVERLOAD_POLICY) == Overload.Policy.SAMPLE) {
      throw new UserError("engine dl4j can't weigh a sample: overload.policy must be keep or skip");
    }
    if (get(ENGINE) == Engine.DL4J && get(SAMPLING_NEGATIVE_RATE) * get(SAMPLING_ARRIVING) != 1f) {
      throw new UserError(
          "engine dl4j can't weigh a sample: sampling.negative_rate and sampling.arriving must be 1");
    }
    if (get(OVERLOAD_LAG_ROWS) < 1) {
      throw new UserError("overload.lag_rows must be at least 1, not " + get(OVERLOAD_LAG_ROWS));
    }
    if (get(WEIGHT_BIAS_INIT).size() != 2) {
      throw new UserError("weight_bias_init must list two initializers: of weights, of biases");
    }
    if (get(INIT_ARGS).size() != 2 || !(get(INIT_ARGS).get(0) < get(INIT_ARGS).get(1))) {
      throw new UserError("init_args must be [low, high] with low below high");
    }
  }

  /** The value of a setting. */
  public <T> T get(Setting<T> setting) {
    return setting.parse(texts.getOrDefault(setting.name(), setting.defaultText()));
  }

  /** Where quarantined events go as Parquet. */
  public String quarantineDirectory() {
    String path = get(QUARANTINE_PATH);
    return path.isEmpty() ? get(STORE_PATH) + "/quarantine" : path;
  }

  /** These settings with another value of one. */
  public Settings with(Setting<?> setting, String text) {
    return with(new LinkedHashMap<>(texts), setting, text);
  }

  private Settings with(Map<String, String> values, Setting<?> setting, String text) {
    values.put(setting.name(), text);
    Settings changed = of(values);
    changed.notices.addAll(notices);
    return changed;
  }

  /** What was set, by name, as it was written. */
  public Map<String, String> given() {
    return Map.copyOf(texts);
  }

  /** The learner's part. */
  public LearnerSettings learner() {
    List<Initializer.Kind> towerInit = get(WEIGHT_BIAS_INIT);
    try {
      return new LearnerSettings(
          new ModelShape(
              schema.fields().size(),
              get(EMB_DIM),
              get(DEEP_LAYER_DIM),
              get(DEEP_LAYER_ACT),
              schema.crosses()),
          initializer(get(EMB_INIT)),
          initializer(towerInit.get(0)),
          initializer(towerInit.get(towerInit.size() - 1)),
          new Adam(get(ADAM_LEARNING_RATE), get(ADAM_BETA1), get(ADAM_BETA2), get(ADAM_EPSILON)),
          new Ftrl(
              get(FTRL_LEARNING_RATE),
              get(FTRL_L1),
              get(FTRL_L2),
              get(FTRL_INITIAL_ACCUMULATOR),
              get(FTRL_REDUCTION)),
          get(L2_COEF),
          get(DROPOUT_FLAG) ? get(KEEP_PROB) : 1f,
          get(BATCH_SIZE),
          get(WORKERS),
          get(AVERAGING_FREQUENCY),
          get(EMBEDDING_MERGE),
          get(TOWER),
          get(SEED),
          initializer(get(WIDE_INIT)),
          get(TOWER_MERGE),
          get(ENGINE),
          get(GUARD_MAX_LOSS),
          get(USE_MIXED_PRECISION),
          get(VOCABULARY_MAX_ROWS),
          get(VOCABULARY_ADMIT_RATE),
          get(VOCABULARY_ADMIT_AFTER));
    } catch (IllegalArgumentException e) {
      throw new UserError(e.getMessage(), e);
    }
  }

  private Initializer initializer(Initializer.Kind kind) {
    List<Float> range = get(INIT_ARGS);
    return kind == Initializer.Kind.UNIFORM
        ? new Initializer(kind, range.get(0), range.get(1))
        : new Initializer(kind, 0f, 0f);
  }

  /** All settings with defaults and documentation: the text of {@code conf/rivulet.yaml}. */
  public static String reference() {
    StringBuilder yaml =
        new StringBuilder(
            "# Rivulet's settings with their defaults, as `rivulet settings` prints them. To change some,\n"
                + "# write a file with those and give it with --config, or give --set name=value.\n");
    for (int i = 0; i < ALL.size(); i++) {
      String title = SECTIONS.get(Integer.toString(i));
      if (title != null) {
        yaml.append("\n# ---- ").append(title).append('\n');
      }
      Setting<?> setting = ALL.get(i);
      yaml.append('\n')
          .append(
              setting
                  .documentation()
                  .lines()
                  .map(line -> "# " + line + "\n")
                  .collect(Collectors.joining()));
      String text = setting.defaultText();
      yaml.append(setting.name()).append(": ").append(text.isEmpty() ? "''" : text).append('\n');
    }
    return yaml.toString();
  }
}
