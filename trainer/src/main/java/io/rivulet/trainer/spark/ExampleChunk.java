package io.rivulet.trainer.spark;

import io.rivulet.trainer.model.ExampleBlock;
import java.io.Serializable;
import java.util.List;
import java.util.Map;

/**
 * Examples of one partition with ascending offsets.
 *
 * @param topic of every row
 * @param partition of every row
 * @param firstOffset of the first row
 * @param lastOffset of the last row
 * @param labels [rows]
 * @param keys [entries]
 * @param weights [entries]
 * @param entries of each row, [rows], or empty where every row has one key a field
 * @param fields [entries], or empty where every row has one key a field
 * @param refused events between these rows that aren't examples, by reason
 */
record ExampleChunk(
    String topic,
    int partition,
    long firstOffset,
    long lastOffset,
    float[] labels,
    long[] keys,
    float[] weights,
    int[] entries,
    int[] fields,
    Map<String, Long> refused)
    implements Serializable {

  int rows() {
    return labels.length;
  }

  boolean pooled() {
    return entries.length > 0;
  }

  void requireAfter(ExampleChunk other) {
    if (topic.equals(other.topic)
        && partition == other.partition
        && firstOffset <= other.lastOffset) {
      throw new IllegalArgumentException(
          "Offsets of "
              + topic
              + "-"
              + partition
              + " are spread over several Spark partitions; don't repartition the events");
    }
  }

  /** The chunks' rows, one chunk after the other. */
  static ExampleBlock concatenate(List<ExampleChunk> chunks, int fieldCount) {
    int rows = chunks.stream().mapToInt(ExampleChunk::rows).sum();
    int total = chunks.stream().mapToInt(c -> c.keys().length).sum();
    boolean pooled = chunks.stream().anyMatch(ExampleChunk::pooled);
    float[] labels = new float[rows];
    long[] keys = new long[total];
    float[] weights = new float[total];
    int[] starts = new int[pooled ? rows + 1 : 0];
    int[] fields = new int[pooled ? total : 0];
    int row = 0;
    int entry = 0;
    for (ExampleChunk chunk : chunks) {
      System.arraycopy(chunk.labels, 0, labels, row, chunk.rows());
      System.arraycopy(chunk.keys, 0, keys, entry, chunk.keys.length);
      System.arraycopy(chunk.weights, 0, weights, entry, chunk.keys.length);
      if (pooled) {
        for (int r = 0; r < chunk.rows(); r++) {
          starts[row + r + 1] = starts[row + r] + (chunk.pooled() ? chunk.entries[r] : fieldCount);
        }
        for (int i = 0; i < chunk.keys.length; i++) {
          fields[entry + i] = chunk.pooled() ? chunk.fields[i] : i % fieldCount;
        }
      }
      row += chunk.rows();
      entry += chunk.keys.length;
    }
    return new ExampleBlock(fieldCount, labels, keys, weights, starts, fields);
  }
}
