package io.rivulet.trainer.spark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * Events that a {@link RowDecoder} read, as examples, and where those are that it didn't. Spark SQL
 * judges the odd ones among these, and {@link #with} puts what it made of them between the others.
 * The examples are then what Spark SQL would have made of all events alone.
 */
public final class PlainRows {
  private final UnreadEvents unread;
  private final int fieldCount;
  private final List<ExampleChunk> chunks;

  /** Those with refused events. */
  private final List<ExampleChunk> refusedChunks;

  private final long oddCount;

  private PlainRows(UnreadEvents unread, int fieldCount, List<ExampleChunk> collected) {
    this.unread = unread;
    this.fieldCount = fieldCount;
    WindowChunks read = WindowChunks.of(collected);
    this.chunks = read.chunks();
    this.refusedChunks = read.refused();
    this.oddCount = collected.stream().mapToLong(chunk -> chunk.odd().length).sum();
    requireOnce(collected);
  }

  /**
   * Runs one job over raw events, with next to no planning.
   *
   * @param raw with the columns topic (string), partition (int), offset (bigint), key and value
   *     (binary); each Spark partition must hold ascending offsets of a Kafka partition
   * @param fieldCount number of fields F
   * @throws IllegalArgumentException if Spark partitions share a stretch of offsets, or an event
   *     came twice
   */
  public static PlainRows read(Dataset<Row> raw, RowDecoder.Factory decoders, int fieldCount) {
    RawPacker.Columns columns = RawPacker.Columns.of(raw.schema());
    FlatMapFunction<Iterator<InternalRow>, ExampleChunk> pack =
        rows ->
            new ChunkIterator(
                rows, new RawPacker(columns, decoders.create()), fieldCount, Integer.MAX_VALUE);
    return new PlainRows(
        new UnreadEvents(raw, decoders), fieldCount, collect(raw.queryExecution().toRdd(), pack));
  }

  private static List<ExampleChunk> collect(
      RDD<InternalRow> rows, FlatMapFunction<Iterator<InternalRow>, ExampleChunk> pack) {
    if (!rows.sparkContext().isLocal()) {
      return rows.toJavaRDD().mapPartitions(pack).collect();
    }
    AtomicReferenceArray<List<ExampleChunk>> parts =
        new AtomicReferenceArray<>(rows.getNumPartitions());
    LocalJobs.run(
        rows.sparkContext(),
        rows,
        (partition, part) -> {
          List<ExampleChunk> chunks = new ArrayList<>();
          pack.call(part).forEachRemaining(chunks::add);
          parts.set(partition, chunks);
        });
    return IntStream.range(0, parts.length()).mapToObj(parts::get).flatMap(List::stream).toList();
  }

  /** No event may be there twice, whatever became of it; {@link WindowChunks} compares examples. */
  private void requireOnce(List<ExampleChunk> collected) {
    Map<String, List<ExampleChunk>> partitions =
        collected.stream()
            .collect(
                Collectors.groupingBy(
                    chunk -> chunk.topic() + "-" + chunk.partition(),
                    TreeMap::new,
                    Collectors.toList()));
    partitions.forEach(
        (partition, parts) -> {
          long[] others =
              parts.stream()
                  .flatMap(chunk -> Stream.of(chunk.odd(), chunk.refused()))
                  .flatMapToLong(Arrays::stream)
                  .sorted()
                  .toArray();
          for (int i = 0; i < others.length; i++) {
            long offset = others[i];
            if ((i > 0 && others[i - 1] == offset)
                || parts.stream().anyMatch(c -> Arrays.binarySearch(c.offsets(), offset) >= 0)) {
              throw new IllegalArgumentException(
                  "Offset " + offset + " of " + partition + " came twice");
            }
          }
        });
  }

  /** Number of odd events. */
  public long oddCount() {
    return oddCount;
  }

  /** The events, if none of them is odd. */
  public ReadEvents all() {
    if (oddCount > 0) {
      throw new IllegalStateException(oddCount + " events were not judged yet");
    }
    return new ReadEvents(fieldCount, ChunkRows.all(chunks), refusedChunks);
  }

  /** The raw events that Spark SQL has to judge. */
  public Dataset<Row> odd() {
    return unread.odd();
  }

  /** The raw events that the decoder refused, and its reasons. */
  public Dataset<Row> refused() {
    return unread.refused(refusedChunks);
  }

  /**
   * The events. Runs one job over the odd ones.
   *
   * @param judged what Spark SQL makes of {@link #odd}, with the columns of {@link ExampleColumns}
   * @throws IllegalStateException if these aren't the events that were read at first
   */
  public ReadEvents with(Dataset<Row> judged) {
    WindowChunks odd = ExampleReader.readChunks(judged, fieldCount);
    if (odd.events() != oddCount) {
      throw new IllegalStateException(
          "Of the events "
              + oddCount
              + " had to be read again, but then the source gave "
              + odd.events()
              + "; it must give the same events each time");
    }
    return new ReadEvents(
        fieldCount,
        ChunkRows.merged(chunks, odd.chunks()),
        Stream.concat(refusedChunks.stream(), odd.refused().stream()).toList());
  }
}
