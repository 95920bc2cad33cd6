package io.rivulet.trainer.store;

/** How a store is opened for writing. */
public enum OpenMode {
  /** Goes on with the same model and features; windows that were planned are trained first. */
  GO_ON,
  /**
   * Goes on with the same model and features; what was planned and not committed is planned anew,
   * since the source may not give exactly the same events again.
   */
  REPLAN,
  /** Another model or other features are to be committed; plans are dropped as in REPLAN. */
  MIGRATE
}
