package io.rivulet.app.bench;

import java.util.Arrays;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * A mean, and Student's interval that holds the true one with 95 % confidence.
 *
 * @param mean NaN without values
 * @param sd standard deviation of the values, by n − 1; NaN for fewer than two
 * @param low lower end; NaN for fewer than two values
 * @param high upper end; NaN for fewer than two values
 */
record MeanInterval(double mean, double sd, double low, double high) {
  private static final double UPPER = 0.975;

  static MeanInterval of(double... values) {
    int n = values.length;
    double mean = Arrays.stream(values).average().orElse(Double.NaN);
    if (n < 2) {
      return new MeanInterval(mean, Double.NaN, Double.NaN, Double.NaN);
    }
    double squares = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
    double sd = Math.sqrt(squares / (n - 1));
    double half = new TDistribution(n - 1).inverseCumulativeProbability(UPPER) * sd / Math.sqrt(n);
    return new MeanInterval(mean, sd, mean - half, mean + half);
  }
}
