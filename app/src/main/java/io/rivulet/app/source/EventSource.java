package io.rivulet.app.source;

import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.PartitionOffset;
import java.util.List;
import java.util.Map;

/** A source of raw events, cut into windows. */
public interface EventSource extends AutoCloseable {

  /**
   * Cuts what comes after {@code from} into windows and hands them to {@code sink} in order, until
   * the source ends or {@code stop} is requested.
   *
   * @param from where each partition that was read before goes on
   * @param begun a window that the source before has begun and not filled; this source fills it
   * @param sink takes the windows
   * @return the window that this source has begun and not filled when it ended
   */
  List<OffsetRange> stream(
      List<PartitionOffset> from, List<OffsetRange> begun, WindowSink sink, StopSignal stop);

  /**
   * Number of events that the source holds now after those taken, by partition: {@code
   * topic-number}; empty where it can't tell.
   */
  default Map<String, Long> lag(List<PartitionOffset> taken) {
    return Map.of();
  }

  /** Events after those taken that the source no longer has, by partition. */
  default List<OffsetRange> expired(List<PartitionOffset> taken) {
    return List.of();
  }

  /** What tells each topic from another one of its name. */
  default Map<String, String> topicIds() {
    return Map.of();
  }

  /** Tells the source what was committed. */
  default void committed(List<PartitionOffset> offsets) {}

  @Override
  void close();
}
