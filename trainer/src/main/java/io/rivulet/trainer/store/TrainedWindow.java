package io.rivulet.trainer.store;

import java.util.Objects;

/**
 * The ledger's line of a window. Offsets of the plan that are neither trained nor quarantined held
 * no event (transaction markers, compacted records).
 *
 * @param plan the window's events
 * @param epoch the epoch that trained it, whose settings made the bits
 * @param trained events learned from
 * @param quarantined events put to quarantine
 */
public record TrainedWindow(WindowPlan plan, int epoch, long trained, long quarantined) {
  /** Checks that no number is negative. */
  public TrainedWindow {
    Objects.requireNonNull(plan, "plan");
    if (epoch < 1 || trained < 0 || quarantined < 0) {
      throw new IllegalArgumentException("Not a trained window: " + plan.window());
    }
  }
}
