package io.rivulet.trainer.spark;

import io.rivulet.trainer.spark.ExampleChunk.RawBytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.unsafe.types.UTF8String;

/** A chunk that is being filled. */
final class ChunkBuilder {
  private static final int ROWS = 256;

  /** Refused events are left in the source once they have more bytes than this. */
  private static final long MAX_REFUSED_BYTES = 16 << 20;

  private final int fieldCount;

  /** Each reason once, though many events may have it. */
  private final Map<UTF8String, String> knownReasons = new HashMap<>();

  /** Null before the first row. */
  private UTF8String topic;

  private int partition;
  private long lastOffset;
  private boolean pooled;
  private int rows;
  private int size;
  private int oddRows;
  private long[] offsets = new long[ROWS];
  private float[] labels = new float[ROWS];
  private int[] starts = new int[ROWS + 1];
  private long[] keys;
  private float[] weights;
  private int[] fields = new int[0];
  private long[] odd = new long[0];
  private int refusedRows;
  private long[] refused = new long[0];
  private String[] reasons = new String[0];

  /** Null once some of the refused events were left in the source. */
  private List<RawBytes> refusedEvents = new ArrayList<>();

  private long refusedBytes;

  ChunkBuilder(int fieldCount) {
    this.fieldCount = fieldCount;
    this.keys = new long[ROWS * fieldCount];
    this.weights = new float[ROWS * fieldCount];
  }

  /** Number of examples. */
  int rows() {
    return rows;
  }

  /** Whether an example may come next. */
  boolean takes(UTF8String itsTopic, int itsPartition, long offset, boolean isPooled) {
    return isOf(itsTopic, itsPartition)
        && (rows == 0 || (offset > lastOffset && isPooled == pooled));
  }

  private boolean isOf(UTF8String itsTopic, int itsPartition) {
    return topic == null || (itsPartition == partition && itsTopic.equals(topic));
  }

  private void begin(UTF8String itsTopic, int itsPartition) {
    if (topic == null) {
      topic = itsTopic.clone();
      partition = itsPartition;
    }
  }

  /**
   * Adds an example that the chunk {@link #takes}.
   *
   * @param n number of its entries
   * @param itsKeys [n] and whatever comes behind
   * @param itsWeights as {@code itsKeys}
   * @param itsFields as {@code itsKeys}, or empty where every field has one entry
   * @throws IllegalArgumentException if there should be one entry a field, and isn't
   */
  void add(
      UTF8String itsTopic,
      int itsPartition,
      long offset,
      float label,
      int n,
      long[] itsKeys,
      float[] itsWeights,
      int[] itsFields) {
    begin(itsTopic, itsPartition);
    pooled = itsFields.length > 0;
    if (!pooled && n != fieldCount) {
      throw new IllegalArgumentException(
          "An example has " + n + " keys for " + fieldCount + " fields; check field_size");
    }
    reserve(n);
    lastOffset = offset;
    offsets[rows] = offset;
    labels[rows] = label;
    System.arraycopy(itsKeys, 0, keys, size, n);
    System.arraycopy(itsWeights, 0, weights, size, n);
    if (pooled) {
      System.arraycopy(itsFields, 0, fields, size, n);
    }
    size += n;
    rows++;
    starts[rows] = size;
  }

  private void reserve(int n) {
    if (rows == labels.length) {
      offsets = Arrays.copyOf(offsets, 2 * rows);
      labels = Arrays.copyOf(labels, 2 * rows);
      starts = Arrays.copyOf(starts, 2 * rows + 1);
    }
    if (size + n > keys.length) {
      keys = Arrays.copyOf(keys, 2 * (size + n));
      weights = Arrays.copyOf(weights, keys.length);
    }
    if (pooled && fields.length < keys.length) {
      fields = Arrays.copyOf(fields, keys.length);
    }
  }

  /** Notes where an event is that Spark SQL has to judge; false if it is of another partition. */
  boolean addOdd(UTF8String itsTopic, int itsPartition, long offset) {
    if (!isOf(itsTopic, itsPartition)) {
      return false;
    }
    begin(itsTopic, itsPartition);
    if (oddRows == odd.length) {
      odd = Arrays.copyOf(odd, Math.max(16, 2 * oddRows));
    }
    odd[oddRows++] = offset;
    return true;
  }

  /**
   * Notes an event that isn't an example; false if it is of another partition.
   *
   * @param event the event itself, or null if it is left in the source
   */
  boolean refuse(
      UTF8String itsTopic, int itsPartition, long offset, UTF8String reason, RawBytes event) {
    if (!isOf(itsTopic, itsPartition)) {
      return false;
    }
    begin(itsTopic, itsPartition);
    if (refusedRows == refused.length) {
      refused = Arrays.copyOf(refused, Math.max(16, 2 * refusedRows));
      reasons = Arrays.copyOf(reasons, refused.length);
    }
    String known = knownReasons.get(reason);
    if (known == null) {
      known = reason.toString();
      knownReasons.put(reason.clone(), known);
    }
    refused[refusedRows] = offset;
    reasons[refusedRows++] = known;
    keep(event);
    return true;
  }

  private void keep(RawBytes event) {
    refusedBytes += event == null ? 0 : event.length();
    if (event == null || refusedBytes > MAX_REFUSED_BYTES) {
      refusedEvents = null;
    } else if (refusedEvents != null) {
      refusedEvents.add(event);
    }
  }

  ExampleChunk build() {
    return new ExampleChunk(
        topic == null ? "" : topic.toString(),
        partition,
        Arrays.copyOf(offsets, rows),
        Arrays.copyOf(labels, rows),
        Arrays.copyOf(keys, size),
        Arrays.copyOf(weights, size),
        pooled ? Arrays.copyOf(starts, rows + 1) : new int[0],
        pooled ? Arrays.copyOf(fields, size) : new int[0],
        Arrays.copyOf(odd, oddRows),
        Arrays.copyOf(refused, refusedRows),
        Arrays.copyOf(reasons, refusedRows),
        refusedEvents == null ? new RawBytes[0] : refusedEvents.toArray(RawBytes[]::new));
  }
}
