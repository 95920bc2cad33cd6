package io.rivulet.app;

import io.rivulet.app.source.StopSignal;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import sun.misc.Signal;

/**
 * SIGTERM and Ctrl-C ask for a stop after the windows begun; the second one leaves at once, which
 * the store survives.
 */
final class StopOnSignal {
  private static final int LEFT_BY_SIGNAL = 130;

  private StopOnSignal() {}

  static void install(StopSignal stop, Consumer<String> console) {
    AtomicBoolean asked = new AtomicBoolean();
    for (String name : new String[] {"TERM", "INT"}) {
      Signal.handle(
          new Signal(name),
          signal -> {
            if (!asked.compareAndSet(false, true)) {
              Runtime.getRuntime().halt(LEFT_BY_SIGNAL);
            }
            stop.request();
            console.accept("Stopping after the windows that were begun; once more leaves at once");
          });
    }
  }
}
