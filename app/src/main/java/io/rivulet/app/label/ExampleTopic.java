package io.rivulet.app.label;

import io.rivulet.app.UserError;
import io.rivulet.app.kafka.KafkaConnection;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The topic of examples, to which a batch is written once, also if Spark repeats it: examples and
 * the batch's number are committed in one transaction of Kafka's, the number as the offset of a
 * group that nobody reads by.
 */
final class ExampleTopic implements AutoCloseable {
  private static final String TRANSACTION_MS = "600000";

  private final String group;
  private final String topic;
  private final TopicPartition batches;
  private final KafkaProducer<byte[], byte[]> producer;

  /** Batches below this are written. */
  private long next;

  /**
   * Opens the topic; another process that writes for the same query can't any more.
   *
   * @param query names the query for ever
   */
  ExampleTopic(KafkaConnection kafka, String topic, String query) {
    this.group = "rivulet-label-" + query;
    this.topic = topic;
    this.batches = new TopicPartition(topic, 0);
    Properties properties = new Properties();
    properties.put("transactional.id", group);
    properties.put("transaction.timeout.ms", TRANSACTION_MS);
    properties.put("linger.ms", "5");
    properties.putAll(kafka.client());
    producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    producer.initTransactions();
    try (Admin admin = Admin.create(Map.copyOf(kafka.client()))) {
      OffsetAndMetadata written =
          admin
              .listConsumerGroupOffsets(
                  group, new ListConsumerGroupOffsetsOptions().requireStable(true))
              .partitionsToOffsetAndMetadata()
              .get()
              .get(batches);
      next = written == null ? 0 : written.offset();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("Kafka doesn't tell which batches are written", e);
    }
  }

  /** Whether a batch is written already. */
  boolean has(long batch) {
    return batch < next;
  }

  /**
   * Checks that a batch is the next, or the last one repeated.
   *
   * @throws UserError if the checkpoint is an old copy: its batches hold other events
   */
  void requireReached(long batch) {
    if (next > batch + 1) {
      throw new UserError(
          "label.checkpoint is older than what was written by it: it is at batch "
              + batch
              + ", and batch "
              + (next - 1)
              + " is in "
              + topic);
    }
  }

  void begin() {
    producer.beginTransaction();
  }

  /** Adds an example to the batch that was begun. */
  void send(String key, byte[] value) {
    producer.send(new ProducerRecord<>(topic, key.getBytes(StandardCharsets.UTF_8), value));
  }

  /** Ends the batch; from now on it is there, whole. */
  void commit(long batch) {
    try {
      producer.sendOffsetsToTransaction(
          Map.of(batches, new OffsetAndMetadata(batch + 1)), new ConsumerGroupMetadata(group));
      producer.commitTransaction();
      next = batch + 1;
    } catch (ProducerFencedException e) {
      throw new UserError("Another `label` has taken over with the same label.checkpoint", e);
    } catch (KafkaException e) {
      Throwable why = e.getCause() == null ? e : e.getCause();
      throw new UserError("Kafka didn't take the examples: " + why.getMessage(), e);
    }
  }

  @Override
  public void close() {
    producer.close();
  }
}
