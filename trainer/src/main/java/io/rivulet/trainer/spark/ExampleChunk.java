package io.rivulet.trainer.spark;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;

/**
 * Examples of one partition with ascending offsets.
 *
 * @param topic of every row
 * @param partition of every row
 * @param offsets [rows]
 * @param labels [rows]
 * @param keys [entries]
 * @param weights [entries]
 * @param starts first entry of each row, then the number of entries, [rows + 1]; empty where every
 *     row has one key a field
 * @param fields [entries], or empty where every row has one key a field
 * @param odd offsets of events that no decoder read and that Spark SQL has to judge
 * @param refused offsets of events that aren't examples
 * @param reasons why those aren't, one each
 * @param refusedEvents those events, one each; empty where they were left in the source
 */
record ExampleChunk(
    String topic,
    int partition,
    long[] offsets,
    float[] labels,
    long[] keys,
    float[] weights,
    int[] starts,
    int[] fields,
    long[] odd,
    long[] refused,
    String[] reasons,
    RawBytes[] refusedEvents)
    implements Serializable {

  /** A raw event's key and value, each of which may be null. */
  record RawBytes(byte[] key, byte[] value) implements Serializable {
    /** Number of bytes. */
    int length() {
      return (key == null ? 0 : key.length) + (value == null ? 0 : value.length);
    }
  }

  static final Comparator<ExampleChunk> BY_PARTITION =
      Comparator.comparing(ExampleChunk::topic).thenComparingInt(ExampleChunk::partition);

  int rows() {
    return labels.length;
  }

  boolean pooled() {
    return starts.length > 0;
  }

  /** First entry of row {@code row}, which may be {@link #rows()}. */
  int start(int row, int fieldCount) {
    return pooled() ? starts[row] : row * fieldCount;
  }

  long firstOffset() {
    return offsets[0];
  }

  long lastOffset() {
    return offsets[offsets.length - 1];
  }

  void requireAfter(ExampleChunk other) {
    if (BY_PARTITION.compare(this, other) == 0 && firstOffset() <= other.lastOffset()) {
      throw new IllegalArgumentException(
          "Offsets of "
              + topic
              + "-"
              + partition
              + " are spread over several Spark partitions; don't repartition the events");
    }
  }

  /**
   * The first row from {@code row} on that comes after a row of another chunk, or {@link #rows()}.
   *
   * @throws IllegalArgumentException if both chunks have that row
   */
  int firstAfter(ExampleChunk other, int otherRow, int row) {
    int order = BY_PARTITION.compare(this, other);
    if (order != 0) {
      return order < 0 ? rows() : row;
    }
    int found = Arrays.binarySearch(offsets, row, rows(), other.offsets[otherRow]);
    if (found >= 0) {
      throw new IllegalArgumentException(
          "Offset " + offsets[found] + " of " + topic + "-" + partition + " came twice");
    }
    return -found - 1;
  }
}
