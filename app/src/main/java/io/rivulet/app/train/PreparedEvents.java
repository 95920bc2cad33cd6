package io.rivulet.app.train;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import io.rivulet.features.RawEvents;
import io.rivulet.trainer.spark.KeptRows;
import io.rivulet.trainer.spark.ReadEvents;
import io.rivulet.trainer.store.OffsetRange;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Events that were read, until windows have been made of all of them.
 *
 * @param ranges of these events
 * @param events the examples among them
 * @param judged those of them that are no examples, with the reason, and perhaps others without
 * @param kept those rows, where Spark keeps them until {@link #close}
 */
record PreparedEvents(
    List<OffsetRange> ranges,
    ReadEvents events,
    Supplier<Dataset<Row>> judged,
    Optional<KeptRows> kept)
    implements AutoCloseable {

  /** Events of which Spark keeps nothing. */
  PreparedEvents(List<OffsetRange> ranges, ReadEvents events, Supplier<Dataset<Row>> judged) {
    this(ranges, events, judged, Optional.empty());
  }

  /** Whether none of these events comes after a window that has some of them. */
  boolean endsWith(List<OffsetRange> window) {
    return ranges.stream()
        .allMatch(
            own ->
                own.length() == 0
                    || window.stream()
                        .anyMatch(
                            range -> own.compareTo(range) == 0 && range.until() >= own.until()));
  }

  /** What was {@link #judged} of those events that are in a window. */
  Dataset<Row> judgedOf(List<OffsetRange> window) {
    if (ranges.equals(window)) {
      return judged.get();
    }
    Column isIn = lit(false);
    for (OffsetRange range : window) {
      isIn =
          isIn.or(
              col(RawEvents.TOPIC)
                  .equalTo(range.topic())
                  .and(col(RawEvents.PARTITION).equalTo(range.partition()))
                  .and(col(RawEvents.OFFSET).geq(range.from()))
                  .and(col(RawEvents.OFFSET).lt(range.until())));
    }
    return judged.get().filter(isIn);
  }

  @Override
  public void close() {
    kept.ifPresent(KeptRows::close);
  }
}
