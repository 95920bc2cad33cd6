package io.rivulet.app.source;

import io.rivulet.trainer.store.OffsetRange;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Takes windows in order. */
public interface WindowSink {
  /**
   * Takes a window; returns when it can be followed by the next, which may be before it is learned.
   */
  void accept(List<OffsetRange> ranges, Dataset<Row> events);

  /** Throws what went wrong with windows taken earlier. */
  void check();
}
