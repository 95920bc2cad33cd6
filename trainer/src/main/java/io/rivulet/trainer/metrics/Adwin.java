package io.rivulet.trainer.metrics;

/**
 * A window over a stream of values that grows while their mean stays, and drops its older part when
 * that has another mean than the newer one. It is an exponential histogram, so memory and time grow
 * with the logarithm of its length.
 *
 * <p>Bifet and Gavaldà, "Learning from Time-Changing Data with Adaptive Windowing" (ADWIN2), SDM
 * 2007, with the bound for the variance at hand.
 */
public final class Adwin {
  /** Buckets of one size; with more the window is cut nearer to the change. */
  private static final int BUCKETS = 5;

  private static final int CHECK_EVERY = 32;

  /** Shorter parts aren't compared. */
  private static final int SHORTEST = 32;

  /** More than two to this power of values nobody counts. */
  private static final int MOST_LEVELS = 62;

  private final double delta;

  /**
   * Means of the values in each bucket; on level l a bucket has 2<sup>l</sup> of them, and the
   * oldest bucket is the first.
   */
  private final double[][] means = new double[MOST_LEVELS][];

  /** Sums of their squared deviations. */
  private final double[][] squares = new double[MOST_LEVELS][];

  /** Buckets of each level. */
  private final int[] buckets = new int[MOST_LEVELS];

  private int levels;
  private long count;
  private int sinceCheck;

  /**
   * A window without values.
   *
   * @param delta probability with which a comparison finds a change where there is none
   */
  public Adwin(double delta) {
    if (!(delta > 0 && delta < 1)) {
      throw new IllegalArgumentException("delta must be between 0 and 1, not " + delta);
    }
    this.delta = delta;
  }

  /** Number, mean and sum of squared deviations of some values. */
  private static final class Sum {
    private long count;
    private double mean;
    private double squares;

    /** Adds as many values; Chan, Golub and LeVeque, 1979. */
    void add(long otherCount, double otherMean, double otherSquares) {
      long n = count + otherCount;
      double apart = otherMean - mean;
      mean += apart * otherCount / n;
      squares += otherSquares + apart * apart * count * otherCount / n;
      count = n;
    }
  }

  /**
   * A change of the mean.
   *
   * @param before mean of the older values
   * @param after mean of the newer ones
   * @param count number of the newer ones
   */
  public record Change(double before, double after, long count) {}

  /**
   * Adds a value.
   *
   * @param value from 0 to 1
   * @return the change that it made certain, or null
   */
  public Change add(double value) {
    insert(value);
    if (++sinceCheck < CHECK_EVERY) {
      return null;
    }
    sinceCheck = 0;
    Change change = change();
    if (change != null) {
      while (count > change.count) {
        dropOldest();
      }
    }
    return change;
  }

  /** Number of values in the window. */
  public long count() {
    return count;
  }

  /** Mean of the values in the window; 0 for none. */
  public double mean() {
    return sum().mean;
  }

  private void insert(double value) {
    count++;
    double mean = value;
    double square = 0;
    for (int level = 0; ; level++) {
      if (level == levels) {
        means[level] = new double[BUCKETS];
        squares[level] = new double[BUCKETS];
        levels++;
      }
      if (buckets[level] < BUCKETS) {
        means[level][buckets[level]] = mean;
        squares[level][buckets[level]++] = square;
        return;
      }
      // The two oldest go up as one.
      Sum carried = new Sum();
      for (int i = 0; i < 2; i++) {
        carried.add(1L << level, means[level][0], squares[level][0]);
        removeOldest(level);
      }
      int last = buckets[level]++;
      means[level][last] = mean;
      squares[level][last] = square;
      mean = carried.mean;
      square = carried.squares;
    }
  }

  private void removeOldest(int level) {
    int left = --buckets[level];
    System.arraycopy(means[level], 1, means[level], 0, left);
    System.arraycopy(squares[level], 1, squares[level], 0, left);
  }

  private Sum sum() {
    Sum sum = new Sum();
    for (int level = levels - 1; level >= 0; level--) {
      for (int i = 0; i < buckets[level]; i++) {
        sum.add(1L << level, means[level][i], squares[level][i]);
      }
    }
    return sum;
  }

  /** Where the window's older and newer part differ most beyond chance; null if nowhere. */
  private Change change() {
    Sum all = sum();
    double variance = all.count < 2 * SHORTEST ? 0 : all.squares / all.count;
    double confidence = Math.log(2 * Math.log(Math.max(all.count, 3)) / delta);
    Sum older = new Sum();
    Change most = null;
    double mostBeyond = 0;
    for (int level = levels - 1; level >= 0; level--) {
      for (int i = 0; i < buckets[level]; i++) {
        older.add(1L << level, means[level][i], squares[level][i]);
        long newer = all.count - older.count;
        if (older.count < SHORTEST || newer < SHORTEST) {
          continue;
        }
        double newerMean = (all.mean * all.count - older.mean * older.count) / newer;
        double inverse = 1.0 / older.count + 1.0 / newer;
        double bound =
            Math.sqrt(2 * inverse * variance * confidence) + 2.0 / 3 * inverse * confidence;
        double beyond = Math.abs(older.mean - newerMean) / bound - 1;
        if (beyond > mostBeyond) {
          mostBeyond = beyond;
          most = new Change(older.mean, newerMean, newer);
        }
      }
    }
    return most;
  }

  private void dropOldest() {
    count -= 1L << (levels - 1);
    removeOldest(levels - 1);
    while (levels > 0 && buckets[levels - 1] == 0) {
      levels--;
    }
  }
}
