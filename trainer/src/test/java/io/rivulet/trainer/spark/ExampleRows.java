package io.rivulet.trainer.spark;

import io.rivulet.trainer.Fixtures;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/** Rows with the columns of {@link ExampleColumns}, whose keys tell where they come from. */
final class ExampleRows {
  private static final StructType SCHEMA =
      StructType.fromDDL(
          "label float, keys array<bigint>, weights array<float>, fields array<int>, "
              + "topic string, `partition` int, `offset` bigint, reason string");

  private ExampleRows() {}

  /** First key of the example at that place; ascends with (topic, partition, offset). */
  static long firstKey(String topic, int partition, long offset) {
    return (topic.charAt(0) * 100L + partition) * 1_000_000 + offset * 100;
  }

  /** The label of every example at {@code offset}. */
  static float label(long offset) {
    return (float) (offset % 2);
  }

  /** An example with one key a field. */
  static Row example(String topic, int partition, long offset) {
    return example(topic, partition, offset, Fixtures.FIELDS, null);
  }

  /** An example whose entries belong to {@code fields}. */
  static Row pooledExample(String topic, int partition, long offset, Integer... fields) {
    return example(topic, partition, offset, fields.length, fields);
  }

  /** An example of {@code n} consecutive keys, the entry's number + offset as weight of each. */
  static Row example(String topic, int partition, long offset, int n, Integer[] fields) {
    long first = firstKey(topic, partition, offset);
    Long[] keys = new Long[n];
    Float[] weights = new Float[n];
    Arrays.setAll(keys, i -> first + i);
    Arrays.setAll(weights, i -> (float) (offset + i));
    return RowFactory.create(label(offset), keys, weights, fields, topic, partition, offset, null);
  }

  /** An event that isn't an example. */
  static Row refused(String topic, int partition, long offset, String reason) {
    return RowFactory.create(null, null, null, null, topic, partition, offset, reason);
  }

  /** Examples at the offsets {@code from … to - 1}. */
  static List<Row> range(String topic, int partition, int from, int to) {
    return IntStream.range(from, to).mapToObj(o -> example(topic, partition, o)).toList();
  }

  /** A data set of one partition for each list. */
  @SafeVarargs
  static Dataset<Row> partitions(List<Row>... lists) {
    List<Dataset<Row>> parts = new ArrayList<>();
    for (List<Row> rows : lists) {
      parts.add(LocalSpark.session().createDataFrame(rows, SCHEMA).coalesce(1));
    }
    return parts.stream().reduce(Dataset::union).orElseThrow();
  }
}
