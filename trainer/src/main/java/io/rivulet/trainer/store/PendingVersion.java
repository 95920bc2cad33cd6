package io.rivulet.trainer.store;

import io.rivulet.trainer.metrics.Quality;
import io.rivulet.trainer.model.ModelShape;
import java.util.List;

/** A version that is ready to be written. */
public final class PendingVersion {
  final long version;
  final boolean full;
  final ModelShape shape;
  final StoreFiles.Content dense;
  final StoreFiles.Content rows;
  final long[] evicted;
  final int tableRows;
  final long step;
  final List<TrainedWindow> windows;
  final Quality quality;

  PendingVersion(
      long version,
      boolean full,
      ModelShape shape,
      StoreFiles.Content dense,
      StoreFiles.Content rows,
      long[] evicted,
      int tableRows,
      long step,
      List<TrainedWindow> windows,
      Quality quality) {
    this.version = version;
    this.full = full;
    this.shape = shape;
    this.dense = dense;
    this.rows = rows;
    this.evicted = evicted;
    this.tableRows = tableRows;
    this.step = step;
    this.windows = windows;
    this.quality = quality;
  }

  /** Its number. */
  public long version() {
    return version;
  }

  /**
   * Whether the whole model is written, of which there is no copy: it must not change before it is
   * committed.
   */
  public boolean full() {
    return full;
  }
}
