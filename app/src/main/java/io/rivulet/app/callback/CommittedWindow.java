package io.rivulet.app.callback;

import io.rivulet.trainer.metrics.Quality;
import java.time.Duration;

/**
 * A window that was learned and committed.
 *
 * @param window its number in the store
 * @param version the version that has it in
 * @param step optimizer steps of the model so far
 * @param rows events learned from
 * @param quarantined events put to quarantine
 * @param quality of the predictions for its events, each made before it was learned from
 * @param lastOfVersion whether it is the last window of its version
 * @param took from the end of the window before to its own end
 */
public record CommittedWindow(
    long window,
    long version,
    long step,
    long rows,
    long quarantined,
    Quality quality,
    boolean lastOfVersion,
    Duration took) {
  /** The same window in a version. */
  public CommittedWindow in(long committed, boolean last) {
    return new CommittedWindow(window, committed, step, rows, quarantined, quality, last, took);
  }
}
