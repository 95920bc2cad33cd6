package io.rivulet.trainer.spark;

import io.rivulet.trainer.model.ExampleBlock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.functions;

/** Brings example columns to the driver as primitive arrays, without a boxed value on the way. */
public final class ExampleReader {
  private ExampleReader() {}

  /**
   * Runs one job and returns the rows in the order of (topic, partition, offset). Each Spark
   * partition must hold ascending offsets of a Kafka partition, as Spark's Kafka source reads them.
   *
   * @param examples with the columns of {@link ExampleColumns}, others are ignored
   * @param fieldCount number of fields F
   * @throws IllegalArgumentException if Spark partitions share a stretch of offsets
   */
  public static WindowExamples readWindow(Dataset<Row> examples, int fieldCount) {
    List<ExampleChunk> chunks = new ArrayList<>();
    Map<String, Long> refused = new TreeMap<>();
    for (ExampleChunk chunk : chunks(examples, fieldCount, Integer.MAX_VALUE).collect()) {
      chunk.refused().forEach((reason, n) -> refused.merge(reason, n, Long::sum));
      if (chunk.rows() > 0) {
        chunks.add(chunk);
      }
    }
    chunks.sort(
        Comparator.comparing(ExampleChunk::topic)
            .thenComparingInt(ExampleChunk::partition)
            .thenComparingLong(ExampleChunk::firstOffset));
    for (int i = 1; i < chunks.size(); i++) {
      chunks.get(i).requireAfter(chunks.get(i - 1));
    }
    return new WindowExamples(ExampleChunk.concatenate(chunks, fieldCount), refused);
  }

  /**
   * Streams rows through {@code consumer} block by block, in no particular order.
   *
   * @param blockRows largest number of rows of a block
   * @return number of rows that are not examples
   */
  public static long forEachBlock(
      Dataset<Row> examples, int fieldCount, int blockRows, Consumer<ExampleBlock> consumer) {
    long refused = 0;
    Iterator<ExampleChunk> chunks = chunks(examples, fieldCount, blockRows).toLocalIterator();
    while (chunks.hasNext()) {
      ExampleChunk chunk = chunks.next();
      refused += chunk.refused().values().stream().mapToLong(Long::longValue).sum();
      consumer.accept(ExampleChunk.concatenate(List.of(chunk), fieldCount));
    }
    return refused;
  }

  private static JavaRDD<ExampleChunk> chunks(
      Dataset<Row> examples, int fieldCount, int chunkRows) {
    Column[] columns = new Column[ExampleColumns.NAMES.length];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = functions.col(ExampleColumns.NAMES[i]);
    }
    JavaRDD<InternalRow> rows = examples.select(columns).queryExecution().toRdd().toJavaRDD();
    return rows.mapPartitions(r -> new ChunkIterator(r, fieldCount, chunkRows));
  }
}
