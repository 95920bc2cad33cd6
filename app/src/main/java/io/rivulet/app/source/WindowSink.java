package io.rivulet.app.source;

import io.rivulet.trainer.store.OffsetRange;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Takes events and the windows that are cut out of them, in order; from one thread at a time. */
public interface WindowSink {
  /**
   * Reads events. Windows may be cut out of what was read in one or in several calls; events of
   * which no window is made before the stream ends are forgotten.
   *
   * @param ranges of these events
   */
  void read(List<OffsetRange> ranges, Dataset<Row> events);

  /**
   * Takes the next window; returns when it can be followed by another, which may be before it is
   * learned.
   *
   * @param window its events, which were read
   * @param negativeRate share of its events without a click that are learned
   */
  void accept(List<OffsetRange> window, double negativeRate);

  /**
   * Counts events as taken that weren't accepted; those of them that were read are forgotten.
   *
   * @param source why, as the plan of a window names it
   */
  void leaveOut(String source, List<OffsetRange> ranges);

  /** Takes events that are a window. */
  default void accept(List<OffsetRange> window, Dataset<Row> events) {
    read(window, events);
    accept(window, 1);
  }

  /** Throws what went wrong with windows taken earlier. */
  void check();
}
