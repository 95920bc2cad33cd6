package io.rivulet.app.source;

import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.PartitionOffset;
import java.util.List;
import java.util.OptionalLong;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** A source of raw events that can give any range of them again. */
public interface EventSource {

  /** What plans call this kind of source. */
  String name();

  /** Exactly the events of these ranges, with topic, partition, offset and value. */
  Dataset<Row> read(List<OffsetRange> ranges);

  /**
   * Cuts what comes after {@code from} into windows and hands them to {@code sink} in order, until
   * the source ends or {@code stop} is requested.
   *
   * @param from where each partition that was read before goes on; others begin at their start
   */
  void stream(List<PartitionOffset> from, WindowSink sink, StopSignal stop);

  /** Number of events that the source holds now after those taken; empty where it can't tell. */
  OptionalLong lag(List<PartitionOffset> taken);
}
