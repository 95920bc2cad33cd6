package io.rivulet.trainer.spark;

import io.rivulet.trainer.model.ExampleBlock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Rows of a chunk that come one after the other.
 *
 * @param from first row
 * @param until row after the last
 */
record ChunkRows(ExampleChunk chunk, int from, int until) {

  /** In the order of (topic, partition, offset); of rows that aren't empty and don't overlap. */
  static final Comparator<ChunkRows> BY_PLACE =
      Comparator.comparing(ChunkRows::chunk, ExampleChunk.BY_PARTITION)
          .thenComparingLong(rows -> rows.chunk.offsets()[rows.from]);

  int rows() {
    return until - from;
  }

  /** Those of these rows whose offsets are within a range. */
  ChunkRows within(long fromOffset, long untilOffset) {
    int first = firstAt(fromOffset);
    return new ChunkRows(chunk, first, Math.max(first, firstAt(untilOffset)));
  }

  private int firstAt(long offset) {
    int found = Arrays.binarySearch(chunk.offsets(), from, until, offset);
    return found >= 0 ? found : -found - 1;
  }

  /** All rows of each chunk. */
  static List<ChunkRows> all(List<ExampleChunk> chunks) {
    return chunks.stream().map(chunk -> new ChunkRows(chunk, 0, chunk.rows())).toList();
  }

  /**
   * The rows of two lists of chunks in the order of (topic, partition, offset).
   *
   * @param some not empty ones, in that order
   * @param others as {@code some}
   * @throws IllegalArgumentException if a row is in both
   */
  static List<ChunkRows> merged(List<ExampleChunk> some, List<ExampleChunk> others) {
    List<ChunkRows> merged = new ArrayList<>();
    Cursor a = new Cursor(some);
    Cursor b = new Cursor(others);
    while (a.more() && b.more()) {
      a.takeUntil(b, merged);
      if (a.more()) {
        b.takeUntil(a, merged);
      }
    }
    a.takeRest(merged);
    b.takeRest(merged);
    return merged;
  }

  /** A place in a list of chunks. */
  private static final class Cursor {
    private final List<ExampleChunk> chunks;
    private int chunk;
    private int row;

    Cursor(List<ExampleChunk> chunks) {
      this.chunks = chunks;
    }

    boolean more() {
      return chunk < chunks.size();
    }

    /** Moves to the first row after the other's, or to the next chunk if that comes first. */
    void takeUntil(Cursor other, List<ChunkRows> taken) {
      ExampleChunk here = chunks.get(chunk);
      take(here.firstAfter(other.chunks.get(other.chunk), other.row, row), taken);
    }

    void takeRest(List<ChunkRows> taken) {
      while (more()) {
        take(chunks.get(chunk).rows(), taken);
      }
    }

    private void take(int until, List<ChunkRows> taken) {
      ExampleChunk here = chunks.get(chunk);
      if (until > row) {
        taken.add(new ChunkRows(here, row, until));
      }
      row = until;
      if (row == here.rows()) {
        chunk++;
        row = 0;
      }
    }
  }

  /** The rows of all parts, one part after the other. */
  static ExampleBlock concatenate(List<ChunkRows> parts, int fieldCount) {
    int rows = parts.stream().mapToInt(ChunkRows::rows).sum();
    int total = parts.stream().mapToInt(part -> part.entries(fieldCount)).sum();
    boolean pooled = parts.stream().anyMatch(part -> part.chunk.pooled());
    float[] labels = new float[rows];
    long[] keys = new long[total];
    float[] weights = new float[total];
    int[] starts = new int[pooled ? rows + 1 : 0];
    int[] fields = new int[pooled ? total : 0];
    int row = 0;
    int entry = 0;
    for (ChunkRows part : parts) {
      ExampleChunk chunk = part.chunk;
      int first = chunk.start(part.from, fieldCount);
      int count = part.entries(fieldCount);
      System.arraycopy(chunk.labels(), part.from, labels, row, part.rows());
      System.arraycopy(chunk.keys(), first, keys, entry, count);
      System.arraycopy(chunk.weights(), first, weights, entry, count);
      if (pooled) {
        for (int r = 1; r <= part.rows(); r++) {
          starts[row + r] = entry + chunk.start(part.from + r, fieldCount) - first;
        }
        for (int i = 0; i < count; i++) {
          fields[entry + i] = chunk.pooled() ? chunk.fields()[first + i] : i % fieldCount;
        }
      }
      row += part.rows();
      entry += count;
    }
    return new ExampleBlock(fieldCount, labels, keys, weights, starts, fields);
  }

  private int entries(int fieldCount) {
    return chunk.start(until, fieldCount) - chunk.start(from, fieldCount);
  }
}
