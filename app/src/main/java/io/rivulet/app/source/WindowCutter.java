package io.rivulet.app.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.StreamingQuery;

/**
 * Turns the micro-batches of a streaming query on a topic into windows. Batches come one at a time,
 * on Spark's thread; the query is stopped between two of them.
 */
final class WindowCutter {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String topic;
  private final Path checkpoint;
  private final Configuration hadoop;
  private final ToLongFunction<Map<Integer, Long>> behind;
  private final WindowSink sink;
  private final StopSignal stop;

  /** Held while a batch runs; guards all below. */
  private final ReentrantLock running = new ReentrantLock();

  /** First offset of each partition that no window has yet. */
  private final Map<Integer, Long> next;

  private boolean announced;
  private long lastActive = System.nanoTime();

  /**
   * A cutter for one run of a query.
   *
   * @param checkpoint the query's
   * @param start where each partition begins
   * @param behind number of events that the topic holds after the given offsets
   */
  WindowCutter(
      String topic,
      Path checkpoint,
      Configuration hadoop,
      Map<Integer, Long> start,
      ToLongFunction<Map<Integer, Long>> behind,
      WindowSink sink,
      StopSignal stop) {
    this.topic = topic;
    this.checkpoint = checkpoint;
    this.hadoop = hadoop;
    this.next = new TreeMap<>(start);
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
        ranges.forEach(range -> next.put(range.partition(), range.until()));
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
      JsonNode ends = JSON.readTree(lines[lines.length - 1]).path(topic);
      List<OffsetRange> ranges = new ArrayList<>();
      ends.fields()
          .forEachRemaining(
              end -> {
                int partition = Integer.parseInt(end.getKey());
                long from = next.getOrDefault(partition, 0L);
                long until = end.getValue().asLong();
                // The first window names every partition, so that the store knows where each began.
                if (until > from || !announced) {
                  ranges.add(new OffsetRange(topic, partition, from, until));
                }
              });
      announced |= ranges.stream().anyMatch(range -> range.length() > 0);
      return announced ? ranges : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
