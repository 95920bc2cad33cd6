package io.rivulet.app.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rivulet.app.kafka.Topics;
import io.rivulet.trainer.store.OffsetRange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToLongFunction;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.StreamingQuery;

/**
 * Turns the micro-batches of a streaming query on Kafka into windows. Batches come one at a time,
 * on Spark's thread; the query is stopped between two of them.
 */
final class WindowCutter {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path checkpoint;
  private final Configuration hadoop;
  private final ToLongFunction<TopicPartition> earliest;
  private final ToLongFunction<Map<TopicPartition, Long>> behind;
  private final WindowSink sink;
  private final StopSignal stop;

  /** Held while a batch runs; guards all below. */
  private final ReentrantLock running = new ReentrantLock();

  /** First offset of each partition that no window has yet. */
  private final Map<TopicPartition, Long> next = new TreeMap<>(Topics.BY_NAME);

  private boolean announced;
  private long lastActive = System.nanoTime();

  /**
   * A cutter for one run of a query.
   *
   * @param checkpoint the query's
   * @param start where each partition begins
   * @param announced whether a window has named these partitions already
   * @param earliest first offset of a partition that is new
   * @param behind number of events that Kafka holds after the given offsets
   */
  WindowCutter(
      Path checkpoint,
      Configuration hadoop,
      Map<TopicPartition, Long> start,
      boolean announced,
      ToLongFunction<TopicPartition> earliest,
      ToLongFunction<Map<TopicPartition, Long>> behind,
      WindowSink sink,
      StopSignal stop) {
    this.checkpoint = checkpoint;
    this.hadoop = hadoop;
    this.next.putAll(start);
    this.announced = announced;
    this.earliest = earliest;
    this.behind = behind;
    this.sink = sink;
    this.stop = stop;
  }

  /** What the query calls for each micro-batch. */
  void batch(Dataset<Row> events, Long batch) throws InterruptedException {
    // Interruptibly: whoever holds the lock may be stopping the query, and waits for this thread.
    running.lockInterruptibly();
    try {
      if (stop.requested()) {
        return;
      }
      List<OffsetRange> ranges = ranges(batch);
      if (!ranges.isEmpty()) {
        sink.accept(ranges, events);
        ranges.forEach(
            range -> next.put(new TopicPartition(range.topic(), range.partition()), range.until()));
        stop.windowTaken();
        lastActive = System.nanoTime();
      }
    } finally {
      running.unlock();
    }
  }

  /** What Spark planned for the batch, from the log that it writes before the batch runs. */
  private List<OffsetRange> ranges(long batch) {
    Path log = new Path(checkpoint, "offsets/" + batch);
    try {
      String[] lines;
      try (FSDataInputStream in = log.getFileSystem(hadoop).open(log)) {
        lines = new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n");
      }
      List<OffsetRange> ranges = new ArrayList<>();
      JSON.readTree(lines[lines.length - 1])
          .fields()
          .forEachRemaining(topic -> addRanges(topic.getKey(), topic.getValue(), ranges));
      announced |= ranges.stream().anyMatch(range -> range.length() > 0);
      return announced ? ranges : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void addRanges(String topic, JsonNode ends, List<OffsetRange> ranges) {
    ends.fields()
        .forEachRemaining(
            end -> {
              TopicPartition partition = new TopicPartition(topic, Integer.parseInt(end.getKey()));
              long from = next.computeIfAbsent(partition, earliest::applyAsLong);
              long until = end.getValue().asLong();
              // The first window names every partition, so that the store knows where each began.
              if (until > from || !announced) {
                ranges.add(new OffsetRange(topic, partition.partition(), from, until));
              }
            });
  }

  /** Whether nothing has come for so long, and nothing waits; never if {@code time} is zero. */
  boolean idleFor(Duration time) {
    if (time.isZero() || !running.tryLock()) {
      return false;
    }
    try {
      return System.nanoTime() - lastActive > time.toNanos() && behind.applyAsLong(next) == 0;
    } finally {
      running.unlock();
    }
  }

  /** Stops the query between two batches, so that none is torn. */
  void stop(StreamingQuery query) throws TimeoutException {
    stop.request();
    running.lock();
    try {
      query.stop();
    } finally {
      running.unlock();
    }
  }
}
