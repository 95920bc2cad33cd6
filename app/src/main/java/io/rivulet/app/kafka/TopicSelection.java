package io.rivulet.app.kafka;

import io.rivulet.app.UserError;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.kafka.common.TopicPartition;

/**
 * Which partitions to read: those of some topics, of all topics that match a pattern, or exactly
 * these.
 *
 * @param topics names; empty for the other two
 * @param pattern of whole names; empty for the other two
 * @param partitions empty for the other two
 */
public record TopicSelection(List<String> topics, String pattern, List<TopicPartition> partitions) {

  /** The topics of a list such as {@code clicks, views}. */
  public static TopicSelection topics(String names) {
    List<String> topics =
        Arrays.stream(names.split(",")).map(String::strip).filter(n -> !n.isEmpty()).toList();
    if (topics.isEmpty()) {
      throw new UserError("kafka.topic must name a topic, not '" + names + "'");
    }
    return new TopicSelection(topics.stream().distinct().toList(), "", List.of());
  }

  /** The topics whose whole name matches. */
  public static TopicSelection matching(String pattern) {
    return new TopicSelection(List.of(), pattern, List.of());
  }

  /**
   * Partitions such as {@code clicks-0}.
   *
   * @throws UserError if one isn't TOPIC-NUMBER
   */
  public static TopicSelection partitions(List<String> names) {
    return new TopicSelection(
        List.of(), "", names.stream().distinct().map(TopicSelection::partition).toList());
  }

  private static TopicPartition partition(String name) {
    int dash = name.lastIndexOf('-');
    if (dash < 1 || !name.substring(dash + 1).matches("[0-9]{1,9}")) {
      throw new UserError(
          "kafka.partitions lists TOPIC-NUMBER, such as clicks-0, not '" + name + "'");
    }
    return new TopicPartition(name.substring(0, dash), Integer.parseInt(name.substring(dash + 1)));
  }

  /** Whether a partition is among them. */
  public boolean has(String topic, int partition) {
    if (!partitions.isEmpty()) {
      return partitions.contains(new TopicPartition(topic, partition));
    }
    return pattern.isEmpty() ? topics.contains(topic) : Pattern.matches(pattern, topic);
  }

  @Override
  public String toString() {
    if (!partitions.isEmpty()) {
      return String.join(", ", partitions.stream().map(TopicPartition::toString).toList());
    }
    return pattern.isEmpty() ? String.join(", ", topics) : "topics like " + pattern;
  }
}
