package io.rivulet.features;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.when;

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
 * <p>Input: the parsed columns of {@link TsvEvents}. With {@code log1p} and {@code dynamic} nothing
 * is fitted and no job runs.
 */
public final class ClickFeatures extends Estimator<ClickFeaturesModel>
    implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;

  private final String uid;
  private final Param<String> scaling;
  private final Param<String> vocabulary;
  private final IntParam minCount;

  /** Features with a random identifier. */
  public ClickFeatures() {
    this(Identifiable$.MODULE$.randomUID("clickFeatures"));
  }

  /** Features with the given identifier; MLlib's reader needs it. */
  public ClickFeatures(String uid) {
    this.uid = uid;
    scaling = new Param<>(this, "scaling", "log1p or minmax: how dense values are scaled");
    vocabulary = new Param<>(this, "vocabulary", "dynamic or frozen: which categories have keys");
    minCount = new IntParam(this, "minCount", "a frozen vocabulary keeps what is seen more often");
    setDefault(scaling, "log1p");
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

  /** The parameter {@code scaling}. */
  public Param<String> scaling() {
    return scaling;
  }

  /** The parameter {@code vocabulary}. */
  public Param<String> vocabulary() {
    return vocabulary;
  }

  /** The parameter {@code minCount}. */
  public IntParam minCount() {
    return minCount;
  }

  /** Sets how dense values are scaled. */
  public ClickFeatures setScaling(Scaling value) {
    set(scaling, value.name().toLowerCase(Locale.ROOT));
    return this;
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
    Schema schema = Schema.criteo();
    Scaling how = Scaling.valueOf(getOrDefault(scaling).toUpperCase(Locale.ROOT));
    Vocabulary which = Vocabulary.valueOf(getOrDefault(vocabulary).toUpperCase(Locale.ROOT));
    int exceeded = (Integer) getOrDefault((Param<Object>) minCount);
    Dataset<Row> good = usable(parsed.toDF());
    List<Long> minimum = new ArrayList<>();
    List<Long> maximum = new ArrayList<>();
    if (how == Scaling.MINMAX) {
      ranges(good, schema, minimum, maximum);
    }
    long[] keys = which == Vocabulary.FROZEN ? frequentKeys(good, schema, exceeded) : new long[0];
    FeatureSpec spec =
        new FeatureSpec(
            schema, how, minimum, maximum, which, which == Vocabulary.FROZEN ? exceeded : 0);
    return copyValues(new ClickFeaturesModel(uid, spec, keys).setParent(this), extractParamMap());
  }

  private static Dataset<Row> usable(Dataset<Row> parsed) {
    return Arrays.asList(parsed.columns()).contains(RawEvents.REASON)
        ? parsed.filter(col(RawEvents.REASON).isNull())
        : parsed;
  }

  private static void ranges(
      Dataset<Row> good, Schema schema, List<Long> minimum, List<Long> maximum) {
    List<Column> columns = new ArrayList<>();
    for (Schema.Field field : schema.fields()) {
      if (field.dense()) {
        columns.add(min(col(field.name())));
        columns.add(max(col(field.name())));
      }
    }
    Row row = good.select(columns.toArray(Column[]::new)).first();
    for (int i = 0; i < row.size(); i += 2) {
      minimum.add(row.isNullAt(i) ? 0L : row.getLong(i));
      maximum.add(row.isNullAt(i + 1) ? 0L : row.getLong(i + 1));
    }
  }

  /** Keys seen more than {@code exceeded} times, sorted. */
  private static long[] frequentKeys(Dataset<Row> good, Schema schema, int exceeded) {
    List<Column> keys = new ArrayList<>();
    for (int f = 0; f < schema.fields().size(); f++) {
      if (!schema.fields().get(f).dense()) {
        Column category = col(schema.fields().get(f).name());
        keys.add(when(category.notEqual(lit("")), FeatureColumns.key(schema, f)));
      }
    }
    List<Row> rows =
        good.select(explode(array(keys.toArray(Column[]::new))).as("key"))
            .filter(col("key").isNotNull())
            .groupBy("key")
            .count()
            .filter(col("count").gt(exceeded))
            .select("key")
            .collectAsList();
    return rows.stream().mapToLong(row -> row.getLong(0)).sorted().toArray();
  }

  @Override
  public StructType transformSchema(StructType parsed) {
    return FeatureColumns.outputSchema(parsed, Schema.criteo());
  }

  @Override
  public ClickFeatures copy(ParamMap extra) {
    return (ClickFeatures) defaultCopy(extra);
  }
}
