package io.rivulet.trainer.store;

import java.util.Objects;

/**
 * Ledger lines of consecutive windows in one file.
 *
 * @param file one JSON {@link TrainedWindow} a line
 * @param firstWindow the first window
 * @param lastWindow the last window
 */
public record LedgerSegment(DataFile file, long firstWindow, long lastWindow) {
  /** Checks that it has a window. */
  public LedgerSegment {
    Objects.requireNonNull(file, "file");
    if (firstWindow < 1 || lastWindow < firstWindow) {
      throw new IllegalArgumentException("No windows: " + firstWindow + " to " + lastWindow);
    }
  }

  /** Number of windows. */
  public long windows() {
    return lastWindow - firstWindow + 1;
  }
}
