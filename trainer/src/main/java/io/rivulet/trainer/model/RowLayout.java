package io.rivulet.trainer.model;

/**
 * One row of the embedding table, 3 + 3E floats: the wide weight with FTRL's z and n, then the
 * embedding, then Adam's first and second moments of the embedding.
 */
public final class RowLayout {
  public static final int WIDE = 0;
  public static final int WIDE_Z = 1;
  public static final int WIDE_N = 2;
  public static final int EMBEDDING = 3;

  private RowLayout() {}

  /** Floats of a row with embeddings of width {@code embDim}. */
  public static int width(int embDim) {
    return Math.addExact(EMBEDDING, Math.multiplyExact(3, embDim));
  }

  /** Start of Adam's first moments. */
  public static int moment1(int embDim) {
    return EMBEDDING + embDim;
  }

  /** Start of Adam's second moments. */
  public static int moment2(int embDim) {
    return EMBEDDING + 2 * embDim;
  }
}
