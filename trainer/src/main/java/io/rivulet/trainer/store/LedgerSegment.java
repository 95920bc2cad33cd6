package io.rivulet.trainer.store;

/**
 * Ledger lines of consecutive windows in one file.
 *
 * @param file one JSON {@link TrainedWindow} a line
 * @param firstWindow the first window
 * @param lastWindow the last window
 */
public record LedgerSegment(DataFile file, long firstWindow, long lastWindow) {
  /** Number of windows. */
  public long windows() {
    return lastWindow - firstWindow + 1;
  }
}
