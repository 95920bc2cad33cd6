package io.rivulet.trainer.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * Events that a {@link RowDecoder} read, as examples, and where the odd ones are that it left.
 * Spark SQL judges those, and {@link #with} puts what it made of them between the others. The
 * examples are then what Spark SQL would have made of all events alone.
 */
public final class PlainRows {
  /** With more odd events than this, Spark SQL reads all. */
  private static final int MAX_ODD = 10_000;

  private final Dataset<Row> raw;
  private final int fieldCount;
  private final List<ExampleChunk> chunks;

  /** Those with odd events. */
  private final List<ExampleChunk> oddChunks;

  private PlainRows(Dataset<Row> raw, int fieldCount, List<ExampleChunk> collected) {
    this.raw = raw;
    this.fieldCount = fieldCount;
    this.chunks = WindowChunks.of(collected).chunks();
    this.oddChunks = collected.stream().filter(chunk -> chunk.odd().length > 0).toList();
  }

  /**
   * Runs one job over raw events, with next to no planning.
   *
   * @param raw with the columns topic (string), partition (int), offset (bigint) and value
   *     (binary); each Spark partition must hold ascending offsets of a Kafka partition
   * @param fieldCount number of fields F
   * @throws IllegalArgumentException if Spark partitions share a stretch of offsets
   */
  public static PlainRows read(Dataset<Row> raw, RowDecoder.Factory decoders, int fieldCount) {
    RawPacker.Columns columns = RawPacker.Columns.of(raw.schema());
    JavaRDD<InternalRow> rows = raw.queryExecution().toRdd().toJavaRDD();
    return new PlainRows(
        raw,
        fieldCount,
        rows.mapPartitions(
                r ->
                    new ChunkIterator(
                        r,
                        new RawPacker(columns, decoders.create()),
                        fieldCount,
                        Integer.MAX_VALUE))
            .collect());
  }

  /** Number of odd events. */
  public long oddCount() {
    return oddChunks.stream().mapToLong(chunk -> chunk.odd().length).sum();
  }

  /** The events, if none of them is odd. */
  public ReadEvents all() {
    if (!oddChunks.isEmpty()) {
      throw new IllegalStateException(oddCount() + " events were not judged yet");
    }
    return new ReadEvents(fieldCount, ChunkRows.all(chunks), List.of());
  }

  /** The raw events that Spark SQL has to read: the odd ones, or all if those are too many. */
  public Dataset<Row> odd() {
    return readAll() ? raw : raw.filter(isOdd());
  }

  private boolean readAll() {
    return oddCount() > MAX_ODD || (chunks.isEmpty() && oddCount() > 0);
  }

  private Column isOdd() {
    Map<String, Map<Integer, List<ExampleChunk>>> byPartition = new TreeMap<>();
    for (ExampleChunk chunk : oddChunks) {
      byPartition
          .computeIfAbsent(chunk.topic(), topic -> new TreeMap<>())
          .computeIfAbsent(chunk.partition(), partition -> new ArrayList<>())
          .add(chunk);
    }
    List<Column> conditions = new ArrayList<>();
    byPartition.forEach(
        (topic, partitions) ->
            partitions.forEach(
                (partition, odd) ->
                    conditions.add(
                        col("topic")
                            .equalTo(topic)
                            .and(col("partition").equalTo(partition))
                            .and(col("offset").isin(offsets(odd))))));
    return any(conditions);
  }

  private static Object[] offsets(List<ExampleChunk> chunks) {
    return chunks.stream().flatMapToLong(chunk -> Arrays.stream(chunk.odd())).boxed().toArray();
  }

  /** A flat tree, since Spark walks it by recursion. */
  private static Column any(List<Column> conditions) {
    int half = conditions.size() / 2;
    return switch (conditions.size()) {
      case 0 -> lit(false);
      case 1 -> conditions.get(0);
      default ->
          any(conditions.subList(0, half)).or(any(conditions.subList(half, conditions.size())));
    };
  }

  /**
   * The events. Runs one job over the odd ones.
   *
   * @param judged what Spark SQL makes of {@link #odd}, with the columns of {@link ExampleColumns}
   * @throws IllegalStateException if these aren't the events that were read at first
   */
  public ReadEvents with(Dataset<Row> judged) {
    WindowChunks odd = ExampleReader.readChunks(judged, fieldCount);
    if (readAll()) {
      return new ReadEvents(fieldCount, ChunkRows.all(odd.chunks()), odd.refused());
    }
    if (odd.events() != oddCount()) {
      throw new IllegalStateException(
          "Of the events "
              + oddCount()
              + " had to be read again, but then the source gave "
              + odd.events()
              + "; it must give the same events each time");
    }
    return new ReadEvents(fieldCount, ChunkRows.merged(chunks, odd.chunks()), odd.refused());
  }
}
