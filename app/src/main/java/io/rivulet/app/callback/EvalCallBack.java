package io.rivulet.app.callback;

import io.rivulet.trainer.metrics.Quality;
import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Scores held-out events after every so many windows, and shows how well. */
public final class EvalCallBack implements Callback {
  private final Dataset<Row> events;
  private final int everyWindows;
  private long windows;
  private Quality newest;

  /** Scores after every window. */
  public EvalCallBack(Dataset<Row> events) {
    this(events, 1);
  }

  /**
   * Scores after one window in {@code everyWindows}.
   *
   * @param events as {@link RunContext#evaluate} takes them; bounded
   * @throws IllegalArgumentException if {@code everyWindows} is below 1
   */
  public EvalCallBack(Dataset<Row> events, int everyWindows) {
    if (everyWindows < 1) {
      throw new IllegalArgumentException(
          "print_per_step must be int and > 0, but got " + everyWindows);
    }
    if (events.isStreaming()) {
      throw new IllegalArgumentException("Held-out events must be bounded, not a stream");
    }
    this.events = events;
    this.everyWindows = everyWindows;
  }

  @Override
  public void windowEnd(RunContext context, CommittedWindow window) {
    windows++;
    if (windows % everyWindows == 0) {
      long start = System.nanoTime();
      newest = context.evaluate(events);
      context.print(
          String.format(
              Locale.ROOT,
              "EvalCallBack model.eval(): window %d, auc %.6f, logloss %.6f; eval_time: %.1fs",
              window.window(),
              newest.auc(),
              newest.logloss(),
              (System.nanoTime() - start) / 1e9));
    }
  }

  /**
   * The newest figures.
   *
   * @throws IllegalStateException before the first
   */
  public Quality newest() {
    if (newest == null) {
      throw new IllegalStateException("Nothing was scored yet");
    }
    return newest;
  }
}
