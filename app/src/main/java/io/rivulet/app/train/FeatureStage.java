package io.rivulet.app.train;

import io.rivulet.app.UserError;
import io.rivulet.app.settings.Settings;
import io.rivulet.features.ClickFeaturesModel;
import io.rivulet.features.FeatureSpec;
import io.rivulet.features.RawEvents;
import io.rivulet.features.TsvEvents;
import io.rivulet.trainer.model.Admission;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The one way from raw events to examples, for {@code prepare}, {@code train}, {@code replay} and
 * {@code evaluate} alike.
 *
 * @param model the fitted features
 * @param maxEventBytes longer events are refused
 */
public record FeatureStage(ClickFeaturesModel model, int maxEventBytes) {

  /** Features as the settings say: fitted ones from features.path, else unfitted ones. */
  public static FeatureStage of(SparkSession spark, Settings settings) {
    String path = settings.get(Settings.FEATURES_PATH);
    int maxBytes = settings.get(Settings.EVENT_MAX_BYTES);
    FeatureStage stage =
        path.isEmpty()
            ? new FeatureStage(ClickFeaturesModel.unfitted(), maxBytes)
            : load(spark, path, maxBytes);
    if (!path.isEmpty()) {
      requireAsSet(stage.model.spec(), settings, path);
    }
    int fields = settings.get(Settings.FIELD_SIZE);
    if (fields != stage.model.fieldCount()) {
      throw new UserError(
          "field_size is " + fields + ", but the features have " + stage.model.fieldCount());
    }
    return stage;
  }

  private static void requireAsSet(FeatureSpec spec, Settings settings, String path) {
    if (spec.scaling() != settings.get(Settings.FEATURES_SCALING)
        || spec.vocabulary() != settings.get(Settings.FEATURES_VOCABULARY)) {
      throw new UserError(
          String.format(
              "%s was prepared with features.scaling %s and features.vocabulary %s, but the"
                  + " settings say %s and %s; make them the same or prepare again",
              path,
              lower(spec.scaling()),
              lower(spec.vocabulary()),
              lower(settings.get(Settings.FEATURES_SCALING)),
              lower(settings.get(Settings.FEATURES_VOCABULARY))));
    }
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static FeatureStage load(SparkSession spark, String path, int maxBytes) {
    if (!exists(spark, path)) {
      throw new UserError(
          "No fitted features at " + path + "; run `rivulet prepare` first, see features.path");
    }
    return new FeatureStage(ClickFeaturesModel.load(path), maxBytes);
  }

  /** The features that the versions of a store were trained with. */
  public static FeatureStage ofStore(
      SparkSession spark, String store, String featureVersion, int maxEventBytes) {
    return load(spark, pathInStore(store, featureVersion), maxEventBytes);
  }

  /** Keeps the features beside the versions that are trained with them. */
  public void saveInStore(SparkSession spark, String store) {
    String path = pathInStore(store, model.version());
    if (!exists(spark, path)) {
      try {
        model.write().overwrite().save(path);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static String pathInStore(String store, String featureVersion) {
    return store + "/features/" + featureVersion;
  }

  /** Whether features were written there completely; the vocabulary is written last. */
  private static boolean exists(SparkSession spark, String path) {
    try {
      Path done = new Path(path, "vocabulary/_SUCCESS");
      return done.getFileSystem(spark.sparkContext().hadoopConfiguration()).exists(done);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Parsed events, with a reason where they don't parse. */
  public static Dataset<Row> parsed(Dataset<Row> raw, int maxEventBytes, ClickFeaturesModel model) {
    return TsvEvents.parsed(RawEvents.decoded(raw, maxEventBytes), model.spec().schema());
  }

  /** Example columns of raw events, one row an event. */
  public Dataset<Row> examples(Dataset<Row> raw) {
    return model.transform(parsed(raw, maxEventBytes, model));
  }

  /** Which keys get rows of their own in the embedding table. */
  public Admission admission() {
    return model.frozen()
        ? Admission.frozen(model.vocabulary(), model.oovKeys())
        : Admission.DYNAMIC;
  }
}
