package io.rivulet.app.train;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.not;

import io.rivulet.app.UserError;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.settings.Settings.FeatureExecution;
import io.rivulet.app.source.RecordedEvents;
import io.rivulet.features.ClickFeaturesModel;
import io.rivulet.features.EventParser;
import io.rivulet.features.FeatureSpec;
import io.rivulet.features.RawEvents;
import io.rivulet.features.WireForm;
import io.rivulet.scorer.StoreFeatures;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.spark.ExampleReader;
import io.rivulet.trainer.spark.KeptRows;
import io.rivulet.trainer.spark.PlainRows;
import io.rivulet.trainer.store.Epoch;
import io.rivulet.trainer.store.EpochTerms;
import io.rivulet.trainer.store.OffsetRange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;

/**
 * The one way from raw events to examples, for {@code prepare}, {@code train}, {@code replay} and
 * {@code evaluate} alike.
 *
 * @param model the fitted features
 * @param maxEventBytes longer events are refused
 * @param eventForm form of events from Kafka
 * @param fileForm form of events from files
 * @param byRows whether windows are made row by row where that is possible, rather than by Spark
 *     SQL; the examples are the same
 */
public record FeatureStage(
    ClickFeaturesModel model,
    int maxEventBytes,
    WireForm eventForm,
    WireForm fileForm,
    boolean byRows) {

  private static final int FREQUENT = 5;
  private static final String RAPIDS_ENABLED = "spark.rapids.sql.enabled";

  /** Features as the settings say: fitted ones from features.path, else unfitted ones. */
  public static FeatureStage of(SparkSession spark, Settings settings) {
    String path = settings.get(Settings.FEATURES_PATH);
    ClickFeaturesModel model;
    if (path.isEmpty()) {
      model = ClickFeaturesModel.unfitted(settings.schema());
    } else {
      model = load(spark, path);
      requireAsSet(model.spec(), settings, path);
    }
    return new FeatureStage(
        model,
        settings.get(Settings.EVENT_MAX_BYTES),
        settings.get(Settings.EVENT_FORMAT),
        settings.fileFormat(),
        byRows(spark, settings));
  }

  private static boolean byRows(SparkSession spark, Settings settings) {
    return settings.get(Settings.FEATURES_EXECUTION) == FeatureExecution.AUTO && !onGpu(spark);
  }

  /** Whether RAPIDS runs Spark's expressions. */
  private static boolean onGpu(SparkSession spark) {
    boolean plugin = spark.sparkContext().getConf().get("spark.plugins", "").contains("SQLPlugin");
    String enabled = spark.conf().get(RAPIDS_ENABLED, Boolean.toString(plugin));
    return Boolean.parseBoolean(enabled);
  }

  private static void requireAsSet(FeatureSpec spec, Settings settings, String path) {
    if (!spec.schema().equals(settings.schema())) {
      throw new UserError(
          path
              + " was prepared with another schema, features.scaling or features.crosses than the"
              + " settings say; make them the same or prepare again");
    }
    if (spec.vocabulary() != settings.get(Settings.FEATURES_VOCABULARY)) {
      throw new UserError(
          String.format(
              "%s was prepared with features.vocabulary %s, but the settings say %s; make them the"
                  + " same or prepare again",
              path, lower(spec.vocabulary()), lower(settings.get(Settings.FEATURES_VOCABULARY))));
    }
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static ClickFeaturesModel load(SparkSession spark, String path) {
    if (!exists(spark, path)) {
      throw new UserError(
          "No fitted features at " + path + "; run `rivulet prepare` first, see features.path");
    }
    try {
      return ClickFeaturesModel.load(path);
    } catch (IllegalArgumentException e) {
      throw new UserError(e.getMessage(), e);
    }
  }

  /** The features with which an epoch of a store learned, and the events' forms at that time. */
  public static FeatureStage ofEpoch(SparkSession spark, String store, Epoch epoch) {
    ClickFeaturesModel model = load(spark, StoreFeatures.path(store, epoch.featureVersion()));
    return new FeatureStage(model, 0, null, null, false).readingAs(epoch);
  }

  /** These features, executed as the settings say. */
  FeatureStage executedAs(SparkSession spark, Settings settings) {
    return new FeatureStage(model, maxEventBytes, eventForm, fileForm, byRows(spark, settings));
  }

  /** These features for events of the forms in which an epoch planned them. */
  public FeatureStage readingAs(Epoch epoch) {
    return new FeatureStage(
        model, epoch.maxEventBytes(), form(epoch.eventForm()), form(epoch.fileForm()), byRows);
  }

  /** These features for files of another form. */
  public FeatureStage withFileForm(WireForm form) {
    return new FeatureStage(model, maxEventBytes, eventForm, form, byRows);
  }

  private static WireForm form(String name) {
    return WireForm.valueOf(name.toUpperCase(Locale.ROOT));
  }

  /** What a store's epoch records of this. */
  public EpochTerms terms(LearnerSettings learner) {
    return new EpochTerms(
        learner, model.version(), maxEventBytes, lower(eventForm), lower(fileForm));
  }

  /** Keeps the features beside the versions that are trained with them. */
  public void saveInStore(SparkSession spark, String store) {
    String path = StoreFeatures.path(store, model.version());
    if (!exists(spark, path)) {
      try {
        model.write().overwrite().save(path);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Copies the features of all epochs from one store to another. */
  public static void copyAll(SparkSession spark, String fromStore, String toStore) {
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    Path from = new Path(StoreFeatures.path(fromStore));
    Path to = new Path(StoreFeatures.path(toStore));
    try {
      FileUtil.copy(from.getFileSystem(hadoop), from, to.getFileSystem(hadoop), to, false, hadoop);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether features were written there completely. */
  private static boolean exists(SparkSession spark, String path) {
    try {
      Path done = new Path(path, ClickFeaturesModel.LAST_FILE);
      return done.getFileSystem(spark.sparkContext().hadoopConfiguration()).exists(done);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs the jobs that make examples of raw events. */
  PreparedEvents read(Dataset<Row> raw, List<OffsetRange> ranges) {
    Optional<FeatureRows.Recipe> recipe =
        form(ranges)
            .map(form -> new FeatureRows.Recipe(model.spec(), form, maxEventBytes))
            .filter(possible -> byRows && possible.possible());
    if (recipe.isEmpty()) {
      Dataset<Row> examples = examples(raw, ranges);
      return new PreparedEvents(
          ranges, ExampleReader.read(examples, model.fieldCount()), () -> examples);
    }
    PlainRows rows = PlainRows.read(raw, recipe.get(), model.fieldCount());
    if (rows.oddCount() == 0) {
      return new PreparedEvents(ranges, rows.all(), rows::refused);
    }
    // What is refused of them is asked for again, window by window.
    KeptRows judged = new KeptRows(examples(rows.odd(), ranges));
    try {
      return new PreparedEvents(
          ranges,
          rows.with(judged.rows()),
          () -> judged.rows().unionByName(rows.refused(), true),
          Optional.of(judged));
    } catch (RuntimeException e) {
      judged.close();
      throw e;
    }
  }

  /** The most frequent values of a field, of events that are examples; the most frequent first. */
  List<String> frequentValues(Dataset<Row> raw, List<OffsetRange> ranges, String field) {
    Dataset<Row> good = examples(raw, ranges).filter(col(RawEvents.REASON).isNull());
    boolean many = good.schema().apply(field).dataType() instanceof ArrayType;
    return good.select((many ? explode(col(field)) : col(field)).as("value"))
        .filter(col("value").notEqual(""))
        .groupBy("value")
        .count()
        .orderBy(col("count").desc(), col("value"))
        .limit(FREQUENT)
        .select("value")
        .as(Encoders.STRING())
        .collectAsList();
  }

  /** Example columns of raw events, one row an event. */
  public Dataset<Row> examples(Dataset<Row> raw, List<OffsetRange> ranges) {
    return form(ranges)
        .map(form -> examples(raw, form))
        .orElseGet(
            () -> {
              Column fromFile = col(RawEvents.TOPIC).startsWith("/");
              return examples(raw.filter(fromFile), fileForm)
                  .unionByName(examples(raw.filter(not(fromFile)), eventForm));
            });
  }

  /** The form of all events of these ranges; empty if they have both. */
  private Optional<WireForm> form(List<OffsetRange> ranges) {
    boolean files = ranges.stream().anyMatch(range -> RecordedEvents.isFile(range.topic()));
    boolean kafka = ranges.stream().anyMatch(range -> !RecordedEvents.isFile(range.topic()));
    return files && kafka && eventForm != fileForm
        ? Optional.empty()
        : Optional.of(files ? fileForm : eventForm);
  }

  /** Example columns of lines of files. */
  public Dataset<Row> fileExamples(Dataset<Row> raw) {
    return examples(raw, fileForm);
  }

  private Dataset<Row> examples(Dataset<Row> raw, WireForm form) {
    return model.transform(EventParser.parsed(raw, model.spec().schema(), form, maxEventBytes));
  }

  /** Which keys get rows of their own in the embedding table. */
  public Admission admission() {
    return StoreFeatures.admission(model.fitted());
  }
}
