package io.rivulet.features;

import static org.apache.spark.sql.functions.col;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rivulet.features.FeatureSpec.Vocabulary;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * Turns parsed events into examples. Adds three columns, each expression of which RAPIDS can run on
 * a GPU:
 *
 * <ul>
 *   <li>{@code keys array<bigint>}, [fields]: 64-bit hash of (field, value). A dense field has one
 *       key of its own; a missing category has its field's OOV key.
 *   <li>{@code weights array<float>}, [fields]: the scaled value of a dense field, 0 where missing;
 *       1 for a category.
 *   <li>{@code fields array<int>}: null, since every field has exactly one key.
 * </ul>
 *
 * <p>A frozen vocabulary is not applied here: it is an admission policy of the embedding table, for
 * which {@link #vocabulary} and {@link #oovKeys} are meant.
 */
public final class ClickFeaturesModel extends Model<ClickFeaturesModel> implements MLWritable {
  private static final long serialVersionUID = 1L;
  private static final String SPEC = "/spec";
  private static final String VOCABULARY = "/vocabulary";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String uid;
  private final FeatureSpec spec;
  private final long[] vocabulary;

  ClickFeaturesModel(String uid, FeatureSpec spec, long[] vocabulary) {
    this.uid = uid;
    this.spec = spec;
    this.vocabulary = LongStream.of(vocabulary).sorted().toArray();
  }

  /** Features that need no fitting: log1p scaling, every category its own key. */
  public static ClickFeaturesModel unfitted() {
    return new ClickFeaturesModel(
        "clickFeatures", FeatureSpec.unfitted(Schema.criteo()), new long[0]);
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

  /** What the features were fitted to. */
  public FeatureSpec spec() {
    return spec;
  }

  /** Number of fields F, so of keys in an example. */
  public int fieldCount() {
    return spec.schema().fields().size();
  }

  /** Whether only the {@link #vocabulary} gets rows in the embedding table. */
  public boolean frozen() {
    return spec.vocabulary() == Vocabulary.FROZEN;
  }

  /** Keys of the categories that a frozen vocabulary keeps, and every field's own key; sorted. */
  public long[] vocabulary() {
    return LongStream.concat(LongStream.of(vocabulary), LongStream.of(oovKeys()))
        .sorted()
        .toArray();
  }

  /** The field's own key, [fields]: of a dense field its key, of a categorical one its OOV key. */
  public long[] oovKeys() {
    return IntStream.range(0, fieldCount())
        .mapToLong(f -> (Long) FeatureColumns.ownKey(f).expr().eval(null))
        .toArray();
  }

  /** Names the features with everything that they were fitted to. */
  public String version() {
    return spec.version(vocabulary);
  }

  @Override
  public Dataset<Row> transform(Dataset<?> parsed) {
    transformSchema(parsed.schema());
    return parsed
        .toDF()
        .select(
            col("*"),
            FeatureColumns.keys(spec.schema()),
            FeatureColumns.weights(spec),
            FeatureColumns.fields());
  }

  @Override
  public StructType transformSchema(StructType parsed) {
    return FeatureColumns.outputSchema(parsed, spec.schema());
  }

  @Override
  public ClickFeaturesModel copy(ParamMap extra) {
    return copyValues(new ClickFeaturesModel(uid, spec, vocabulary), extra).setParent(parent());
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
      SparkSession spark = sparkSession();
      DefaultParamsWriter.saveMetadata(
          model, path, sc(), scala.Option.empty(), scala.Option.empty());
      try {
        spark
            .createDataset(List.of(JSON.writeValueAsString(model.spec)), Encoders.STRING())
            .coalesce(1)
            .write()
            .text(path + SPEC);
      } catch (JsonProcessingException e) {
        throw new IllegalStateException(e);
      }
      spark
          .createDataset(LongStream.of(model.vocabulary).boxed().toList(), Encoders.LONG())
          .toDF("key")
          .coalesce(1)
          .write()
          .parquet(path + VOCABULARY);
    }
  }

  private static final class Reader extends MLReader<ClickFeaturesModel> {
    @Override
    public ClickFeaturesModel load(String path) {
      SparkSession spark = sparkSession();
      String uid =
          DefaultParamsReader.loadMetadata(path, sc(), ClickFeaturesModel.class.getName()).uid();
      try {
        String json = spark.read().textFile(path + SPEC).first();
        FeatureSpec spec = JSON.readValue(json, FeatureSpec.class);
        long[] keys =
            spark.read().parquet(path + VOCABULARY).collectAsList().stream()
                .mapToLong(row -> row.getLong(0))
                .toArray();
        return new ClickFeaturesModel(uid, spec, keys);
      } catch (JsonProcessingException e) {
        throw new IllegalArgumentException(path + SPEC + " is not a feature specification", e);
      }
    }
  }
}
