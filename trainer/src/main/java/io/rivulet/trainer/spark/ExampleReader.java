package io.rivulet.trainer.spark;

import io.rivulet.trainer.model.ExampleBlock;
import java.util.Iterator;
import java.util.List;
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
   * Runs one job. Each Spark partition must hold ascending offsets of a Kafka partition, as Spark's
   * Kafka source reads them.
   *
   * @param examples with the columns of {@link ExampleColumns}, others are ignored
   * @param fieldCount number of fields F
   * @throws IllegalArgumentException if Spark partitions share a stretch of offsets
   */
  public static ReadEvents read(Dataset<Row> examples, int fieldCount) {
    WindowChunks read = readChunks(examples, fieldCount);
    return new ReadEvents(fieldCount, ChunkRows.all(read.chunks()), read.refused());
  }

  static WindowChunks readChunks(Dataset<Row> examples, int fieldCount) {
    return WindowChunks.of(chunks(examples, fieldCount, Integer.MAX_VALUE).collect());
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
      refused += chunk.refused().length;
      consumer.accept(ChunkRows.concatenate(ChunkRows.all(List.of(chunk)), fieldCount));
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
    return rows.mapPartitions(
        r -> new ChunkIterator(r, new ExamplePacker(), fieldCount, chunkRows));
  }
}
