package io.rivulet.trainer.spark;

import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.store.OffsetRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** A window as it comes from the feature pipeline. */
public final class WindowExamples {
  private final ExampleBlock examples;
  private final Map<String, Long> refused;

  /** Where the examples came from, in their order. */
  private final List<ChunkRows> places;

  WindowExamples(int fieldCount, List<ChunkRows> rows, Map<String, Long> refused) {
    this(ChunkRows.concatenate(rows, fieldCount), rows, refused);
  }

  private WindowExamples(ExampleBlock examples, List<ChunkRows> places, Map<String, Long> refused) {
    this.examples = examples;
    this.refused = refused;
    this.places = places;
  }

  /** In the order of (topic, partition, offset). */
  public ExampleBlock examples() {
    return examples;
  }

  /** Number of events that are not examples, by reason. */
  public Map<String, Long> refused() {
    return refused;
  }

  /**
   * The window with some examples counted as refused.
   *
   * @param rows of {@link #examples}, ascending
   */
  public WindowExamples refuse(int[] rows, String reason) {
    BitSet refusedRows = new BitSet();
    Arrays.stream(rows).forEach(refusedRows::set);
    int[] left = IntStream.range(0, examples.rows()).filter(r -> !refusedRows.get(r)).toArray();
    Map<String, Long> reasons = new TreeMap<>(refused);
    reasons.merge(reason, (long) rows.length, Long::sum);
    return new WindowExamples(examples.select(left), List.of(), reasons);
  }

  /**
   * Where examples came from, as one range of one offset for each; of a window of which none was
   * refused by {@link #refuse}.
   *
   * @param rows of {@link #examples}, ascending
   */
  public List<OffsetRange> places(int[] rows) {
    List<OffsetRange> found = new ArrayList<>();
    int first = 0;
    int next = 0;
    for (ChunkRows part : places) {
      for (; next < rows.length && rows[next] < first + part.rows(); next++) {
        ExampleChunk chunk = part.chunk();
        long offset = chunk.offsets()[part.from() + rows[next] - first];
        found.add(new OffsetRange(chunk.topic(), chunk.partition(), offset, offset + 1));
      }
      first += part.rows();
    }
    return found;
  }

  /** Number of events that are not examples. */
  public long refusedCount() {
    return refused.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Number of events. */
  public long events() {
    return examples.rows() + refusedCount();
  }
}
