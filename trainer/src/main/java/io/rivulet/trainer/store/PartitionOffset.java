package io.rivulet.trainer.store;

import java.util.Objects;

/**
 * How far a partition has been committed.
 *
 * @param topic Kafka topic, or path of a file
 * @param partition Kafka partition; 0 for a file
 * @param next the first offset not committed
 */
public record PartitionOffset(String topic, int partition, long next) {
  /** Checks that nothing is negative. */
  public PartitionOffset {
    Objects.requireNonNull(topic, "topic");
    if (partition < 0 || next < 0) {
      throw new IllegalArgumentException("Not an offset: " + topic + "-" + partition + " " + next);
    }
  }

  /** Whether this is of a partition after the other's, by topic, then number. */
  boolean comesAfter(PartitionOffset other) {
    int byTopic = topic.compareTo(other.topic);
    return byTopic > 0 || (byTopic == 0 && partition > other.partition);
  }
}
