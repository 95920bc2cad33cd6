package io.rivulet.app.kafka;

import io.rivulet.app.UserError;
import io.rivulet.app.kafka.EventEncoder.Message;
import java.util.Iterator;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.LongToIntFunction;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Sends events to a topic in order, one partition after the other. */
public final class ClickProducer implements AutoCloseable {
  private static final int MAX_REQUEST_BYTES = 64 << 20;
  private static final long NANOS = 1_000_000_000L;

  private final KafkaProducer<byte[], byte[]> producer;
  private final AtomicReference<Exception> failure = new AtomicReference<>();

  /** A producer that keeps order and sends nothing twice. */
  public ClickProducer(KafkaConnection connection) {
    Properties properties = new Properties();
    properties.put("enable.idempotence", "true");
    properties.put("linger.ms", "5");
    properties.put("batch.size", Integer.toString(1 << 17));
    properties.put("max.request.size", Integer.toString(MAX_REQUEST_BYTES));
    properties.put("buffer.memory", Integer.toString(2 * MAX_REQUEST_BYTES));
    properties.put("max.block.ms", "15000");
    properties.putAll(connection.client());
    producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /**
   * Sends events until there are no more or {@code stop} says so.
   *
   * @param partitions event i goes to partition i modulo this
   * @param rate events a second; 0 for as fast as the broker takes them
   * @param progress told how many were sent, about once a second
   * @return number of events sent
   * @throws UserError if the broker refuses one or can't be reached
   */
  public long send(
      Iterator<byte[]> events,
      String topic,
      int partitions,
      int rate,
      BooleanSupplier stop,
      LongConsumer progress) {
    return send(
        events,
        event -> new Message(new byte[0], event),
        topic,
        sent -> (int) (sent % partitions),
        rate,
        stop,
        progress);
  }

  /**
   * Sends events, each encoded by {@code encoder}, until there are no more or {@code stop} says so.
   *
   * @param partition of the event of a number, counted from 0
   * @return number of events sent
   * @throws UserError if the broker refuses one or can't be reached
   */
  public long send(
      Iterator<byte[]> events,
      Function<byte[], Message> encoder,
      String topic,
      LongToIntFunction partition,
      int rate,
      BooleanSupplier stop,
      LongConsumer progress) {
    long sent = 0;
    long start = System.nanoTime();
    long told = start;
    while (events.hasNext() && !stop.getAsBoolean()) {
      if (rate > 0) {
        awaitNanos(start + (long) ((double) sent / rate * NANOS));
      }
      Message message = encoder.apply(events.next());
      producer.send(
          new ProducerRecord<>(
              topic,
              partition.applyAsInt(sent),
              message.key().length == 0 ? null : message.key(),
              message.value()),
          (metadata, e) -> failure.compareAndSet(null, e));
      sent++;
      if (System.nanoTime() - told > NANOS) {
        told = System.nanoTime();
        progress.accept(sent);
        requireSent();
      }
    }
    producer.flush();
    requireSent();
    return sent;
  }

  private static void awaitNanos(long deadline) {
    long left;
    while ((left = deadline - System.nanoTime()) > 0) {
      LockSupport.parkNanos(left);
    }
  }

  private void requireSent() {
    Exception e = failure.get();
    if (e != null) {
      throw new UserError("Kafka didn't take an event: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    producer.close();
  }
}
