package io.rivulet.trainer.store;

import java.util.Objects;

/**
 * The ledger's line of a window. Offsets of the plan that are in no count held no event
 * (transaction markers, compacted records).
 *
 * @param plan the window's events
 * @param epoch the epoch that trained it, whose settings made the bits
 * @param trained events learned from
 * @param quarantined events put to quarantine
 * @param sampledOut events without a click that the plan's {@link WindowPlan#negativeRate} left
 *     out; not written by older versions, for which there were none
 */
public record TrainedWindow(
    WindowPlan plan, int epoch, long trained, long quarantined, Long sampledOut) {
  /** Checks that no number is negative. */
  public TrainedWindow {
    Objects.requireNonNull(plan, "plan");
    sampledOut = sampledOut == null ? 0 : sampledOut;
    if (epoch < 1 || trained < 0 || quarantined < 0 || sampledOut < 0) {
      throw new IllegalArgumentException("Not a trained window: " + plan.window());
    }
  }

  /** A window of which nothing was sampled out. */
  public TrainedWindow(WindowPlan plan, int epoch, long trained, long quarantined) {
    this(plan, epoch, trained, quarantined, 0L);
  }
}
