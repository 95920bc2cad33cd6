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

  static ExampleBlock concatenate(List<ExampleChunk> chunks, int fieldCount) {
    int rows = chunks.stream().mapToInt(ExampleChunk::rows).sum();
    int total = chunks.stream().mapToInt(c -> c.keys().length).sum();
    boolean pooled = chunks.stream().anyMatch(c -> c.fields().length > 0);
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
        System.arraycopy(chunk.fields, 0, fields, entry, chunk.keys.length);
        for (int r = 0; r < chunk.rows(); r++) {
          starts[row + r + 1] = starts[row + r] + chunk.entries[r];
        }
      }
      row += chunk.rows();
      entry += chunk.keys.length;
    }
    return new ExampleBlock(fieldCount, labels, keys, weights, starts, fields);
  }
}
