package io.rivulet.app.kafka;

import io.rivulet.app.UserError;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Questions about topics, whose answers are clear sentences when something is missing. */
public final class Topics implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Topics.class);
  private static final int TIMEOUT_MS = 8_000;
  private static final String REQUEST_TIMEOUT = "request.timeout.ms";
  private static final String API_TIMEOUT = "default.api.timeout.ms";

  /** By topic, then by number. */
  public static final Comparator<TopicPartition> BY_NAME =
      Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

  private final String servers;
  private static final long CLOSE_S = 5;

  /** The offsets that a group is being told. */
  private KafkaFuture<Void> copying = KafkaFuture.completedFuture(null);

  private final Admin admin;

  /** Connects when first asked. */
  public Topics(KafkaConnection connection) {
    this.servers = connection.servers();
    Map<String, Object> settings = new HashMap<>(connection.client());
    if (!settings.containsKey(REQUEST_TIMEOUT) && !settings.containsKey(API_TIMEOUT)) {
      settings.put(REQUEST_TIMEOUT, Integer.toString(TIMEOUT_MS / 2));
      settings.put(API_TIMEOUT, Integer.toString(TIMEOUT_MS));
    }
    try {
      this.admin = Admin.create(settings);
    } catch (KafkaException e) {
      throw unusable(e);
    }
  }

  private UserError unusable(KafkaException e) {
    String why = e.getMessage();
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
      why = root instanceof KafkaException ? root.getMessage() : why;
    }
    if (why.contains("bootstrap")) {
      return new UserError(
          "Can't reach Kafka at "
              + servers
              + ": no such address; set kafka.bootstrap_servers to HOST:PORT of a broker",
          e);
    }
    return new UserError(
        "Kafka's client refuses the settings kafka.client.*: "
            + why
            + (root instanceof KafkaException ? "" : " (" + root + ")"),
        e);
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
              + servers
              + "; create it with `kafka-topics.sh --create --topic "
              + topic
              + " --bootstrap-server "
              + servers
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

  /**
   * The partitions that a selection means now, ordered by topic and number.
   *
   * @throws UserError if the broker can't be reached, or a topic or partition doesn't exist
   */
  public List<TopicPartition> partitions(TopicSelection selection) {
    List<TopicPartition> found = new ArrayList<>();
    if (!selection.partitions().isEmpty()) {
      for (TopicPartition wanted : selection.partitions()) {
        if (!partitions(wanted.topic()).contains(wanted.partition())) {
          throw new UserError(
              "Topic " + wanted.topic() + " has no partition " + wanted.partition());
        }
        found.add(wanted);
      }
    } else {
      for (String topic : names(selection)) {
        partitions(topic).forEach(partition -> found.add(new TopicPartition(topic, partition)));
      }
    }
    found.sort(BY_NAME);
    return found;
  }

  /** The topics that a selection means now; those with a name may not exist. */
  public Collection<String> names(TopicSelection selection) {
    if (!selection.partitions().isEmpty()) {
      return selection.partitions().stream()
          .map(TopicPartition::topic)
          .collect(Collectors.toCollection(TreeSet::new));
    }
    if (selection.pattern().isEmpty()) {
      return selection.topics();
    }
    List<String> topics =
        get(admin.listTopics().names()).stream().filter(topic -> selection.has(topic, 0)).toList();
    if (topics.isEmpty()) {
      throw new UserError(
          "No topic at " + servers + " matches kafka.topic_pattern " + selection.pattern());
    }
    return topics;
  }

  /** Kafka's id of each of these topics that exists; brokers before 2.8 give none. */
  public Map<String, String> ids(Collection<String> names) {
    Map<String, String> ids = new TreeMap<>();
    admin
        .describeTopics(names)
        .topicNameValues()
        .forEach(
            (name, topic) -> {
              try {
                ids.put(name, get(topic).topicId().toString());
              } catch (UnknownTopicOrPartitionException e) {
                LOG.debug("{} doesn't exist", name);
              }
            });
    ids.values().removeIf(Uuid.ZERO_UUID.toString()::equals);
    return ids;
  }

  /** The first offset still held of each partition. */
  public Map<TopicPartition, Long> earliest(Collection<TopicPartition> partitions) {
    return offsets(partitions, OffsetSpec.earliest());
  }

  /** The offset after the last of each partition. */
  public Map<TopicPartition, Long> latest(Collection<TopicPartition> partitions) {
    return offsets(partitions, OffsetSpec.latest());
  }

  /** Where each partition begins; its end, if nothing is as late as {@code from}. */
  public Map<TopicPartition, Long> offsets(Collection<TopicPartition> partitions, StartFrom from) {
    Map<TopicPartition, Long> offsets = offsets(partitions, from.spec());
    List<TopicPartition> later = partitions.stream().filter(p -> offsets.get(p) < 0).toList();
    offsets.putAll(latest(later));
    return offsets;
  }

  private Map<TopicPartition, Long> offsets(
      Collection<TopicPartition> partitions, OffsetSpec spec) {
    Map<TopicPartition, Long> offsets = new TreeMap<>(BY_NAME);
    if (!partitions.isEmpty()) {
      Map<TopicPartition, OffsetSpec> wanted =
          partitions.stream().collect(Collectors.toMap(p -> p, p -> spec));
      Map<TopicPartition, ListOffsetsResultInfo> found = get(admin.listOffsets(wanted).all());
      found.forEach((partition, info) -> offsets.put(partition, info.offset()));
    }
    return offsets;
  }

  /** Sets a consumer group's offsets without waiting; what Kafka says against it is logged. */
  public void copyToGroup(String group, Map<TopicPartition, Long> next) {
    Map<TopicPartition, OffsetAndMetadata> offsets =
        next.entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, e -> new OffsetAndMetadata(e.getValue())));
    copying =
        admin
            .alterConsumerGroupOffsets(group, offsets)
            .all()
            .whenComplete(
                (done, e) -> {
                  if (e != null) {
                    LOG.warn(
                        "Kafka didn't take the offsets of group {}: {}", group, e.getMessage());
                  }
                });
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
                + servers
                + "; start a broker (`rivulet broker` starts one for trying), or set"
                + " kafka.bootstrap_servers, and kafka.client.security.protocol if it demands TLS"
                + " or a login",
            e);
      }
      if (e.getCause() instanceof SslAuthenticationException) {
        throw new UserError(
            "Kafka at "
                + servers
                + " and this client don't trust each other; check kafka.client.ssl.* ("
                + rootCause(e)
                + ")",
            e);
      }
      if (e.getCause() instanceof AuthenticationException refused) {
        throw new UserError(
            "Kafka at "
                + servers
                + " refused the login; check kafka.username, kafka.password and"
                + " kafka.client.sasl.mechanism ("
                + refused.getMessage()
                + ")",
            e);
      }
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private static String rootCause(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage();
  }

  /** Lets the last offsets of a group arrive, unless Kafka is gone. */
  @Override
  public void close() {
    try {
      copying.get(CLOSE_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
      LOG.debug("The last offsets of a group didn't arrive", e);
    }
    admin.close();
  }
}
