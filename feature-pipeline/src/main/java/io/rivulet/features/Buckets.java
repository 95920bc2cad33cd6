package io.rivulet.features;

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
  static final long AS_THEY_ARE = 2;
  private static final int FRACTIONS = 1024;
  static final long LARGEST = 1L << 36;

  private Buckets() {}

  /** The bucket of a number that isn't NaN; {@link FeatureColumns} has the same for Spark. */
  static long of(double number, boolean whole) {
    long a = Math.min((long) (Math.abs(number) * scale(whole)), LARGEST);
    long bucket = a <= AS_THEY_ARE ? a : (long) square(Math.log(a)) + AS_THEY_ARE;
    return number < 0 ? -bucket : bucket;
  }

  /** A power of two, so that nothing is rounded. */
  static double scale(boolean whole) {
    return whole ? 1 : FRACTIONS;
  }

  private static double square(double x) {
    return x * x;
  }
}
