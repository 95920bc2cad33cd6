package io.rivulet.trainer.metrics;

import java.util.ArrayList;
import java.util.List;

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

  private final double delta;

  /** Buckets of 1, 2, 4, … values; in each the oldest first. */
  private final List<List<Bucket>> levels = new ArrayList<>();

  private long sinceCheck;

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
  private record Bucket(long count, double mean, double squares) {
    static final Bucket EMPTY = new Bucket(0, 0, 0);

    /** Chan, Golub and LeVeque, 1979. */
    Bucket plus(Bucket other) {
      long n = count + other.count;
      if (n == 0) {
        return EMPTY;
      }
      double apart = other.mean - mean;
      return new Bucket(
          n,
          mean + apart * other.count / n,
          squares + other.squares + apart * apart * count * other.count / n);
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
    insert(new Bucket(1, value, 0));
    if (++sinceCheck < CHECK_EVERY) {
      return null;
    }
    sinceCheck = 0;
    Change change = change();
    if (change != null) {
      while (count() > change.count) {
        dropOldest();
      }
    }
    return change;
  }

  /** Number of values in the window. */
  public long count() {
    return sum().count;
  }

  /** Mean of the values in the window; 0 for none. */
  public double mean() {
    return sum().mean;
  }

  private void insert(Bucket added) {
    Bucket carried = added;
    for (int level = 0; carried != null; level++) {
      if (level == levels.size()) {
        levels.add(new ArrayList<>(BUCKETS + 1));
      }
      List<Bucket> buckets = levels.get(level);
      buckets.add(carried);
      carried = buckets.size() > BUCKETS ? buckets.remove(0).plus(buckets.remove(0)) : null;
    }
  }

  private Bucket sum() {
    Bucket sum = Bucket.EMPTY;
    for (int level = levels.size() - 1; level >= 0; level--) {
      for (Bucket bucket : levels.get(level)) {
        sum = sum.plus(bucket);
      }
    }
    return sum;
  }

  /** Where the window's older and newer part differ most beyond chance; null if nowhere. */
  private Change change() {
    Bucket all = sum();
    double variance = all.count < 2 * SHORTEST ? 0 : all.squares / all.count;
    double confidence = Math.log(2 * Math.log(Math.max(all.count, 3)) / delta);
    Bucket older = Bucket.EMPTY;
    Change most = null;
    double mostBeyond = 0;
    for (int level = levels.size() - 1; level >= 0; level--) {
      for (Bucket bucket : levels.get(level)) {
        older = older.plus(bucket);
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
    List<Bucket> oldest = levels.get(levels.size() - 1);
    oldest.remove(0);
    if (oldest.isEmpty()) {
      levels.remove(levels.size() - 1);
    }
  }
}
