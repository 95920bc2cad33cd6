package io.rivulet.features;

import static org.apache.spark.sql.functions.col;

import io.rivulet.features.FeatureSpec.Range;
import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.FeatureSpec.Vocabulary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
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
 * which {@link #vocabulary} and {@link #oovKeys} are meant.
 */
public final class ClickFeaturesModel extends Model<ClickFeaturesModel> implements MLWritable {
  private static final long serialVersionUID = 1L;

  /** The file that is written last: where it is, the others are too. */
  public static final String LAST_FILE = "vocabulary.bin";

  private static final String SPEC = "spec.json";
  private static final String UID = "clickFeatures";
  private static final int MAX_BYTES = 1 << 30;

  private final String uid;
  private final FeatureSpec spec;
  private final long[] vocabulary;

  ClickFeaturesModel(String uid, FeatureSpec spec, long[] vocabulary) {
    this.uid = uid;
    this.spec = spec;
    this.vocabulary = LongStream.of(vocabulary).sorted().toArray();
  }

  /** Features that need no fitting: every category its own key. */
  public static ClickFeaturesModel unfitted(Schema schema) {
    return new ClickFeaturesModel(UID, FeatureSpec.unfitted(schema), new long[0]);
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
            .mapToLong(c -> FeatureColumns.key(fields.get(c.field()), c.value()))
            .toArray();
    FeatureSpec spec = new FeatureSpec(scaled, ranges, Vocabulary.FROZEN, 0);
    return new ClickFeaturesModel(UID, spec, keys);
  }

  /** Reads what {@link #write} wrote. */
  public static ClickFeaturesModel load(String path) {
    return read().load(path);
  }

  /** MLlib's way to read; pipelines use it. */
  public static MLReader<ClickFeaturesModel> read() {
    return new Reader();
  }

  /**
   * Reads what {@link #write} wrote, without a Spark session.
   *
   * @throws IOException if a file can't be read
   * @throws IllegalArgumentException if it isn't what {@link #write} wrote
   */
  public static ClickFeaturesModel open(String path, Configuration hadoop) throws IOException {
    FileSystem fs = new Path(path).getFileSystem(hadoop);
    String spec = new String(get(fs, new Path(path, SPEC)), StandardCharsets.UTF_8);
    LongBuffer keys = ByteBuffer.wrap(get(fs, new Path(path, LAST_FILE))).asLongBuffer();
    long[] vocabulary = new long[keys.remaining()];
    keys.get(vocabulary);
    try {
      return new ClickFeaturesModel(UID, SpecJson.read(spec, FeatureSpec.class), vocabulary);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          path + "/" + SPEC + " is not a feature specification that this version reads", e);
    }
  }

  private static byte[] get(FileSystem fs, Path file) throws IOException {
    long bytes = fs.getFileStatus(file).getLen();
    if (bytes > MAX_BYTES) {
      throw new IOException(file + " is too large: " + bytes + " bytes");
    }
    byte[] content = new byte[(int) bytes];
    try (FSDataInputStream in = fs.open(file)) {
      in.readFully(content);
    }
    return content;
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
        .distinct()
        .sorted()
        .toArray();
  }

  /** The field's own key, [fields]: of a dense field its key, of all others their OOV key. */
  public long[] oovKeys() {
    return spec.schema().fields().stream().mapToLong(FeatureColumns::ownKeyOf).toArray();
  }

  /**
   * The key of a category.
   *
   * @throws IllegalArgumentException if the schema has no such field, or its values aren't
   *     categories
   */
  public long key(String field, String value) {
    return spec.schema().fields().stream()
        .filter(f -> f.name().equals(field) && !f.dense())
        .findFirst()
        .map(f -> FeatureColumns.key(f, value))
        .orElseThrow(() -> new IllegalArgumentException("There is no categorical field " + field));
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
            FeatureColumns.fields(spec.schema()));
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
      DefaultParamsWriter.saveMetadata(
          model, path, sc(), scala.Option.empty(), scala.Option.empty());
      ByteBuffer keys = ByteBuffer.allocate(model.vocabulary.length * Long.BYTES);
      keys.asLongBuffer().put(model.vocabulary);
      try {
        FileSystem fs = new Path(path).getFileSystem(sc().hadoopConfiguration());
        put(fs, new Path(path, SPEC), SpecJson.write(model.spec).getBytes(StandardCharsets.UTF_8));
        put(fs, new Path(path, LAST_FILE), keys.array());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static void put(FileSystem fs, Path file, byte[] content) throws IOException {
      Path unfinished = file.suffix(".tmp");
      try (FSDataOutputStream out = fs.create(unfinished, true)) {
        out.write(content);
      }
      if (!fs.rename(unfinished, file)) {
        throw new IOException("Can't write " + file);
      }
    }
  }

  private static final class Reader extends MLReader<ClickFeaturesModel> {
    @Override
    public ClickFeaturesModel load(String path) {
      String uid =
          DefaultParamsReader.loadMetadata(path, sc(), ClickFeaturesModel.class.getName()).uid();
      try {
        ClickFeaturesModel found = open(path, sc().hadoopConfiguration());
        return new ClickFeaturesModel(uid, found.spec, found.vocabulary);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
