package io.rivulet.trainer.spark;

import java.util.Comparator;
import java.util.List;

/**
 * What one job found.
 *
 * @param chunks those with examples, in the order of (topic, partition, offset)
 * @param refused those with events that aren't examples
 */
record WindowChunks(List<ExampleChunk> chunks, List<ExampleChunk> refused) {

  /**
   * Sorts what came from the executors.
   *
   * @throws IllegalArgumentException if Spark partitions share a stretch of offsets
   */
  static WindowChunks of(List<ExampleChunk> collected) {
    List<ExampleChunk> chunks =
        collected.stream()
            .filter(chunk -> chunk.rows() > 0)
            .sorted(
                ExampleChunk.BY_PARTITION.thenComparing(
                    Comparator.comparingLong(ExampleChunk::firstOffset)))
            .toList();
    for (int i = 1; i < chunks.size(); i++) {
      chunks.get(i).requireAfter(chunks.get(i - 1));
    }
    return new WindowChunks(
        chunks, collected.stream().filter(chunk -> chunk.refused().length > 0).toList());
  }

  /** Number of events. */
  long events() {
    return chunks.stream().mapToLong(ExampleChunk::rows).sum()
        + refused.stream().mapToLong(chunk -> chunk.refused().length).sum();
  }
}
