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
import org.apache.hadoop.fs.Path;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.StreamingQuery;

/**
 * Cuts windows out of the micro-batches of a streaming query on Kafka. Batches come one at a time,
 * on Spark's thread; the query is stopped between two of them.
 */
final class WindowCutter {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path checkpoint;
  private final Limits limits;
  private final Broker broker;
  private final Overload overload;
  private final WindowSink sink;
  private final StopSignal stop;

  /** Held while windows are taken; guards all below. */
  private final ReentrantLock running = new ReentrantLock();

  /** First offset of each partition that no window has yet. */
  private final Map<TopicPartition, Long> next = new TreeMap<>(Topics.BY_NAME);

  /** First offset of each partition that the sink hasn't read yet. */
  private final Map<TopicPartition, Long> unread = new TreeMap<>(Topics.BY_NAME);

  private boolean announced;

  /** Whether the sink failed to take a window, so that it may not be offered another. */
  private boolean failed;

  private volatile boolean skipping;
  private long lastActive = System.nanoTime();

  /** When events began to wait for their window to get full, as long as some do. */
  private long waitingSince = lastActive;

  /**
   * What a window has.
   *
   * @param rows events of a full one; {@link Long#MAX_VALUE} if each batch is one
   * @param leastRead a batch with fewer events is one for which the query waited as long as it may
   * @param flush events wait about so long for a window to get full
   */
  record Limits(long rows, long leastRead, Duration flush) {}

  /** What Kafka is asked. */
  interface Broker {
    /** First offset of a partition that is new. */
    long earliest(TopicPartition partition);

    /** Number of events that Kafka holds after the given offsets. */
    long behind(Map<TopicPartition, Long> next);

    /** Fails if a topic isn't the one any more from which events were to come. */
    void requireSameTopics();
  }

  /**
   * A cutter for one run of a query.
   *
   * @param checkpoint the query's
   * @param start where each partition begins
   * @param announced whether a window has named these partitions already
   * @param broker where the events come from
   * @param overload whether it skips, the query is to be stopped: nothing is taken any more
   */
  WindowCutter(
      Path checkpoint,
      Limits limits,
      Map<TopicPartition, Long> start,
      boolean announced,
      Broker broker,
      Overload overload,
      WindowSink sink,
      StopSignal stop) {
    this.checkpoint = checkpoint;
    this.limits = limits;
    this.next.putAll(start);
    this.unread.putAll(start);
    this.announced = announced;
    this.broker = broker;
    this.overload = overload;
    this.sink = sink;
    this.stop = stop;
  }

  /** What the query calls for each micro-batch. */
  void batch(Dataset<Row> events, Long batch) throws InterruptedException {
    // Interruptibly: whoever holds the lock may be stopping the query, and waits for this thread.
    running.lockInterruptibly();
    try {
      overload.look(() -> broker.behind(next));
      skipping |= overload.skips();
      if (stop.requested() || skipping) {
        return;
      }
      List<OffsetRange> ranges = ranges(batch);
      long rows = ranges.stream().mapToLong(OffsetRange::length).sum();
      if (rows == 0) {
        return;
      }
      lastActive = System.nanoTime();
      // Before the first batch the source has waited already.
      if (batch > 0 && waiting() == 0) {
        waitingSince = lastActive;
      }
      sink.read(ranges, events);
      broker.requireSameTopics();
      ranges.forEach(range -> unread.put(partition(range), range.until()));
      take(limits.rows());
      if (rows < limits.leastRead()) {
        take(1);
      }
    } finally {
      running.unlock();
    }
  }

  /** Takes events that have waited too long for their window to get full. */
  void flushIfDue() {
    if (!running.tryLock()) {
      return;
    }
    try {
      if (!failed && System.nanoTime() - waitingSince > limits.flush().toNanos()) {
        take(1);
      }
    } finally {
      running.unlock();
    }
  }

  /** Takes windows as long as so many events are read and in no window. */
  private void take(long atLeast) {
    long waiting = waiting();
    while (!stop.requested() && waiting >= atLeast) {
      double negativeRate = overload.negativeRate();
      // Of a sample about as many are learned as of a usual window.
      long rows = Math.min((long) (limits.rows() / negativeRate), waiting);
      List<OffsetRange> window = share(rows, waiting);
      failed = true;
      sink.accept(window, negativeRate);
      failed = false;
      window.forEach(range -> next.put(partition(range), range.until()));
      announced = true;
      stop.windowTaken();
      waitingSince = System.nanoTime();
      lastActive = waitingSince;
      waiting -= rows;
    }
  }

  private long waiting() {
    return next.entrySet().stream()
        .mapToLong(entry -> unread.get(entry.getKey()) - entry.getValue())
        .sum();
  }

  /** So many of the waiting events, of each partition in proportion to what waits of it. */
  private List<OffsetRange> share(long rows, long waiting) {
    List<OffsetRange> window = new ArrayList<>();
    long seen = 0;
    long shared = 0;
    for (Map.Entry<TopicPartition, Long> entry : next.entrySet()) {
      TopicPartition partition = entry.getKey();
      long from = entry.getValue();
      seen += unread.get(partition) - from;
      long share = Math.floorDiv(Math.multiplyExact(rows, seen), waiting) - shared;
      shared += share;
      // The first window names every partition, so that the store knows where each began.
      if (share > 0 || !announced) {
        window.add(new OffsetRange(partition.topic(), partition.partition(), from, from + share));
      }
    }
    return window;
  }

  /** What Spark planned for the batch, from the log that it writes before the batch runs. */
  private List<OffsetRange> ranges(long batch) {
    try {
      byte[] log = CheckpointInMemory.read(new Path(checkpoint, "offsets/" + batch));
      String[] lines = new String(log, StandardCharsets.UTF_8).split("\n");
      List<OffsetRange> ranges = new ArrayList<>();
      JSON.readTree(lines[lines.length - 1])
          .fields()
          .forEachRemaining(topic -> addRanges(topic.getKey(), topic.getValue(), ranges));
      return ranges;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void addRanges(String topic, JsonNode ends, List<OffsetRange> ranges) {
    ends.fields()
        .forEachRemaining(
            end -> {
              TopicPartition partition = new TopicPartition(topic, Integer.parseInt(end.getKey()));
              next.computeIfAbsent(partition, broker::earliest);
              long from = unread.computeIfAbsent(partition, next::get);
              ranges.add(
                  new OffsetRange(
                      topic, partition.partition(), from, Math.max(from, end.getValue().asLong())));
            });
  }

  private static TopicPartition partition(OffsetRange range) {
    return new TopicPartition(range.topic(), range.partition());
  }

  /** Whether nothing has come for so long, and nothing waits; never if {@code time} is zero. */
  boolean idleFor(Duration time) {
    if (time.isZero() || !running.tryLock()) {
      return false;
    }
    try {
      return System.nanoTime() - lastActive > time.toNanos() && broker.behind(next) == 0;
    } finally {
      running.unlock();
    }
  }

  /** Whether no more is taken, since what waits is to be left out. */
  boolean skipping() {
    return skipping;
  }

  /** First offset of each partition that is in no window; of a query that was stopped. */
  Map<TopicPartition, Long> next() {
    return next;
  }

  /** Stops the query between two batches, so that none is torn. */
  void stop(StreamingQuery query) throws TimeoutException {
    if (!skipping) {
      stop.pause();
    }
    running.lock();
    try {
      query.stop();
    } finally {
      running.unlock();
    }
  }
}
