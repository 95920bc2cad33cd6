package io.rivulet.features;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.Schema.EventTime;
import io.rivulet.features.Schema.Field;
import io.rivulet.features.Schema.Label;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import net.jpountz.xxhash.XXHash64;
import net.jpountz.xxhash.XXHashFactory;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Events and schemas of the tests, from bytes to examples. */
final class Events {
  static final String TOPIC = "clicks";
  static final int PARTITIONS = 2;
  static final long FIRST_OFFSET = 100;
  static final int MAX_BYTES = 1 << 16;

  static final Schema CRITEO = Schema.criteo(Scaling.LOG1P);

  /** An integer I1 and a category C1. */
  static final Schema SMALL =
      schema(Field.dense("I1", "I1", Scaling.LOG1P, true), Field.categorical("C1", "C1"));

  private static final int DENSE = 13;
  private static final int CATEGORICAL = 26;
  private static final StructType RAW =
      new StructType()
          .add(RawEvents.TOPIC, DataTypes.StringType)
          .add(RawEvents.PARTITION, DataTypes.IntegerType)
          .add(RawEvents.OFFSET, DataTypes.LongType)
          .add(RawEvents.KEY, DataTypes.BinaryType)
          .add(RawEvents.VALUE, DataTypes.BinaryType);

  private static final XXHash64 XX_HASH = XXHashFactory.safeInstance().hash64();
  private static final long SEED = 42;

  private Events() {}

  /**
   * A Kafka record.
   *
   * @param key null for none
   */
  record Message(String key, String value) {}

  /** Events that all have one key, or none if it is null. */
  static List<Message> messages(String key, String... values) {
    return Arrays.stream(values).map(value -> new Message(key, value)).toList();
  }

  /** A schema of these fields, whose label is 0 or 1. */
  static Schema schema(Field... fields) {
    return schema(Label.zeroOrOne(EventParser.LABEL), fields);
  }

  static Schema schema(Label label, Field... fields) {
    return new Schema("test", label, "", EventTime.NONE, List.of(fields), List.of());
  }

  /** Raw events without keys; event i has partition i % 2 and offset 100 + i. */
  static Dataset<Row> raw(List<byte[]> values) {
    return raw(Arrays.asList(new byte[values.size()][]), values);
  }

  /** Raw events as a batch has them; event i has partition i % 2 and offset 100 + i. */
  static Dataset<Row> raw(List<byte[]> keys, List<byte[]> values) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      rows.add(
          RowFactory.create(TOPIC, i % PARTITIONS, FIRST_OFFSET + i, keys.get(i), values.get(i)));
    }
    JavaRDD<Row> rdd =
        JavaSparkContext.fromSparkContext(LocalSpark.SESSION.sparkContext())
            .parallelize(rows, PARTITIONS);
    return LocalSpark.SESSION.createDataFrame(rdd, RAW);
  }

  static Dataset<Row> rawMessages(List<Message> messages) {
    return raw(
        messages.stream().map(m -> utf8(m.key())).toList(),
        messages.stream().map(m -> utf8(m.value())).toList());
  }

  private static byte[] utf8(String text) {
    return text == null ? null : text.getBytes(UTF_8);
  }

  static Dataset<Row> parsed(Schema schema, WireForm form, List<Message> messages) {
    return EventParser.parsed(rawMessages(messages), schema, form, MAX_BYTES);
  }

  /** Parses events without keys. */
  static Dataset<Row> parsed(Schema schema, WireForm form, String... values) {
    return parsed(schema, form, messages(null, values));
  }

  /** Parses Criteo's lines. */
  static Dataset<Row> parsed(String... lines) {
    return parsed(CRITEO, WireForm.TSV, lines);
  }

  /** Parses Criteo's lines. */
  static Dataset<Row> parsed(List<String> lines) {
    return parsed(lines.toArray(String[]::new));
  }

  static String reason(Row row) {
    return row.getAs(RawEvents.REASON);
  }

  static List<String> reasons(Dataset<Row> parsed) {
    return parsed.select(RawEvents.REASON).collectAsList().stream().map(Events::reason).toList();
  }

  /** The example that {@code model} makes of Criteo's {@code line}. */
  static Row example(ClickFeaturesModel model, String line) {
    return model.transform(parsed(line)).first();
  }

  static List<Long> keys(Row example) {
    return example.getList(example.fieldIndex(FeatureColumns.KEYS));
  }

  static List<Float> weights(Row example) {
    return example.getList(example.fieldIndex(FeatureColumns.WEIGHTS));
  }

  /** The field of each entry, or null. */
  static List<Integer> fields(Row example) {
    int index = example.fieldIndex(FeatureColumns.FIELDS);
    return example.isNullAt(index) ? null : example.getList(index);
  }

  /** By another implementation than Spark's: the key of a field itself. */
  static long ownKey(String field) {
    ByteBuffer id = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    return hash(id.putLong(hash(field.getBytes(UTF_8), SEED)).array(), SEED);
  }

  /** By another implementation than Spark's: the key of a value of a field. */
  static long key(String field, String value) {
    return hash(value.getBytes(UTF_8), ownKey(field));
  }

  private static long hash(byte[] bytes, long seed) {
    return XX_HASH.hash(bytes, 0, bytes.length, seed);
  }

  /** A message's key as MindRec's producer writes it. */
  static String mindRecKey(List<String> columns) {
    return columns.stream().collect(Collectors.joining("\", \"", "[\"", "\"]"));
  }

  /** Good lines of Criteo's with seeds from 0. */
  static List<String> lines(int count) {
    List<String> lines = new ArrayList<>();
    for (int seed = 0; seed < count; seed++) {
      lines.add(line(seed));
    }
    return lines;
  }

  /** A good line of Criteo's, the same for a seed; about a tenth of its cells are missing. */
  static String line(long seed) {
    Random random = new Random(seed);
    List<String> cells = new ArrayList<>();
    cells.add(random.nextInt(4) == 0 ? "1" : "0");
    for (int i = 0; i < DENSE + CATEGORICAL; i++) {
      if (random.nextInt(10) == 0) {
        cells.add("");
      } else if (i < DENSE) {
        cells.add(Integer.toString(random.nextInt(5000) - 2));
      } else {
        cells.add(String.format(Locale.ROOT, "%08x", random.nextInt(20) * 0x9E3779B1));
      }
    }
    return String.join("\t", cells);
  }

  /** A good line with label 0 of which everything else is missing. */
  static String blank() {
    return "0" + "\t".repeat(DENSE + CATEGORICAL);
  }

  /** The line with other cells: column, value, column, value and so on. */
  static String with(String line, String... cells) {
    String[] changed = line.split("\t", -1);
    for (int i = 0; i < cells.length; i += 2) {
      changed[CRITEO.columns().indexOf(cells[i])] = cells[i + 1];
    }
    return String.join("\t", changed);
  }

  /** Number of a field in Criteo's schema, from 0. */
  static int field(String column) {
    return CRITEO.columns().indexOf(column) - 1;
  }
}
