package io.rivulet.trainer.store;

import io.rivulet.trainer.metrics.Quality;
import io.rivulet.trainer.model.ModelShape;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * A committed version: everything that changed, and how far the events have been learned.
 *
 * @param format format of the store, {@link ModelStore#FORMAT}
 * @param version number, from 1 without gaps
 * @param parent the version before, 0 for none
 * @param epoch the epoch that committed it
 * @param snapshot the version whose full rows this one's changes build on; itself if it is full
 * @param shape the model's shape
 * @param featureVersion the feature pipeline's version
 * @param configHash SHA-256 of the learner's settings
 * @param lastWindow the newest window that is in
 * @param windows the windows that this version adds
 * @param offsets how far each partition is in
 * @param dense tower and wide bias with optimizer state
 * @param rows embedding rows with optimizer state: all in a snapshot, else the changed ones
 * @param evicted keys whose rows were removed since the version before, which happens before {@code
 *     rows} are set; null for none
 * @param rowCount rows in the whole table
 * @param step optimizer steps so far
 * @param ledger of a snapshot: all windows up to this version, oldest first; else empty
 * @param quality predict-then-train quality over the windows that this version adds
 * @param committedAt when
 */
public record Manifest(
    int format,
    long version,
    long parent,
    int epoch,
    long snapshot,
    ModelShape shape,
    String featureVersion,
    String configHash,
    long lastWindow,
    List<TrainedWindow> windows,
    List<PartitionOffset> offsets,
    DataFile dense,
    DataFile rows,
    DataFile evicted,
    long rowCount,
    long step,
    List<LedgerSegment> ledger,
    Quality quality,
    Instant committedAt) {

  /** Checks all that doesn't need another file. */
  public Manifest {
    windows = List.copyOf(windows);
    offsets = List.copyOf(offsets);
    ledger = List.copyOf(ledger);
    for (Object part :
        new Object[] {shape, featureVersion, configHash, dense, rows, quality, committedAt}) {
      Objects.requireNonNull(part);
    }
    require(version >= 1 && parent == version - 1 && epoch >= 1);
    require(snapshot >= 1 && snapshot <= version && rowCount >= 0 && step >= 0);
    require(!windows.isEmpty() && windows.get(windows.size() - 1).plan().window() == lastWindow);
    require(evicted == null || snapshot != version);
    require(ledger.isEmpty() == (snapshot != version));
    require(ledger.isEmpty() || ledger.get(ledger.size() - 1).lastWindow() == lastWindow);
    for (int i = 1; i < offsets.size(); i++) {
      require(offsets.get(i).comesAfter(offsets.get(i - 1)));
    }
  }

  private static void require(boolean holds) {
    if (!holds) {
      throw new IllegalArgumentException("Not a version: its numbers contradict each other");
    }
  }

  /** Whether this version holds all rows. */
  public boolean full() {
    return snapshot == version;
  }

  /** Every data file that this manifest makes visible. */
  public List<DataFile> files() {
    List<DataFile> files = new java.util.ArrayList<>(List.of(dense, rows));
    if (evicted != null) {
      files.add(evicted);
    }
    ledger.forEach(segment -> files.add(segment.file()));
    return files;
  }
}
