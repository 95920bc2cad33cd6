package io.rivulet.app;

import java.util.OptionalLong;

/**
 * How much a cluster learns, estimated from a {@link CostModel}: workers learn a round at the same
 * time, one core each, then the driver handles what each of them needs and returns, one after the
 * other. With t seconds of a worker and d of the driver for a row, W workers learn W / (t + W·d)
 * rows a second. At W = t / d the driver takes as long as the workers: there it is the limit, and
 * more workers bring less than half of their worth. Preparing features overlaps with learning and
 * isn't part of t and d; it needs cores of its own.
 *
 * @param cost of the model
 * @param gflops matrix products on a core, in billions of operations a second
 * @param driverMicros the driver's time for a row in microseconds, as measured; 0 to estimate it
 * @param networkBytes bytes a second that the driver's network carries
 */
record Capacity(CostModel cost, double gflops, double driverMicros, double networkBytes) {
  /** Adam and the gathering of rows wait for memory: operations a second on a core. */
  private static final double OTHER_FLOPS = 2e9;

  /** The driver's seconds to find an entry's key among those of the round. */
  private static final double ENTRY_S = 30e-9;

  /** The driver's seconds to find a row of the table and merge it: two misses of the cache. */
  private static final double ROW_S = 150e-9;

  /** The driver's seconds to encode, copy, decode and merge a byte. */
  private static final double BYTE_S = 1e-9;

  private static final double NANO = 1e9;
  private static final double MICRO = 1e6;

  /** A worker's seconds t for a row: products at their rate, everything else at memory's. */
  double workerSeconds() {
    return cost.productFlops() / (gflops * NANO) + cost.otherFlops() / OTHER_FLOPS;
  }

  /**
   * The driver's seconds d for a row, with b the bytes of a worker's task, update and dense
   * parameters: (30 ns·m·F + 150 ns·u(m) + 1 ns·b) / m, and the network's time for b / m and the
   * example. A measured time takes the place of the first three.
   */
  double driverSeconds() {
    double m = cost.roundRows();
    double bytes = (double) cost.roundBytes() / cost.workers();
    double estimate =
        (ENTRY_S * m * cost.shape().fields() + ROW_S * cost.keys().distinct(m) + BYTE_S * bytes)
            / m;
    double exampleBytes = (double) cost.exampleBytes() / cost.windowRows();
    return (driverMicros > 0 ? driverMicros / MICRO : estimate)
        + (bytes / m + exampleBytes) / networkBytes;
  }

  /** Rows a second of the model's W workers: W / (t + W·d). */
  double rowsPerSecond() {
    return cost.workers() / (workerSeconds() + cost.workers() * driverSeconds());
  }

  /** Workers at which the driver takes as long as they: t / d, at least 1. */
  long driverLimit() {
    return Math.max(1, (long) (workerSeconds() / driverSeconds()));
  }

  /** Workers that learn so many events a second, e·t / (1 − e·d); empty if no number does. */
  OptionalLong workersFor(double eventsPerSecond) {
    double left = 1 - eventsPerSecond * driverSeconds();
    return left <= 0
        ? OptionalLong.empty()
        : OptionalLong.of((long) Math.ceil(eventsPerSecond * workerSeconds() / left));
  }
}
