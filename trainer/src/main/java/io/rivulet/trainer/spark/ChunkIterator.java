package io.rivulet.trainer.spark;

import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Packs rows into chunks: a new one where the partition of the events changes, an offset doesn't
 * ascend, or the chunk is full.
 */
final class ChunkIterator implements Iterator<ExampleChunk> {
  private final Iterator<InternalRow> rows;
  private final int fieldCount;
  private final int chunkRows;

  /** The row that ended the last chunk; it begins the next. */
  private InternalRow pending;

  ChunkIterator(Iterator<InternalRow> rows, int fieldCount, int chunkRows) {
    this.rows = rows;
    this.fieldCount = fieldCount;
    this.chunkRows = chunkRows;
  }

  @Override
  public boolean hasNext() {
    return pending != null || rows.hasNext();
  }

  @Override
  public ExampleChunk next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    Builder builder = new Builder();
    while (hasNext() && builder.rows < chunkRows) {
      // Spark reuses its row object, so one that waits for the next chunk is copied.
      InternalRow row = pending != null ? pending : rows.next();
      pending = null;
      if (!row.isNullAt(ExampleColumns.REASON)) {
        builder.refused.merge(row.getUTF8String(ExampleColumns.REASON).toString(), 1L, Long::sum);
      } else if (builder.follows(row)) {
        builder.add(row);
      } else {
        pending = row.copy();
        break;
      }
    }
    return builder.build();
  }

  private final class Builder {
    private final TreeMap<String, Long> refused = new TreeMap<>();
    private UTF8String topic = UTF8String.EMPTY_UTF8;
    private int partition;
    private long firstOffset;
    private long lastOffset;
    private boolean pooled;
    private int rows;
    private int size;
    private float[] labels = new float[256];
    private int[] entries = new int[256];
    private long[] keys = new long[256 * fieldCount];
    private float[] weights = new float[256 * fieldCount];
    private int[] fields = new int[256 * fieldCount];

    boolean follows(InternalRow row) {
      return rows == 0
          || (row.getInt(ExampleColumns.PARTITION) == partition
              && row.getLong(ExampleColumns.OFFSET) > lastOffset
              && row.getUTF8String(ExampleColumns.TOPIC).equals(topic)
              && row.isNullAt(ExampleColumns.FIELDS) != pooled);
    }

    void add(InternalRow row) {
      if (rows == 0) {
        topic = row.getUTF8String(ExampleColumns.TOPIC).clone();
        partition = row.getInt(ExampleColumns.PARTITION);
        firstOffset = row.getLong(ExampleColumns.OFFSET);
        pooled = !row.isNullAt(ExampleColumns.FIELDS);
      }
      lastOffset = row.getLong(ExampleColumns.OFFSET);
      ArrayData rowKeys = row.getArray(ExampleColumns.KEYS);
      int n = rowKeys.numElements();
      if (!pooled && n != fieldCount) {
        throw new IllegalArgumentException(
            "An example has " + n + " keys for " + fieldCount + " fields; check field_size");
      }
      if (rows == labels.length) {
        labels = Arrays.copyOf(labels, 2 * rows);
        entries = Arrays.copyOf(entries, 2 * rows);
      }
      if (size + n > keys.length) {
        keys = Arrays.copyOf(keys, 2 * (size + n));
        weights = Arrays.copyOf(weights, keys.length);
        fields = Arrays.copyOf(fields, keys.length);
      }
      labels[rows] = row.getFloat(ExampleColumns.LABEL);
      entries[rows] = n;
      System.arraycopy(rowKeys.toLongArray(), 0, keys, size, n);
      System.arraycopy(row.getArray(ExampleColumns.WEIGHTS).toFloatArray(), 0, weights, size, n);
      if (pooled) {
        System.arraycopy(row.getArray(ExampleColumns.FIELDS).toIntArray(), 0, fields, size, n);
      }
      size += n;
      rows++;
    }

    ExampleChunk build() {
      return new ExampleChunk(
          topic.toString(),
          partition,
          firstOffset,
          lastOffset,
          Arrays.copyOf(labels, rows),
          Arrays.copyOf(keys, size),
          Arrays.copyOf(weights, size),
          pooled ? Arrays.copyOf(entries, rows) : new int[0],
          pooled ? Arrays.copyOf(fields, size) : new int[0],
          refused);
    }
  }
}
