package io.rivulet.features;

import static org.apache.spark.sql.functions.col;

import io.rivulet.features.FeatureSpec.Range;
import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.FeatureSpec.Vocabulary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * Turns parsed events into examples. Adds three columns, each expression of which RAPIDS can run on
 * a GPU:
 *
 * <ul>
 *   <li>{@code keys array<bigint>}, [entries]: 64-bit hash of (field, value). A dense field has one
 *       key of its own; a missing category has its field's OOV key.
 *   <li>{@code weights array<float>}, [entries]: the scaled value of a dense field, 0 where
 *       missing; 1 for a category; pooled, 1 or 1/n for each of n values.
 *   <li>{@code fields array<int>}, [entries]: the field of each entry; null if no field of the
 *       schema is multi-valued, since then every field has exactly one.
 * </ul>
 *
 * <p>A frozen vocabulary is not applied here: it is an admission policy of the embedding table, for
 * which {@link FittedFeatures#vocabulary} and {@link FittedFeatures#oovKeys} are meant.
 */
public final class ClickFeaturesModel extends Model<ClickFeaturesModel> implements MLWritable {
  private static final long serialVersionUID = 1L;

  /** The file that is written last: where it is, the others are too. */
  public static final String LAST_FILE = FittedFeatures.VOCABULARY_FILE;

  private static final String UID = "clickFeatures";

  private final String uid;
  private final FittedFeatures fitted;

  ClickFeaturesModel(String uid, FittedFeatures fitted) {
    this.uid = uid;
    this.fitted = fitted;
  }

  /** Features that were fitted before. */
  public static ClickFeaturesModel of(FittedFeatures fitted) {
    return new ClickFeaturesModel(UID, fitted);
  }

  /** Features that need no fitting: every category its own key. */
  public static ClickFeaturesModel unfitted(Schema schema) {
    return of(FittedFeatures.unfitted(schema));
  }

  /**
   * Features fitted by MindRec: its ranges, by which all dense fields are scaled, and its
   * categories as a frozen vocabulary.
   */
  public static ClickFeaturesModel imported(Schema schema, MindRecDictionaries dictionaries) {
    Schema scaled = schema.withScaling(Scaling.MINMAX);
    Map<String, Schema.Field> fields = new HashMap<>();
    List<Range> ranges = new ArrayList<>();
    for (Schema.Field field : scaled.fields()) {
      fields.put(field.name(), field);
      if (field.minmax()) {
        ranges.add(
            new Range(
                dictionaries.minimum().get(field.name()),
                dictionaries.maximum().get(field.name())));
      }
    }
    long[] keys =
        dictionaries.categories().stream()
            .mapToLong(c -> FeatureKeys.key(fields.get(c.field()), c.value()))
            .toArray();
    FeatureSpec spec = new FeatureSpec(scaled, ranges, Vocabulary.FROZEN, 0);
    return of(new FittedFeatures(spec, keys));
  }

  /** Reads what {@link #write} wrote. */
  public static ClickFeaturesModel load(String path) {
    return read().load(path);
  }

  /** MLlib's way to read; pipelines use it. */
  public static MLReader<ClickFeaturesModel> read() {
    return new Reader();
  }

  @Override
  public String uid() {
    return uid;
  }

  /** The features without Spark. */
  public FittedFeatures fitted() {
    return fitted;
  }

  /** What the features were fitted to. */
  public FeatureSpec spec() {
    return fitted.spec();
  }

  /** Number of fields F, so of keys in an example. */
  public int fieldCount() {
    return fitted.fieldCount();
  }

  /** Names the features with everything that they were fitted to. */
  public String version() {
    return fitted.version();
  }

  @Override
  public Dataset<Row> transform(Dataset<?> parsed) {
    transformSchema(parsed.schema());
    return parsed
        .toDF()
        .select(
            col("*"),
            FeatureColumns.keys(spec().schema()),
            FeatureColumns.weights(spec()),
            FeatureColumns.fields(spec().schema()));
  }

  @Override
  public StructType transformSchema(StructType parsed) {
    return FeatureColumns.outputSchema(parsed, spec().schema());
  }

  @Override
  public ClickFeaturesModel copy(ParamMap extra) {
    return copyValues(new ClickFeaturesModel(uid, fitted), extra).setParent(parent());
  }

  @Override
  public MLWriter write() {
    return new Writer(this);
  }

  private static final class Writer extends MLWriter {
    private final ClickFeaturesModel model;

    Writer(ClickFeaturesModel model) {
      this.model = model;
    }

    @Override
    public void saveImpl(String path) {
      DefaultParamsWriter.saveMetadata(
          model, path, sc(), scala.Option.empty(), scala.Option.empty());
      try {
        model.fitted.save(path, sc().hadoopConfiguration());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final class Reader extends MLReader<ClickFeaturesModel> {
    @Override
    public ClickFeaturesModel load(String path) {
      String uid =
          DefaultParamsReader.loadMetadata(path, sc(), ClickFeaturesModel.class.getName()).uid();
      try {
        return new ClickFeaturesModel(uid, FittedFeatures.open(path, sc().hadoopConfiguration()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
