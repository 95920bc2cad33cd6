package io.rivulet.trainer.store;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Keeps offsets contiguous: what is taken next begins where the last taken ended. */
final class OffsetLedger {
  private final Map<String, PartitionOffset> next = new HashMap<>();

  /** A ledger that stands at {@code offsets}. */
  OffsetLedger(List<PartitionOffset> offsets) {
    offsets.forEach(offset -> next.put(name(offset.topic(), offset.partition()), offset));
  }

  /**
   * Takes the ranges, all or none.
   *
   * @throws StoreException if one leaves a gap, or repeats what was taken
   */
  void take(List<OffsetRange> ranges) {
    requireNext(ranges);
    for (OffsetRange range : ranges) {
      next.put(
          name(range.topic(), range.partition()),
          new PartitionOffset(range.topic(), range.partition(), range.until()));
    }
  }

  /** Checks that {@link #take} would take the ranges. */
  void requireNext(List<OffsetRange> ranges) {
    for (OffsetRange range : ranges) {
      String name = name(range.topic(), range.partition());
      PartitionOffset known = next.get(name);
      if (known != null && known.next() != range.from()) {
        throw new StoreException(
            (range.from() > known.next() ? "Events are missing: " : "Events would repeat: ")
                + name
                + " is taken up to offset "
                + known.next()
                + ", but the next window begins at "
                + range.from());
      }
    }
  }

  /** Where every partition stands, ordered by topic and partition. */
  List<PartitionOffset> offsets() {
    return next.values().stream()
        .sorted(
            java.util.Comparator.comparing(PartitionOffset::topic)
                .thenComparingInt(PartitionOffset::partition))
        .toList();
  }

  /**
   * Checks that the windows are complete, contiguous and add up to a manifest's offsets.
   *
   * @param location of the store, for messages
   */
  static void check(String location, List<TrainedWindow> windows, Manifest manifest) {
    try {
      check(windows, manifest);
    } catch (StoreException e) {
      throw new StoreException("The ledger of " + location + " is damaged: " + e.getMessage(), e);
    }
  }

  /** The same, with messages that don't say where. */
  static void check(List<TrainedWindow> windows, Manifest manifest) {
    OffsetLedger ledger = new OffsetLedger(List.of());
    long window = 0;
    for (TrainedWindow trained : windows) {
      WindowPlan plan = trained.plan();
      if (plan.window() != ++window) {
        throw new StoreException("Window " + window + " is missing from the ledger");
      }
      ledger.take(plan.ranges());
      // A double, since these sums may be larger than a long where a file lies.
      double offsets = plan.ranges().stream().mapToDouble(OffsetRange::length).sum();
      if ((double) trained.trained() + trained.quarantined() + trained.sampledOut() > offsets) {
        throw new StoreException(
            "Window "
                + window
                + " has more events than the "
                + (long) offsets
                + " offsets of its plan");
      }
    }
    if (window != manifest.lastWindow() || !ledger.offsets().equals(manifest.offsets())) {
      throw new StoreException(
          "The ledger ends at window "
              + window
              + " and "
              + ledger.offsets()
              + ", but version "
              + manifest.version()
              + " says window "
              + manifest.lastWindow()
              + " and "
              + manifest.offsets());
    }
  }

  private static String name(String topic, int partition) {
    return topic + "-" + partition;
  }
}
