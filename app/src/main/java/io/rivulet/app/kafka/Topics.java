package io.rivulet.app.kafka;

import io.rivulet.app.UserError;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Questions about topics, whose answers are clear sentences when something is missing. */
public final class Topics implements AutoCloseable {
  private static final int TIMEOUT_MS = 8_000;

  private final String bootstrapServers;
  private final Admin admin;

  /** Connects when first asked. */
  public Topics(String bootstrapServers) {
    this.bootstrapServers = bootstrapServers;
    try {
      this.admin =
          Admin.create(
              Map.of(
                  "bootstrap.servers", bootstrapServers,
                  "request.timeout.ms", Integer.toString(TIMEOUT_MS / 2),
                  "default.api.timeout.ms", Integer.toString(TIMEOUT_MS)));
    } catch (org.apache.kafka.common.KafkaException e) {
      throw new UserError(
          "Can't reach Kafka at "
              + bootstrapServers
              + ": no such address; set kafka.bootstrap_servers to HOST:PORT of a broker",
          e);
    }
  }

  /**
   * The partitions of a topic, ascending.
   *
   * @throws UserError if the broker can't be reached or the topic doesn't exist
   */
  public List<Integer> partitions(String topic) {
    try {
      return get(admin.describeTopics(List.of(topic)).topicNameValues().get(topic))
          .partitions()
          .stream()
          .map(info -> info.partition())
          .sorted()
          .toList();
    } catch (UnknownTopicOrPartitionException e) {
      throw new UserError(
          "Topic "
              + topic
              + " does not exist at "
              + bootstrapServers
              + "; create it with `kafka-topics.sh --create --topic "
              + topic
              + " --bootstrap-server "
              + bootstrapServers
              + "` (`rivulet produce` creates the topic that it sends to)",
          e);
    }
  }

  /** Creates a topic of one replica unless it exists; then its partitions must be as many. */
  public void create(String topic, int partitions) {
    create(topic, partitions, Map.of());
  }

  /** Creates a topic with settings of its own unless it exists. */
  public void create(String topic, int partitions, Map<String, String> topicSettings) {
    NewTopic wanted = new NewTopic(topic, partitions, (short) 1).configs(topicSettings);
    try {
      get(admin.createTopics(List.of(wanted)).all());
    } catch (TopicExistsException e) {
      int existing = partitions(topic).size();
      if (existing != partitions) {
        throw new UserError(
            "Topic "
                + topic
                + " has "
                + existing
                + " partitions, not "
                + partitions
                + "; give --partitions "
                + existing,
            e);
      }
    }
  }

  /** The first offset still held of each partition. */
  public Map<Integer, Long> earliest(String topic) {
    return offsets(topic, OffsetSpec.earliest());
  }

  /** The offset after the last of each partition. */
  public Map<Integer, Long> latest(String topic) {
    return offsets(topic, OffsetSpec.latest());
  }

  private Map<Integer, Long> offsets(String topic, OffsetSpec spec) {
    Map<TopicPartition, OffsetSpec> wanted =
        partitions(topic).stream()
            .collect(Collectors.toMap(p -> new TopicPartition(topic, p), p -> spec));
    Map<Integer, Long> offsets = new TreeMap<>();
    Map<TopicPartition, ListOffsetsResultInfo> found = get(admin.listOffsets(wanted).all());
    found.forEach((partition, info) -> offsets.put(partition.partition(), info.offset()));
    return offsets;
  }

  private <T> T get(KafkaFuture<T> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new org.apache.kafka.common.errors.InterruptException(e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TimeoutException) {
        throw new UserError(
            "Can't reach Kafka at "
                + bootstrapServers
                + "; start a broker (`rivulet broker` starts one for trying) or set"
                + " kafka.bootstrap_servers",
            e);
      }
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  @Override
  public void close() {
    admin.close();
  }
}
