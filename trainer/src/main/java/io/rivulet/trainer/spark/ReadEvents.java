package io.rivulet.trainer.spark;

import io.rivulet.trainer.store.OffsetRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What was made of some events, in one or more jobs. Windows are cut out of it. */
public final class ReadEvents {
  private final int fieldCount;

  /** In the order of (topic, partition, offset). */
  private final List<ChunkRows> rows;

  /** Chunks with events that aren't examples. */
  private final List<ExampleChunk> refused;

  ReadEvents(int fieldCount, List<ChunkRows> rows, List<ExampleChunk> refused) {
    this.fieldCount = fieldCount;
    this.rows = rows;
    this.refused = refused;
  }

  /** All events as one window. */
  public WindowExamples all() {
    Map<String, Long> reasons = new TreeMap<>();
    for (ExampleChunk chunk : refused) {
      for (String reason : chunk.reasons()) {
        reasons.merge(reason, 1L, Long::sum);
      }
    }
    return new WindowExamples(fieldCount, rows, reasons);
  }

  /**
   * The events of some ranges as one window.
   *
   * @param reads that have these events, each event in one of them; not empty
   * @param ranges at most one a partition
   */
  public static WindowExamples window(List<ReadEvents> reads, List<OffsetRange> ranges) {
    List<ChunkRows> rows = new ArrayList<>();
    Map<String, Long> reasons = new TreeMap<>();
    for (ReadEvents read : reads) {
      for (ChunkRows part : read.rows) {
        rangesOf(part.chunk(), ranges)
            .map(range -> part.within(range.from(), range.until()))
            .filter(cut -> cut.rows() > 0)
            .forEach(rows::add);
      }
      for (ExampleChunk chunk : read.refused) {
        rangesOf(chunk, ranges).forEach(range -> count(chunk, range, reasons));
      }
    }
    rows.sort(ChunkRows.BY_PLACE);
    return new WindowExamples(reads.get(0).fieldCount, rows, reasons);
  }

  private static Stream<OffsetRange> rangesOf(ExampleChunk chunk, List<OffsetRange> ranges) {
    return ranges.stream()
        .filter(
            range -> range.partition() == chunk.partition() && range.topic().equals(chunk.topic()));
  }

  private static void count(ExampleChunk chunk, OffsetRange range, Map<String, Long> reasons) {
    for (int i = 0; i < chunk.refused().length; i++) {
      long offset = chunk.refused()[i];
      if (offset >= range.from() && offset < range.until()) {
        reasons.merge(chunk.reasons()[i], 1L, Long::sum);
      }
    }
  }
}
