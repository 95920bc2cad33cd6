package io.rivulet.trainer.spark;

import io.rivulet.trainer.spark.ExampleChunk.RawBytes;
import java.io.Serializable;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/** Packs raw events: as examples those that a decoder reads, of the others where they are. */
final class RawPacker implements ChunkIterator.Packer {
  private final Columns columns;
  private final RowDecoder decoder;

  /** Where the columns of raw events are in a row. */
  record Columns(int topic, int partition, int offset, int key, int value) implements Serializable {
    /**
     * The columns of a schema.
     *
     * @throws IllegalArgumentException if one is missing
     */
    static Columns of(StructType schema) {
      return new Columns(
          schema.fieldIndex("topic"),
          schema.fieldIndex("partition"),
          schema.fieldIndex("offset"),
          schema.fieldIndex("key"),
          schema.fieldIndex("value"));
    }

    /** The event of a row, or null. */
    byte[] value(InternalRow row) {
      return bytes(row, value);
    }

    private RawBytes event(InternalRow row) {
      return new RawBytes(bytes(row, key), bytes(row, value));
    }

    private static byte[] bytes(InternalRow row, int column) {
      return row.isNullAt(column) ? null : row.getBinary(column);
    }
  }

  RawPacker(Columns columns, RowDecoder decoder) {
    this.columns = columns;
    this.decoder = decoder;
  }

  @Override
  public boolean pack(InternalRow row, ChunkBuilder chunk) {
    UTF8String topic = row.getUTF8String(columns.topic);
    int partition = row.getInt(columns.partition);
    long offset = row.getLong(columns.offset);
    if (!decoder.read(columns.value(row))) {
      String refusal = decoder.refusal();
      return refusal == null
          ? chunk.addOdd(topic, partition, offset)
          : chunk.refuse(
              topic, partition, offset, UTF8String.fromString(refusal), columns.event(row));
    }
    int[] fields = decoder.fields();
    if (!chunk.takes(topic, partition, offset, fields.length > 0)) {
      return false;
    }
    chunk.add(
        topic,
        partition,
        offset,
        decoder.label(),
        decoder.entries(),
        decoder.keys(),
        decoder.weights(),
        fields);
    return true;
  }
}
