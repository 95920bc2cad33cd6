package io.rivulet.trainer.model;

/**
 * Counts how often keys came, in a fixed memory: since counts were last halved never too few, and
 * too many where other keys share its counters (Cormode and Muthukrishnan, J. Algorithms 2005),
 * which conservative update makes rare (Estan and Varghese, SIGCOMM 2002). After as many additions
 * as a row has counters all are halved, so that what came long ago fades (TinyLFU's reset; Einziger
 * et al., ACM ToS 2017).
 */
public final class CountMinSketch {
  /** The largest count. */
  public static final int MOST = 255;

  private static final int ROWS = 2;

  /** Odd, so that each gives a permutation of the keys, which are hashes already. */
  private static final long[] MULTIPLIERS = {0x9E3779B97F4A7C15L, 0xD6E8FEB86659FD93L};

  private final int bits;

  /** [rows × 2^bits], each unsigned. */
  private final byte[] counters;

  private int sinceHalved;

  /**
   * A sketch that has counted nothing.
   *
   * @param bits logarithm of the counters of each of two rows, 1 to 28; a counter is a byte
   */
  public CountMinSketch(int bits) {
    if (bits < 1 || bits > 28) {
      throw new IllegalArgumentException("No sketch of 2^" + bits + " counters");
    }
    this.bits = bits;
    this.counters = new byte[ROWS << bits];
  }

  /** Counts a key; returns how often it came, at most {@link #MOST}. */
  public int add(long key) {
    if (++sinceHalved > 1 << bits) {
      for (int i = 0; i < counters.length; i++) {
        counters[i] = (byte) ((counters[i] & 0xFF) >>> 1);
      }
      sinceHalved = 1;
    }
    int first = place(key, 0);
    int second = place(key, 1);
    int count = Math.min(counters[first] & 0xFF, counters[second] & 0xFF);
    if (count < MOST) {
      count++;
      counters[first] = (byte) Math.max(counters[first] & 0xFF, count);
      counters[second] = (byte) Math.max(counters[second] & 0xFF, count);
    }
    return count;
  }

  private int place(long key, int row) {
    return (row << bits) + (int) (key * MULTIPLIERS[row] >>> Long.SIZE - bits);
  }
}
