package io.rivulet.features;

import static org.apache.spark.sql.functions.abs;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.log;
import static org.apache.spark.sql.functions.pow;
import static org.apache.spark.sql.functions.signum;
import static org.apache.spark.sql.functions.when;

import org.apache.spark.sql.Column;

/**
 * Buckets of numbers, which grow with the number: of a = ⌊|x|⌋, at most 2³⁶, the bucket is a up to
 * 2 and 2 + ⌊ln(a)²⌋ beyond; of a negative x its negative. So small counts differ each from the
 * next, and large ones by their order (as the winners of Criteo's challenge of 2014 had it: Juan et
 * al., "3 Idiots' Approach"). Where fields may have fractions a is ⌊1024·|x|⌋.
 *
 * <p>ln(a)² of such an integer is never so near to an integer that a logarithm that is right to a
 * few units in the last place, the JVM's or a GPU's, could give another bucket.
 */
final class Buckets {
  private static final long AS_THEY_ARE = 2;
  private static final int FRACTIONS = 1024;
  static final long LARGEST = 1L << 36;

  private Buckets() {}

  /** The bucket of a double that isn't null, a bigint. */
  static Column of(Column number, boolean whole) {
    Column a = least(floor(abs(number).multiply(scale(whole))), lit(LARGEST));
    return when(a.leq(AS_THEY_ARE), a)
        .otherwise(floor(pow(log(a), 2)).plus(AS_THEY_ARE))
        .multiply(signum(number).cast("bigint"));
  }

  /** The same, computed here and now. */
  static long of(double number, boolean whole) {
    long a = Math.min((long) (Math.abs(number) * scale(whole)), LARGEST);
    long bucket = a <= AS_THEY_ARE ? a : (long) square(Math.log(a)) + AS_THEY_ARE;
    return number < 0 ? -bucket : bucket;
  }

  /** A power of two, so that nothing is rounded. */
  private static double scale(boolean whole) {
    return whole ? 1 : FRACTIONS;
  }

  private static double square(double x) {
    return x * x;
  }
}
