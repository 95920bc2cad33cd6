package io.rivulet.trainer.tower;

/** How many rows of a matrix are worked on at a time, so that they stay in a core's first cache. */
final class RowBlocks {
  /** Floats of a block: four blocks fit the cache. */
  static final int FLOATS = 1 << 11;

  private RowBlocks() {}

  /** Rows of a block, of a matrix of this width. */
  static int rows(int width) {
    return Math.max(1, FLOATS / width);
  }

  /** Room for a row that is repeated over a block. */
  static float[] repeated(int width) {
    return new float[rows(width) * width];
  }

  /** Repeats the first row over the block. */
  static void repeat(float[] block, int width) {
    for (int done = width; done < block.length; done *= 2) {
      System.arraycopy(block, 0, block, done, Math.min(done, block.length - done));
    }
  }
}
