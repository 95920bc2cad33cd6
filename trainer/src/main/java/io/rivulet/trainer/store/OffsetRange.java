package io.rivulet.trainer.store;

import java.util.Objects;

/**
 * Events of one partition.
 *
 * @param topic Kafka topic, or path of a file
 * @param partition Kafka partition; 0 for a file
 * @param from first offset; for a file the number of its first line, from 0
 * @param until offset after the last
 */
public record OffsetRange(String topic, int partition, long from, long until)
    implements Comparable<OffsetRange> {

  /** Checks that the range isn't turned round. */
  public OffsetRange {
    Objects.requireNonNull(topic, "topic");
    if (partition < 0 || from < 0 || until < from) {
      throw new IllegalArgumentException(
          "Not a range of offsets: " + topic + "-" + partition + " " + from + " to " + until);
    }
  }

  /** Number of offsets. */
  public long length() {
    return until - from;
  }

  /** By topic, then partition. */
  @Override
  public int compareTo(OffsetRange other) {
    int byTopic = topic.compareTo(other.topic);
    return byTopic != 0 ? byTopic : Integer.compare(partition, other.partition);
  }
}
