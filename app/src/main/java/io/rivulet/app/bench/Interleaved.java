package io.rivulet.app.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Measures contenders in turn, A B C A B C …, so that whatever slows the machine down for a while
 * meets all of them alike.
 *
 * @param <T> what one measurement of a contender gives
 */
final class Interleaved<T> {
  private final Map<String, Supplier<T>> contenders = new LinkedHashMap<>();

  /** Adds a contender, which runs after those added before it. */
  void add(String name, Supplier<T> contender) {
    contenders.put(name, contender);
  }

  /** Runs a round that warms up and isn't counted, then {@code repeats} rounds that are. */
  Rounds<T> run(int repeats) {
    Map<String, List<T>> samples = new LinkedHashMap<>();
    contenders.keySet().forEach(name -> samples.put(name, new ArrayList<>()));
    for (int round = 0; round <= repeats; round++) {
      for (Map.Entry<String, Supplier<T>> contender : contenders.entrySet()) {
        T sample = contender.getValue().get();
        if (round > 0) {
          samples.get(contender.getKey()).add(sample);
        }
      }
    }
    return new Rounds<>(samples);
  }

  /**
   * What the counted rounds gave.
   *
   * @param samples of each contender, in the order of the rounds
   */
  record Rounds<T>(Map<String, List<T>> samples) {

    /** Median of a figure of a contender; NaN if it didn't run. */
    double median(String contender, ToDoubleFunction<T> figure) {
      return Interleaved.median(figures(contender, figure));
    }

    /** Median of the ratios to {@code base} round by round; NaN if one of them didn't run. */
    double ratio(String contender, String base, ToDoubleFunction<T> figure) {
      double[] above = figures(contender, figure);
      double[] below = figures(base, figure);
      double[] ratios = new double[Math.min(above.length, below.length)];
      Arrays.setAll(ratios, round -> above[round] / below[round]);
      return Interleaved.median(ratios);
    }

    private double[] figures(String contender, ToDoubleFunction<T> figure) {
      return samples.getOrDefault(contender, List.of()).stream().mapToDouble(figure).toArray();
    }
  }

  /** The middle value, or the mean of the middle two; NaN if there is none. */
  static double median(double... values) {
    if (values.length == 0) {
      return Double.NaN;
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
