package io.rivulet.features;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.array_compact;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.flatten;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.transform;

import io.rivulet.features.FeatureSpec.Range;
import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.FeatureSpec.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * Fits the features of click events: the range of each dense field (with {@code minmax}) and the
 * categories seen more than {@code minCount} times (with {@code frozen}).
 *
 * <p>Input: the parsed columns of {@link EventParser}. Without {@code minmax} and with {@code
 * dynamic} nothing is fitted and no job runs.
 */
public final class ClickFeatures extends Estimator<ClickFeaturesModel>
    implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;

  private final String uid;
  private final Param<String> schema;
  private final Param<String> vocabulary;
  private final IntParam minCount;

  /** Features with a random identifier. */
  public ClickFeatures() {
    this(Identifiable$.MODULE$.randomUID("clickFeatures"));
  }

  /** Features with the given identifier; MLlib's reader needs it. */
  public ClickFeatures(String uid) {
    this.uid = uid;
    schema = new Param<>(this, "schema", "the fields of an event, as JSON");
    vocabulary = new Param<>(this, "vocabulary", "dynamic or frozen: which categories have keys");
    minCount = new IntParam(this, "minCount", "a frozen vocabulary keeps what is seen more often");
    setDefault(schema, SpecJson.write(Schema.criteo(Scaling.BUCKETS)));
    setDefault(vocabulary, "dynamic");
    setDefault(minCount, 6);
  }

  /** Reads what {@link #write} wrote. */
  public static ClickFeatures load(String path) {
    return read().load(path);
  }

  /** MLlib's way to read; pipelines use it. */
  public static MLReader<ClickFeatures> read() {
    return new DefaultParamsReader<>();
  }

  @Override
  public String uid() {
    return uid;
  }

  /** The parameter {@code schema}: a {@link Schema} as JSON; Criteo's unless set. */
  public Param<String> schema() {
    return schema;
  }

  /** The parameter {@code vocabulary}. */
  public Param<String> vocabulary() {
    return vocabulary;
  }

  /** The parameter {@code minCount}. */
  public IntParam minCount() {
    return minCount;
  }

  /** Sets the fields. */
  public ClickFeatures setSchema(Schema value) {
    set(schema, SpecJson.write(value));
    return this;
  }

  /** Sets how all dense values are scaled. */
  public ClickFeatures setScaling(Scaling value) {
    return setSchema(fields().withScaling(value));
  }

  private Schema fields() {
    return SpecJson.read(getOrDefault(schema), Schema.class);
  }

  /** Sets which categories have keys of their own. */
  public ClickFeatures setVocabulary(Vocabulary value) {
    set(vocabulary, value.name().toLowerCase(Locale.ROOT));
    return this;
  }

  /** Sets the number of sightings that a category must exceed to be kept. */
  public ClickFeatures setMinCount(int value) {
    set(minCount, value);
    return this;
  }

  @Override
  public ClickFeaturesModel fit(Dataset<?> parsed) {
    transformSchema(parsed.schema());
    Schema fields = fields();
    Vocabulary which = Vocabulary.valueOf(getOrDefault(vocabulary).toUpperCase(Locale.ROOT));
    int exceeded = (Integer) getOrDefault((Param<Object>) minCount);
    Dataset<Row> good = usable(parsed.toDF());
    boolean frozen = which == Vocabulary.FROZEN;
    long[] keys = frozen ? frequentKeys(good, fields, exceeded) : new long[0];
    FeatureSpec spec = new FeatureSpec(fields, ranges(good, fields), which, frozen ? exceeded : 0);
    return copyValues(
        new ClickFeaturesModel(uid, new FittedFeatures(spec, keys)).setParent(this),
        extractParamMap());
  }

  private static Dataset<Row> usable(Dataset<Row> parsed) {
    return Arrays.asList(parsed.columns()).contains(RawEvents.REASON)
        ? parsed.filter(col(RawEvents.REASON).isNull())
        : parsed;
  }

  private static List<Range> ranges(Dataset<Row> good, Schema schema) {
    List<Column> columns = new ArrayList<>();
    for (Schema.Field field : schema.fields()) {
      if (field.minmax()) {
        columns.add(min(col(field.name())).cast("double"));
        columns.add(max(col(field.name())).cast("double"));
      }
    }
    List<Range> ranges = new ArrayList<>();
    if (!columns.isEmpty()) {
      Row row = good.select(columns.toArray(Column[]::new)).first();
      for (int i = 0; i < row.size(); i += 2) {
        ranges.add(
            row.isNullAt(i) ? new Range(0, 0) : new Range(row.getDouble(i), row.getDouble(i + 1)));
      }
    }
    return ranges;
  }

  /** Keys seen more often than their field asks for, sorted. */
  private static long[] frequentKeys(Dataset<Row> good, Schema schema, int exceeded) {
    List<Column> keys = new ArrayList<>();
    for (Schema.Field field : schema.fields()) {
      if (field.hasCategories()) {
        Column seen =
            field.multiValued()
                ? FeatureColumns.valueKeys(field)
                : array(FeatureColumns.key(schema, field));
        Column least = lit(field.minCount() < 0 ? exceeded : field.minCount());
        keys.add(transform(seen, key -> struct(key.as("key"), least.as("exceeded"))));
      }
    }
    if (keys.isEmpty()) {
      return new long[0];
    }
    List<Row> rows =
        good.select(explode(flatten(array_compact(array(keys.toArray(Column[]::new))))).as("seen"))
            .groupBy(col("seen.key"), col("seen.exceeded"))
            .count()
            .filter(col("count").gt(col("exceeded")))
            .select("key")
            .collectAsList();
    return rows.stream().mapToLong(row -> row.getLong(0)).sorted().toArray();
  }

  @Override
  public StructType transformSchema(StructType parsed) {
    return FeatureColumns.outputSchema(parsed, fields());
  }

  @Override
  public ClickFeatures copy(ParamMap extra) {
    return (ClickFeatures) defaultCopy(extra);
  }
}
