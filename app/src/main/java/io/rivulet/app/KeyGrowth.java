package io.rivulet.app;

/**
 * How many distinct keys stand in so many events. Their number grows by Heaps' law, u(n) = U · (n /
 * N)^0.75, from the U keys that a window of N events has; it is never more than all entries, n · F,
 * nor than the keys that the table holds.
 *
 * <p>In Criteo's click events the exponent is between 0.71 and 0.78 from 500 to 50,000 events.
 *
 * @param fields number of fields F, each with one key an event
 * @param resident keys that the table holds
 * @param perWindow distinct keys U of a window
 * @param windowRows events N of a window
 */
record KeyGrowth(int fields, long resident, double perWindow, long windowRows) {
  /** Exponent of Heaps' law. */
  private static final double HEAPS = 0.75;

  /** Distinct keys by entries, in 1,000 of Criteo's click events. */
  private static final double CRITEO_SHARE = 0.21;

  private static final double CRITEO_ROWS = 1000;

  /** Distinct keys of a window whose fields are like Criteo's. */
  static double criteo(int fields, long windowRows) {
    double grown = CRITEO_SHARE * fields * CRITEO_ROWS * Math.pow(windowRows / CRITEO_ROWS, HEAPS);
    return Math.min(grown, (double) windowRows * fields);
  }

  /** Distinct keys u(n) in {@code rows} events. */
  double distinct(double rows) {
    double grown = perWindow * Math.pow(rows / windowRows, HEAPS);
    return Math.min(Math.min(grown, rows * fields), (double) resident);
  }
}
