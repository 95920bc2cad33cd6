package io.rivulet.features;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rivulet.features.FeatureSpec.Vocabulary;
import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * What decides which example an event becomes, with the data that was fitted. {@link
 * ClickFeaturesModel} applies it by Spark SQL, {@link RowFeatures} without Spark.
 */
public final class FittedFeatures implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final String SPEC_FILE = "spec.json";

  /** Written last. */
  static final String VOCABULARY_FILE = "vocabulary.bin";

  private static final int MAX_BYTES = 1 << 30;

  private final FeatureSpec spec;

  /** Sorted. */
  private final long[] categories;

  FittedFeatures(FeatureSpec spec, long[] categories) {
    this.spec = spec;
    this.categories = LongStream.of(categories).sorted().toArray();
  }

  /** Features that need no fitting: every category its own key. */
  public static FittedFeatures unfitted(Schema schema) {
    return new FittedFeatures(FeatureSpec.unfitted(schema), new long[0]);
  }

  /**
   * Writes two files into the folder {@code path}.
   *
   * @throws IOException if they can't be written
   */
  public void save(String path, Configuration hadoop) throws IOException {
    FileSystem fs = new Path(path).getFileSystem(hadoop);
    ByteBuffer keys = ByteBuffer.allocate(categories.length * Long.BYTES);
    keys.asLongBuffer().put(categories);
    put(fs, new Path(path, SPEC_FILE), SpecJson.write(spec).getBytes(UTF_8));
    put(fs, new Path(path, VOCABULARY_FILE), keys.array());
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

  /**
   * Reads what {@link #save} wrote.
   *
   * @throws IOException if a file can't be read
   * @throws IllegalArgumentException if it isn't what was written there
   */
  public static FittedFeatures open(String path, Configuration hadoop) throws IOException {
    FileSystem fs = new Path(path).getFileSystem(hadoop);
    String spec = new String(get(fs, new Path(path, SPEC_FILE)), UTF_8);
    LongBuffer keys = ByteBuffer.wrap(get(fs, new Path(path, VOCABULARY_FILE))).asLongBuffer();
    long[] categories = new long[keys.remaining()];
    keys.get(categories);
    try {
      return new FittedFeatures(SpecJson.read(spec, FeatureSpec.class), categories);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          path + "/" + SPEC_FILE + " is not a feature specification that this version reads", e);
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

  /** What the features were fitted to. */
  public FeatureSpec spec() {
    return spec;
  }

  /** Number of fields F. */
  public int fieldCount() {
    return spec.schema().fields().size();
  }

  /** Whether only the {@link #vocabulary} gets rows in the embedding table. */
  public boolean frozen() {
    return spec.vocabulary() == Vocabulary.FROZEN;
  }

  /** Keys of the categories that a frozen vocabulary keeps, and every field's own key; sorted. */
  public long[] vocabulary() {
    return LongStream.concat(Arrays.stream(categories), Arrays.stream(oovKeys()))
        .distinct()
        .sorted()
        .toArray();
  }

  /** The field's own key, [fields]: of a dense field its key, of all others their OOV key. */
  public long[] oovKeys() {
    return spec.schema().fields().stream().mapToLong(FeatureKeys::ownKey).toArray();
  }

  /**
   * The key of a category.
   *
   * @throws IllegalArgumentException if the schema has no such field, or its values aren't
   *     categories
   */
  public long key(String field, String value) {
    return spec.schema().fields().stream()
        .filter(f -> f.name().equals(field) && !f.dense() && !f.cross())
        .findFirst()
        .map(f -> FeatureKeys.key(f, value))
        .orElseThrow(() -> new IllegalArgumentException("There is no categorical field " + field));
  }

  /** Names the features with everything that they were fitted to. */
  public String version() {
    return spec.version(categories);
  }
}
