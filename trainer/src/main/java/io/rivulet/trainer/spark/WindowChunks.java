package io.rivulet.trainer.spark;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one job found.
 *
 * @param chunks those with examples, in the order of (topic, partition, offset)
 * @param refused number of events that are not examples, by reason
 */
record WindowChunks(List<ExampleChunk> chunks, Map<String, Long> refused) {

  /**
   * Sorts what came from the executors.
   *
   * @throws IllegalArgumentException if Spark partitions share a stretch of offsets
   */
  static WindowChunks of(List<ExampleChunk> collected) {
    List<ExampleChunk> chunks = new ArrayList<>();
    Map<String, Long> refused = new TreeMap<>();
    for (ExampleChunk chunk : collected) {
      chunk.refused().forEach((reason, n) -> refused.merge(reason, n, Long::sum));
      if (chunk.rows() > 0) {
        chunks.add(chunk);
      }
    }
    chunks.sort(
        ExampleChunk.BY_PARTITION.thenComparing(
            Comparator.comparingLong(ExampleChunk::firstOffset)));
    for (int i = 1; i < chunks.size(); i++) {
      chunks.get(i).requireAfter(chunks.get(i - 1));
    }
    return new WindowChunks(chunks, refused);
  }

  /** Number of events. */
  long events() {
    return chunks.stream().mapToLong(ExampleChunk::rows).sum()
        + refused.values().stream().mapToLong(Long::longValue).sum();
  }
}
