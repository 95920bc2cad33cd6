package io.rivulet.app.bench;

import java.math.BigDecimal;
import java.math.MathContext;

/** Numbers for reports. */
final class Figures {
  private static final MathContext FOUR_DIGITS = new MathContext(4);

  private Figures() {}

  /** A percentile of ascending values by nearest rank; NaN of none. */
  static double percentile(double[] sorted, int percent) {
    return sorted.length == 0
        ? Double.NaN
        : sorted[(int) Math.ceil(percent * sorted.length / 100.0) - 1];
  }

  /** A number of any size with four significant digits; null if it isn't finite. */
  static Object significant(double value) {
    return Double.isFinite(value)
        ? (Object) new BigDecimal(value).round(FOUR_DIGITS).doubleValue()
        : null;
  }
}
