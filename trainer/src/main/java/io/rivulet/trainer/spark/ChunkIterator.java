package io.rivulet.trainer.spark;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * Packs rows into chunks: a new one where the partition of the events changes, an offset doesn't
 * ascend, or the chunk is full.
 */
final class ChunkIterator implements Iterator<ExampleChunk> {
  private final Iterator<InternalRow> rows;
  private final Packer packer;
  private final int fieldCount;
  private final int chunkRows;

  /** The row that ended the last chunk; it begins the next. */
  private InternalRow pending;

  /** Knows a kind of rows. */
  interface Packer {
    /** Puts a row into a chunk; false if it must begin another, which an empty one never says. */
    boolean pack(InternalRow row, ChunkBuilder chunk);
  }

  ChunkIterator(Iterator<InternalRow> rows, Packer packer, int fieldCount, int chunkRows) {
    this.rows = rows;
    this.packer = packer;
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
    ChunkBuilder chunk = new ChunkBuilder(fieldCount);
    while (hasNext() && chunk.rows() < chunkRows) {
      InternalRow row = pending != null ? pending : rows.next();
      pending = null;
      if (!packer.pack(row, chunk)) {
        // Spark reuses its row object, so one that waits for the next chunk is copied.
        pending = row.copy();
        break;
      }
    }
    return chunk.build();
  }
}
