package io.rivulet.trainer.spark;

import io.rivulet.trainer.model.ExampleBlock;
import java.util.Map;

/**
 * A window as it comes from the feature pipeline.
 *
 * @param examples in the order of (topic, partition, offset)
 * @param refused number of events that are not examples, by reason
 */
public record WindowExamples(ExampleBlock examples, Map<String, Long> refused) {
  /** Number of events that are not examples. */
  public long refusedCount() {
    return refused.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Number of events. */
  public long events() {
    return examples.rows() + refusedCount();
  }
}
