package io.rivulet.app.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rivulet.app.UserError;
import io.rivulet.app.kafka.Topics;
import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.PartitionOffset;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamReader;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;

/**
 * Events of a Kafka topic by Spark Structured Streaming. Each start uses a fresh Spark checkpoint:
 * where to go on is the model store's to say.
 */
public final class KafkaSource implements EventSource, AutoCloseable {
  /** What plans call this source. */
  public static final String NAME = "kafka";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration POLL = Duration.ofMillis(100);

  private final SparkSession spark;
  private final String bootstrapServers;
  private final String topic;
  private final WindowLimits limits;
  private final Path checkpoint;
  private final Topics topics;

  /**
   * How the stream is cut into windows.
   *
   * @param rows events of a window
   * @param flush a window that isn't full waits no longer than this
   * @param seconds above 0: a window is what arrives in this time, at most {@code maxRows}
   * @param maxRows see {@code seconds}
   */
  public record WindowLimits(int rows, Duration flush, int seconds, int maxRows) {}

  /**
   * A source that connects when it is first asked.
   *
   * @param checkpoint where Spark keeps this run's checkpoint; must be new
   */
  public KafkaSource(
      SparkSession spark,
      String bootstrapServers,
      String topic,
      WindowLimits limits,
      String checkpoint) {
    this.spark = spark;
    this.bootstrapServers = bootstrapServers;
    this.topic = topic;
    this.limits = limits;
    this.checkpoint = new Path(checkpoint);
    this.topics = new Topics(bootstrapServers);
  }

  /**
   * Checks that there is something to stream from.
   *
   * @throws UserError if the broker can't be reached or the topic doesn't exist
   */
  public void requireTopic() {
    topics.partitions(topic);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Dataset<Row> read(List<OffsetRange> ranges) {
    Map<String, Map<Integer, Long>> from = new TreeMap<>();
    Map<String, Map<Integer, Long>> until = new TreeMap<>();
    Map<String, List<Integer>> partitions = new TreeMap<>();
    for (OffsetRange range : ranges) {
      from.computeIfAbsent(range.topic(), t -> new TreeMap<>())
          .put(range.partition(), range.from());
      until
          .computeIfAbsent(range.topic(), t -> new TreeMap<>())
          .put(range.partition(), range.until());
      partitions.computeIfAbsent(range.topic(), t -> new ArrayList<>()).add(range.partition());
    }
    return columns(
        spark
            .read()
            .format("kafka")
            .option("kafka.bootstrap.servers", bootstrapServers)
            .option("assign", json(partitions))
            .option("startingOffsets", json(from))
            .option("endingOffsets", json(until))
            .load());
  }

  private static Dataset<Row> columns(Dataset<Row> records) {
    return records.select("topic", "partition", "offset", "value");
  }

  @Override
  public void stream(List<PartitionOffset> from, WindowSink sink, StopSignal stop) {
    Map<Integer, Long> start = new TreeMap<>(topics.earliest(topic));
    requireHeld(from, start);
    from.stream()
        .filter(offset -> offset.topic().equals(topic))
        .forEach(offset -> start.put(offset.partition(), offset.next()));
    awaitFirstWindow(start, stop);
    WindowCutter cutter =
        new WindowCutter(
            topic,
            checkpoint,
            spark.sparkContext().hadoopConfiguration(),
            start,
            this::behind,
            sink,
            stop);
    StreamingQuery query = start(start, cutter);
    try {
      try {
        while (query.isActive() && !stop.requested()) {
          stop.await(POLL);
          sink.check();
          if (cutter.idleFor(stop.untilIdle())) {
            stop.request();
          }
        }
      } finally {
        cutter.stop(query);
      }
      query.exception().foreach(KafkaSource::rethrow);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Object rethrow(StreamingQueryException e) {
    if (e.getCause() instanceof RuntimeException cause) {
      throw cause;
    }
    throw new IllegalStateException("The stream from Kafka failed: " + e.getCause(), e);
  }

  private void requireHeld(List<PartitionOffset> from, Map<Integer, Long> earliest) {
    Map<Integer, Long> latest = topics.latest(topic);
    for (PartitionOffset offset : from) {
      if (!offset.topic().equals(topic)) {
        continue;
      }
      long first = earliest.getOrDefault(offset.partition(), 0L);
      long end = latest.getOrDefault(offset.partition(), 0L);
      if (offset.next() < first || offset.next() > end) {
        throw new UserError(
            "The store goes on at offset "
                + offset.next()
                + " of "
                + topic
                + "-"
                + offset.partition()
                + ", but Kafka holds offsets "
                + first
                + " to "
                + end
                + (offset.next() < first
                    ? "; events between were deleted by retention. A new store.path starts with what is"
                        + " left"
                    : "; is it the topic that the store was trained on?"));
      }
    }
  }

  /**
   * Spark's first trigger takes whatever is there; waiting for a full window, or for the time after
   * which one that isn't full is taken, makes the first window like all others.
   */
  private void awaitFirstWindow(Map<Integer, Long> start, StopSignal stop) {
    if (limits.seconds() > 0) {
      return;
    }
    long deadline = System.nanoTime() + limits.flush().toNanos();
    try {
      while (behind(start) < limits.rows() && System.nanoTime() < deadline && !stop.await(POLL)) {
        // Looks again.
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private StreamingQuery start(Map<Integer, Long> start, WindowCutter cutter) {
    DataStreamReader reader =
        spark
            .readStream()
            .format("kafka")
            .option("kafka.bootstrap.servers", bootstrapServers)
            .option("subscribe", topic)
            .option("startingOffsets", json(Map.of(topic, start)));
    Trigger trigger;
    if (limits.seconds() > 0) {
      reader.option("maxOffsetsPerTrigger", limits.maxRows());
      trigger = Trigger.ProcessingTime(limits.seconds() * 1000L);
    } else {
      reader
          .option("minOffsetsPerTrigger", limits.rows())
          .option("maxOffsetsPerTrigger", limits.rows())
          .option("maxTriggerDelay", limits.flush().toSeconds() + "s");
      trigger = Trigger.ProcessingTime(0);
    }
    try {
      return columns(reader.load())
          .writeStream()
          .queryName("rivulet " + topic)
          .trigger(trigger)
          .option("checkpointLocation", checkpoint.toString())
          .foreachBatch(cutter::batch)
          .start();
    } catch (TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public OptionalLong lag(List<PartitionOffset> taken) {
    Map<Integer, Long> next = new TreeMap<>();
    taken.stream()
        .filter(offset -> offset.topic().equals(topic))
        .forEach(offset -> next.put(offset.partition(), offset.next()));
    return OptionalLong.of(behind(next));
  }

  private long behind(Map<Integer, Long> next) {
    return topics.latest(topic).entrySet().stream()
        .mapToLong(latest -> latest.getValue() - next.getOrDefault(latest.getKey(), 0L))
        .sum();
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    topics.close();
  }
}
