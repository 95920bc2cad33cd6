package io.rivulet.trainer.model;

import java.util.Arrays;

/**
 * Rows of floats by 64-bit key, each with a stamp that tells when it was last used. Rows are
 * numbered from 0 in the order in which they were added, until one is removed, whose number the
 * last row takes. They lie in pages of about a megabyte that are never moved. Keys are found by
 * open addressing with linear probing in {@value #SEGMENTS} independent segments; a segment doubles
 * alone, at a load of its own between one half and three quarters, so that growing never stops the
 * learner for longer than it takes to move a thousandth of the keys.
 *
 * <p>One thread at a time.
 */
public final class EmbeddingTable {
  private static final int SEGMENT_BITS = 10;
  private static final int SEGMENTS = 1 << SEGMENT_BITS;
  private static final int FIRST_SLOTS = 8;
  private static final int PAGE_FLOATS = 1 << 18;

  private final int rowWidth;
  private final int pageShift;
  private final int pageMask;
  private float[][] pages = new float[4][];
  private long[][] keys = new long[4][];
  private int[][] stamps = new int[4][];
  private int size;

  private final long[][] slotKeys = new long[SEGMENTS][];

  /** Row number + 1; 0 marks an empty slot. */
  private final int[][] slotRows = new int[SEGMENTS][];

  private final int[] used = new int[SEGMENTS];

  /** An empty table whose rows have {@code rowWidth} floats. */
  public EmbeddingTable(int rowWidth) {
    if (rowWidth < 1) {
      throw new IllegalArgumentException("A row needs at least one float, not " + rowWidth);
    }
    this.rowWidth = rowWidth;
    int rowsPerPage = Integer.highestOneBit(Math.max(1, PAGE_FLOATS / rowWidth));
    pageShift = Integer.numberOfTrailingZeros(rowsPerPage);
    pageMask = rowsPerPage - 1;
  }

  /** Number of rows. */
  public int size() {
    return size;
  }

  /** Floats of a row. */
  public int rowWidth() {
    return rowWidth;
  }

  /** The row of {@code key}, or -1. */
  public int find(long key) {
    long h = CounterRandom.mix(key);
    int s = segment(h);
    if (slotRows[s] == null) {
      return -1;
    }
    return slotRows[s][slot(s, h, key)] - 1;
  }

  /**
   * Adds a row of zeros for {@code key}, which must not be in the table.
   *
   * @return its number, which is the table's size before the call
   * @throws IllegalStateException if the table can't number another row
   */
  public int add(long key) {
    if (size == Integer.MAX_VALUE - 1) {
      throw new IllegalStateException("The embedding table is full: " + size + " rows");
    }
    long h = CounterRandom.mix(key);
    int s = segment(h);
    ensureRoom(s);
    int slot = slot(s, h, key);
    if (slotRows[s][slot] != 0) {
      throw new IllegalArgumentException("Key " + key + " is already in the table");
    }
    int row = size++;
    slotKeys[s][slot] = key;
    slotRows[s][slot] = row + 1;
    used[s]++;
    int page = row >>> pageShift;
    if (page == pages.length) {
      pages = Arrays.copyOf(pages, 2 * page);
      keys = Arrays.copyOf(keys, 2 * page);
      stamps = Arrays.copyOf(stamps, 2 * page);
    }
    if (pages[page] == null) {
      pages[page] = new float[rowWidth << pageShift];
      keys[page] = new long[1 << pageShift];
      stamps[page] = new int[1 << pageShift];
    }
    int at = row & pageMask;
    keys[page][at] = key;
    stamps[page][at] = 0;
    // Where a row was removed, its floats are still there.
    Arrays.fill(pages[page], at * rowWidth, (at + 1) * rowWidth, 0f);
    return row;
  }

  /** Removes row number {@code row}; the last row gets its number. Memory is kept for new rows. */
  public void remove(int row) {
    removeKey(key(row));
    int last = --size;
    if (row != last) {
      long moved = key(last);
      long h = CounterRandom.mix(moved);
      int s = segment(h);
      slotRows[s][slot(s, h, moved)] = row + 1;
      int page = row >>> pageShift;
      int lastPage = last >>> pageShift;
      keys[page][row & pageMask] = moved;
      stamps[page][row & pageMask] = stamps[lastPage][last & pageMask];
      System.arraycopy(
          pages[lastPage],
          (last & pageMask) * rowWidth,
          pages[page],
          (row & pageMask) * rowWidth,
          rowWidth);
    }
  }

  /** Empties a key's slot, and moves up those that were put behind it since it was taken. */
  private void removeKey(long key) {
    long h = CounterRandom.mix(key);
    int s = segment(h);
    long[] ks = slotKeys[s];
    int[] rs = slotRows[s];
    int mask = ks.length - 1;
    int hole = slot(s, h, key);
    used[s]--;
    for (int i = (hole + 1) & mask; rs[i] != 0; i = (i + 1) & mask) {
      int home = (int) CounterRandom.mix(ks[i]) & mask;
      // Whether the hole lies between where it belongs and where it is, going round.
      if (((i - home) & mask) >= ((i - hole) & mask)) {
        ks[hole] = ks[i];
        rs[hole] = rs[i];
        hole = i;
      }
    }
    rs[hole] = 0;
  }

  /** When row number {@code row} was last used. */
  public int stamp(int row) {
    return stamps[row >>> pageShift][row & pageMask];
  }

  /** Notes when row number {@code row} was used. */
  public void stamp(int row, int when) {
    stamps[row >>> pageShift][row & pageMask] = when;
  }

  /** The key of row number {@code row}. */
  public long key(int row) {
    return keys[row >>> pageShift][row & pageMask];
  }

  /** Copies row number {@code row} to {@code target[offset …]}. */
  public void read(int row, float[] target, int offset) {
    System.arraycopy(
        pages[row >>> pageShift], (row & pageMask) * rowWidth, target, offset, rowWidth);
  }

  /** Copies {@code source[offset …]} to row number {@code row}. */
  public void write(int row, float[] source, int offset) {
    System.arraycopy(
        source, offset, pages[row >>> pageShift], (row & pageMask) * rowWidth, rowWidth);
  }

  private static int segment(long hash) {
    return (int) (hash >>> (Long.SIZE - SEGMENT_BITS));
  }

  /** Where {@code key} is or would go. */
  private int slot(int s, long hash, long key) {
    long[] ks = slotKeys[s];
    int[] rs = slotRows[s];
    int mask = ks.length - 1;
    int i = (int) hash & mask;
    while (rs[i] != 0 && ks[i] != key) {
      i = (i + 1) & mask;
    }
    return i;
  }

  private void ensureRoom(int s) {
    if (slotRows[s] == null) {
      slotKeys[s] = new long[FIRST_SLOTS];
      slotRows[s] = new int[FIRST_SLOTS];
      return;
    }
    int slots = slotRows[s].length;
    long limit = slots / 2 + (long) slots * s / (4 * SEGMENTS);
    if (used[s] < limit) {
      return;
    }
    long[] oldKeys = slotKeys[s];
    int[] oldRows = slotRows[s];
    slotKeys[s] = new long[2 * slots];
    slotRows[s] = new int[2 * slots];
    for (int i = 0; i < slots; i++) {
      if (oldRows[i] != 0) {
        int to = slot(s, CounterRandom.mix(oldKeys[i]), oldKeys[i]);
        slotKeys[s][to] = oldKeys[i];
        slotRows[s][to] = oldRows[i];
      }
    }
  }
}
