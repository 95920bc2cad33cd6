package io.rivulet.features;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Criteo events, from bytes to examples. */
final class Events {
  static final String TOPIC = "clicks";
  static final int PARTITIONS = 2;
  static final long FIRST_OFFSET = 100;
  static final int MAX_BYTES = 1 << 16;

  private static final int DENSE = 13;
  private static final int CATEGORICAL = 26;
  private static final StructType RAW =
      new StructType()
          .add(RawEvents.TOPIC, DataTypes.StringType)
          .add(RawEvents.PARTITION, DataTypes.IntegerType)
          .add(RawEvents.OFFSET, DataTypes.LongType)
          .add(RawEvents.VALUE, DataTypes.BinaryType);

  private Events() {}

  /** Raw events as a batch has them; event i has partition i % 2 and offset 100 + i. */
  static Dataset<Row> raw(List<byte[]> values) {
    List<Row> rows = new ArrayList<>();
    for (byte[] value : values) {
      int i = rows.size();
      rows.add(RowFactory.create(TOPIC, i % PARTITIONS, FIRST_OFFSET + i, value));
    }
    JavaRDD<Row> rdd =
        JavaSparkContext.fromSparkContext(LocalSpark.SESSION.sparkContext())
            .parallelize(rows, PARTITIONS);
    return LocalSpark.SESSION.createDataFrame(rdd, RAW);
  }

  static Dataset<Row> decoded(List<String> lines) {
    return RawEvents.decoded(
        raw(lines.stream().map(line -> line.getBytes(UTF_8)).toList()), MAX_BYTES);
  }

  static Dataset<Row> parsed(String... lines) {
    return parsed(Arrays.asList(lines));
  }

  static Dataset<Row> parsed(List<String> lines) {
    return TsvEvents.parsed(decoded(lines), Schema.criteo());
  }

  /** The example that {@code model} makes of {@code line}. */
  static Row example(ClickFeaturesModel model, String line) {
    return model.transform(parsed(line)).first();
  }

  static List<Long> keys(Row example) {
    return example.getList(example.fieldIndex(FeatureColumns.KEYS));
  }

  static List<Float> weights(Row example) {
    return example.getList(example.fieldIndex(FeatureColumns.WEIGHTS));
  }

  /** Good events with seeds from 0. */
  static List<String> lines(int count) {
    List<String> lines = new ArrayList<>();
    for (int seed = 0; seed < count; seed++) {
      lines.add(line(seed));
    }
    return lines;
  }

  /** A good event, always the same for a seed; about a tenth of its cells are missing. */
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

  /** A good event with label 0 of which everything else is missing. */
  static String blank() {
    return "0" + "\t".repeat(DENSE + CATEGORICAL);
  }

  /** The event with other cells: column, value, column, value and so on. */
  static String with(String line, String... cells) {
    String[] changed = line.split("\t", -1);
    for (int i = 0; i < cells.length; i += 2) {
      changed[index(cells[i])] = cells[i + 1];
    }
    return String.join("\t", changed);
  }

  /** Number of a field in the schema, from 0. */
  static int field(String column) {
    return index(column) - 1;
  }

  private static int index(String column) {
    if (column.equals(TsvEvents.LABEL)) {
      return 0;
    }
    int number = Integer.parseInt(column.substring(1));
    return column.startsWith("I") ? number : DENSE + number;
  }
}
