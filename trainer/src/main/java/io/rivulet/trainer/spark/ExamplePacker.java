package io.rivulet.trainer.spark;

import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.unsafe.types.UTF8String;

/** Packs rows with the columns of {@link ExampleColumns}. */
final class ExamplePacker implements ChunkIterator.Packer {
  private static final int[] NONE = {};

  @Override
  public boolean pack(InternalRow row, ChunkBuilder chunk) {
    UTF8String topic = row.getUTF8String(ExampleColumns.TOPIC);
    int partition = row.getInt(ExampleColumns.PARTITION);
    long offset = row.getLong(ExampleColumns.OFFSET);
    if (!row.isNullAt(ExampleColumns.REASON)) {
      return chunk.refuse(topic, partition, offset, row.getUTF8String(ExampleColumns.REASON), null);
    }
    boolean pooled = !row.isNullAt(ExampleColumns.FIELDS);
    if (!chunk.takes(topic, partition, offset, pooled)) {
      return false;
    }
    ArrayData keys = row.getArray(ExampleColumns.KEYS);
    chunk.add(
        topic,
        partition,
        offset,
        row.getFloat(ExampleColumns.LABEL),
        keys.numElements(),
        keys.toLongArray(),
        row.getArray(ExampleColumns.WEIGHTS).toFloatArray(),
        pooled ? row.getArray(ExampleColumns.FIELDS).toIntArray() : NONE);
    return true;
  }
}
