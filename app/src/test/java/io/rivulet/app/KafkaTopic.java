package io.rivulet.app;

import io.rivulet.app.kafka.ClickProducer;
import io.rivulet.app.kafka.EmbeddedBroker;
import io.rivulet.app.kafka.KafkaConnection;
import io.rivulet.app.kafka.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/** A real broker with one topic, and more on demand. */
final class KafkaTopic implements AutoCloseable {
  static final String NAME = "clicks";

  private final EmbeddedBroker broker;
  private final KafkaConnection connection;
  private final int partitions;

  KafkaTopic(Path logs, int partitions) {
    this.broker = EmbeddedBroker.start(logs, 0);
    this.connection = broker.connection();
    this.partitions = partitions;
    try (Topics topics = new Topics(connection)) {
      topics.create(NAME, partitions);
    }
  }

  String servers() {
    return broker.bootstrapServers();
  }

  List<String> settings() {
    return List.of("--set", "kafka.bootstrap_servers=" + servers());
  }

  void send(List<String> lines) {
    sendBytes(lines.stream().map(line -> line.getBytes(StandardCharsets.UTF_8)).iterator());
  }

  /** Event i goes to partition i modulo their number; null is a record without a value. */
  void sendBytes(Iterator<byte[]> events) {
    send(NAME, partitions, events);
  }

  /** Makes another topic at the same broker, with these events in it. */
  void createTopic(String name, int topicPartitions, List<String> lines) {
    try (Topics topics = new Topics(connection)) {
      topics.create(name, topicPartitions);
    }
    sendTo(name, topicPartitions, lines);
  }

  /** Sends to another topic, which has so many partitions. */
  void sendTo(String name, int topicPartitions, List<String> lines) {
    send(
        name,
        topicPartitions,
        lines.stream().map(line -> line.getBytes(StandardCharsets.UTF_8)).iterator());
  }

  private void send(String name, int topicPartitions, Iterator<byte[]> events) {
    try (ClickProducer producer = new ClickProducer(connection)) {
      producer.send(events, name, topicPartitions, 0, () -> false, n -> {});
    }
  }

  void sendBytes(byte[]... events) {
    sendBytes(Arrays.asList(events).iterator());
  }

  @Override
  public void close() {
    broker.close();
  }
}
