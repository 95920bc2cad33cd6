package io.rivulet.app.callback;

/**
 * What a user wants to happen while a model learns. Windows are told in their order, on the
 * trainer's thread, after their commit: whatever a callback does, the committed version is intact.
 * What it throws ends the training with that error.
 */
public interface Callback {
  /**
   * Whether it looks at the model by {@link RunContext#evaluate}. If one does, the next window
   * isn't learned before a version is written and all callbacks are told; else meanwhile.
   */
  default boolean readsModel() {
    return true;
  }

  /** Before the first window. */
  default void trainBegin(RunContext context) {}

  /** After each window that was committed; several in a row if a commit covers several. */
  default void windowEnd(RunContext context, CommittedWindow window) {}

  /** After the last commit. */
  default void trainEnd(RunContext context) {}
}
