package io.rivulet.app.soak;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Durations of which the median and the tail are wanted. */
final class Recoveries {
  private static final double NANO = 1e9;
  private final List<Long> nanos = new ArrayList<>();

  void add(long duration) {
    nanos.add(duration);
  }

  int count() {
    return nanos.size();
  }

  /**
   * A percentile by nearest rank, seconds; NaN where there is none.
   *
   * @param percent above 0, at most 100
   */
  double seconds(int percent) {
    if (nanos.isEmpty()) {
      return Double.NaN;
    }
    List<Long> sorted = new ArrayList<>(nanos);
    Collections.sort(sorted);
    int rank = (int) Math.ceil(percent * sorted.size() / 100.0);
    return sorted.get(rank - 1) / NANO;
  }
}
