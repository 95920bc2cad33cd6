package io.rivulet.app.callback;

import java.util.Locale;

/** Shows how long every window took, and each of its optimizer steps. */
public final class TimeMonitor implements Callback {
  private long lastStep = -1;

  @Override
  public boolean readsModel() {
    return false;
  }

  @Override
  public void windowEnd(RunContext context, CommittedWindow window) {
    double millis = window.took().toNanos() / 1e6;
    long steps = lastStep < 0 ? 0 : window.step() - lastStep;
    lastStep = window.step();
    context.print(
        steps > 0
            ? String.format(
                Locale.ROOT, "window time: %.3f ms, per step time: %.3f ms", millis, millis / steps)
            : String.format(Locale.ROOT, "window time: %.3f ms", millis));
  }
}
