package io.rivulet.app.callback;

import java.util.Locale;

/** Shows the loss of every so many windows. */
public final class LossMonitor implements Callback {
  private final int perPrintTimes;
  private long windows;

  /** Shows the loss of every window. */
  public LossMonitor() {
    this(1);
  }

  /**
   * Shows the loss of one window in {@code perPrintTimes}; of none if that is 0.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public LossMonitor(int perPrintTimes) {
    if (perPrintTimes < 0) {
      throw new IllegalArgumentException(
          "per_print_times must be int and >= 0, but got " + perPrintTimes);
    }
    this.perPrintTimes = perPrintTimes;
  }

  @Override
  public boolean readsModel() {
    return false;
  }

  @Override
  public void windowEnd(RunContext context, CommittedWindow window) {
    windows++;
    if (perPrintTimes > 0 && windows % perPrintTimes == 0) {
      context.print(
          String.format(
              Locale.ROOT,
              "window: %d, step: %d, loss is %.6f",
              window.window(),
              window.step(),
              window.quality().logloss()));
    }
  }
}
