package io.rivulet.app.source;

import io.rivulet.app.UserError;
import io.rivulet.app.kafka.KafkaConnection;
import io.rivulet.app.kafka.StartFrom;
import io.rivulet.app.kafka.TopicSelection;
import io.rivulet.app.kafka.Topics;
import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.PartitionOffset;
import io.rivulet.trainer.store.WindowPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.fs.Path;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamReader;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;

/**
 * Events of Kafka by Spark Structured Streaming. Each start uses a fresh Spark checkpoint: where to
 * go on is the model store's to say.
 */
public final class KafkaSource implements EventSource {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration LATEST_LASTS = Duration.ofSeconds(1);
  private static final int MOST_WINDOWS_READ = 16;
  private static final int MOST_ROWS_READ = 20_000;

  private final SparkSession spark;
  private final KafkaConnection connection;
  private final TopicSelection selection;
  private final StartFrom startFrom;
  private final WindowLimits limits;
  private final Path checkpoint;
  private int queries;
  private final String groupId;
  private final RecordedEvents recorded;
  private final Topics topics;

  private final WindowCutter.Broker broker =
      new WindowCutter.Broker() {
        @Override
        public long earliest(TopicPartition partition) {
          return topics.earliest(List.of(partition)).get(partition);
        }

        @Override
        public long behind(Map<TopicPartition, Long> next) {
          return KafkaSource.this.behind(next);
        }

        @Override
        public void requireSameTopics() {
          KafkaSource.this.requireSameTopics();
        }
      };

  /** As they were when training began; null before. */
  private Map<String, String> topicIds;

  /** Where partitions ended at {@link #latestAt}. */
  private Map<TopicPartition, Long> latest = Map.of();

  private long latestAt;

  /**
   * How the stream is cut into windows.
   *
   * @param rows events of a window
   * @param flush a window that isn't full waits no longer than this
   * @param seconds above 0: a window is what arrives in this time, at most {@code maxRows}
   * @param maxRows see {@code seconds}
   * @param overload what happens to events that come too fast
   */
  public record WindowLimits(
      int rows, Duration flush, int seconds, int maxRows, Overload overload) {}

  /**
   * A source that connects when it is first asked.
   *
   * @param startFrom where partitions begin of which the store has nothing yet
   * @param spark whose streaming checkpoints are in memory, see {@link CheckpointInMemory}
   * @param checkpoint name of this run's checkpoint; must be new
   * @param groupId consumer group that is told what was committed; empty for none
   */
  public KafkaSource(
      SparkSession spark,
      KafkaConnection connection,
      TopicSelection selection,
      StartFrom startFrom,
      WindowLimits limits,
      String checkpoint,
      String groupId) {
    this.spark = spark;
    this.connection = connection;
    this.selection = selection;
    this.startFrom = startFrom;
    this.limits = limits;
    this.checkpoint = new Path(checkpoint);
    this.groupId = groupId;
    this.recorded = new RecordedEvents(spark, connection);
    this.topics = new Topics(connection);
  }

  /**
   * Checks that there is something to stream from.
   *
   * @throws UserError if the broker can't be reached or a topic doesn't exist
   */
  public void requireTopics() {
    topics.partitions(selection);
  }

  @Override
  public List<OffsetRange> stream(
      List<PartitionOffset> from, List<OffsetRange> begun, WindowSink sink, StopSignal stop) {
    Map<TopicPartition, Long> start = start(from);
    boolean announced = !begun.isEmpty() && fillUp(begun, start, sink, stop);
    while (!stop.requested()) {
      Path log = new Path(checkpoint, Integer.toString(++queries));
      WindowCutter cutter =
          new WindowCutter(
              log, cutterLimits(), start, announced, broker, limits.overload(), sink, stop);
      awaitFirstWindow(limits.rows(), start, stop);
      stream(query(start, cutter, log), cutter, log, sink, stop);
      if (cutter.skipping()) {
        start = skipToNow(cutter.next(), sink);
        announced = true;
      }
    }
    return List.of();
  }

  /** Leaves out what waits; returns where to go on. */
  private Map<TopicPartition, Long> skipToNow(Map<TopicPartition, Long> next, WindowSink sink) {
    Map<TopicPartition, Long> latest = topics.latest(next.keySet());
    List<OffsetRange> skipped = new ArrayList<>();
    Map<TopicPartition, Long> start = new TreeMap<>(Topics.BY_NAME);
    next.forEach(
        (partition, from) -> {
          long until = Math.max(from, latest.get(partition));
          skipped.add(new OffsetRange(partition.topic(), partition.partition(), from, until));
          start.put(partition, until);
        });
    sink.leaveOut(WindowPlan.SKIPPED, skipped);
    limits.overload().reset();
    return start;
  }

  /** Runs a query until a stop is requested or events are to be skipped. */
  private void stream(
      StreamingQuery query, WindowCutter cutter, Path log, WindowSink sink, StopSignal stop) {
    try {
      try {
        while (query.isActive() && !stop.requested() && !cutter.skipping()) {
          stop.await(POLL);
          sink.check();
          cutter.flushIfDue();
          if (cutter.idleFor(stop.untilIdle())) {
            stop.request();
          }
        }
      } finally {
        cutter.stop(query);
      }
      if (query.exception().isDefined()) {
        requireNothingExpired(cutter.next());
        rethrow(query.exception().get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException e) {
      throw new IllegalStateException(e);
    } finally {
      CheckpointInMemory.forget(log);
    }
  }

  /** Says it if a query failed because of what retention took from it. */
  private void requireNothingExpired(Map<TopicPartition, Long> next) {
    List<OffsetRange> expired = expired(next);
    if (!expired.isEmpty()) {
      throw new UserError(
          describeExpired(expired)
              + " before their turn came; start again with kafka.fail_on_data_loss: false to go on"
              + " with what is left");
    }
  }

  /** What a user is told of events that Kafka no longer has. */
  public static String describeExpired(List<OffsetRange> expired) {
    OffsetRange first = expired.get(0);
    return String.format(
        "Kafka has deleted %,d offsets that weren't learned, the first of them %s-%d from %d to %d",
        expired.stream().mapToLong(OffsetRange::length).sum(),
        first.topic(),
        first.partition(),
        first.from(),
        first.until());
  }

  private static void rethrow(StreamingQueryException e) {
    // Spark 3.5 fails so if a partition appears while a least number of events is waited for.
    if (e.getCause() instanceof NoSuchElementException missing
        && String.valueOf(missing.getMessage()).startsWith("key not found: ")) {
      throw new UserError(
          "The topic got a new partition ("
              + missing.getMessage()
              + "); start again: training goes on where the store stands, with that partition too",
          e);
    }
    if (e.getCause() instanceof RuntimeException cause) {
      throw cause;
    }
    throw new IllegalStateException("The stream from Kafka failed: " + e.getCause(), e);
  }

  /** Where each partition begins: where the store stands, or else as the user says. */
  private Map<TopicPartition, Long> start(List<PartitionOffset> from) {
    List<TopicPartition> partitions = topics.partitions(selection);
    Map<TopicPartition, Long> start = topics.offsets(partitions, startFrom);
    Map<TopicPartition, Long> earliest = topics.earliest(partitions);
    Map<TopicPartition, Long> latest = topics.latest(partitions);
    for (PartitionOffset offset : from) {
      TopicPartition partition = new TopicPartition(offset.topic(), offset.partition());
      if (!selection.has(offset.topic(), offset.partition())) {
        continue;
      }
      long first = earliest.getOrDefault(partition, 0L);
      long end = latest.getOrDefault(partition, 0L);
      if (offset.next() < first || offset.next() > end) {
        throw new UserError(
            "The store goes on at offset "
                + offset.next()
                + " of "
                + partition
                + ", but Kafka holds offsets "
                + first
                + " to "
                + end
                + (offset.next() < first
                    ? "; events between were deleted by retention. With kafka.fail_on_data_loss:"
                        + " false training goes on with what is left"
                    : "; is it the topic that the store was trained on?"));
      }
      start.put(partition, offset.next());
    }
    return start;
  }

  /**
   * Takes a window that another source has begun, and fills it up with the first events.
   *
   * @param start moved on by what is taken
   * @return whether the window names all partitions
   */
  private boolean fillUp(
      List<OffsetRange> begun, Map<TopicPartition, Long> start, WindowSink sink, StopSignal stop) {
    List<OffsetRange> window = new ArrayList<>(begun);
    boolean byRows = limits.seconds() == 0;
    if (byRows) {
      long wanted = limits.rows() - begun.stream().mapToLong(OffsetRange::length).sum();
      awaitFirstWindow(wanted, start, stop);
      Map<TopicPartition, Long> latest = topics.latest(start.keySet());
      long left = Math.min(wanted, behind(start));
      for (Map.Entry<TopicPartition, Long> entry : start.entrySet()) {
        long from = entry.getValue();
        long taken = Math.min(left, latest.get(entry.getKey()) - from);
        window.add(
            new OffsetRange(
                entry.getKey().topic(), entry.getKey().partition(), from, from + taken));
        entry.setValue(from + taken);
        left -= taken;
      }
    }
    if (stop.requested()) {
      return false;
    }
    sink.accept(window, recorded.read(window));
    stop.windowTaken();
    return byRows;
  }

  /**
   * Spark's first trigger takes whatever is there; waiting for a full window, or for the time after
   * which one that isn't full is taken, makes the first window like all others.
   */
  private void awaitFirstWindow(long rows, Map<TopicPartition, Long> start, StopSignal stop) {
    if (limits.seconds() > 0) {
      return;
    }
    long deadline = System.nanoTime() + limits.flush().toNanos();
    try {
      while (behind(start) < rows && System.nanoTime() < deadline && !stop.await(POLL)) {
        // Looks again.
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private WindowCutter.Limits cutterLimits() {
    return limits.seconds() > 0
        ? new WindowCutter.Limits(Long.MAX_VALUE, Long.MAX_VALUE, Duration.ofDays(1))
        : new WindowCutter.Limits(limits.rows(), leastRead(), limits.flush());
  }

  /**
   * Spark waits for fewer events than make a window, because some of the window's may have come
   * with the batch before.
   */
  private long leastRead() {
    return Math.max(1, limits.rows() / 4);
  }

  /** When much waits, several small windows are read in one batch, which costs as much as one. */
  private long mostRead(int partitions) {
    long windows = Math.max(1, Math.min(MOST_WINDOWS_READ, MOST_ROWS_READ / limits.rows()));
    // Spark gives each partition a share that it rounds down.
    return windows * limits.rows() + partitions;
  }

  private StreamingQuery query(Map<TopicPartition, Long> start, WindowCutter cutter, Path log) {
    DataStreamReader reader =
        spark
            .readStream()
            .format("kafka")
            .options(connection.sparkOptions())
            .option("startingOffsets", RecordedEvents.json(byTopic(start)));
    if (!selection.partitions().isEmpty()) {
      Map<String, List<Integer>> assigned = new TreeMap<>();
      byTopic(start)
          .forEach((topic, offsets) -> assigned.put(topic, List.copyOf(offsets.keySet())));
      reader.option("assign", RecordedEvents.json(assigned));
    } else if (!selection.pattern().isEmpty()) {
      reader.option("subscribePattern", selection.pattern());
    } else {
      reader.option("subscribe", String.join(",", selection.topics()));
    }
    Trigger trigger;
    if (limits.seconds() > 0) {
      reader.option("maxOffsetsPerTrigger", limits.maxRows());
      trigger = Trigger.ProcessingTime(limits.seconds() * 1000L);
    } else {
      reader
          .option("minOffsetsPerTrigger", leastRead())
          .option("maxOffsetsPerTrigger", mostRead(start.size()))
          .option("maxTriggerDelay", limits.flush().toSeconds() + "s");
      trigger = Trigger.ProcessingTime(0);
    }
    try {
      return RecordedEvents.columns(reader.load())
          .writeStream()
          .queryName("rivulet " + selection)
          .trigger(trigger)
          .option("checkpointLocation", log.toString())
          .foreachBatch(cutter::batch)
          .start();
    } catch (TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Map<String, Map<Integer, Long>> byTopic(Map<TopicPartition, Long> offsets) {
    Map<String, Map<Integer, Long>> byTopic = new TreeMap<>();
    offsets.forEach(
        (partition, offset) ->
            byTopic
                .computeIfAbsent(partition.topic(), topic -> new TreeMap<>())
                .put(partition.partition(), offset));
    return byTopic;
  }

  @Override
  public List<OffsetRange> expired(List<PartitionOffset> taken) {
    return expired(ours(taken));
  }

  private List<OffsetRange> expired(Map<TopicPartition, Long> ours) {
    Map<TopicPartition, Long> earliest = topics.earliest(ours.keySet());
    List<OffsetRange> expired = new ArrayList<>();
    ours.forEach(
        (partition, next) -> {
          long first = earliest.getOrDefault(partition, next);
          if (next < first) {
            expired.add(new OffsetRange(partition.topic(), partition.partition(), next, first));
          }
        });
    return expired;
  }

  @Override
  public Map<String, String> topicIds() {
    if (topicIds == null) {
      topicIds = topics.ids(topics.names(selection));
    }
    return topicIds;
  }

  private void requireSameTopics() {
    Map<String, String> now = topics.ids(topicIds().keySet());
    topicIds()
        .forEach(
            (topic, id) -> {
              if (!id.equals(now.get(topic))) {
                throw new UserError(
                    "Topic "
                        + topic
                        + " was deleted"
                        + (now.containsKey(topic) ? " and made again" : "")
                        + " while training ran; what was committed is from the one before");
              }
            });
  }

  private Map<TopicPartition, Long> ours(List<PartitionOffset> offsets) {
    Map<TopicPartition, Long> ours = new TreeMap<>(Topics.BY_NAME);
    offsets.stream()
        .filter(offset -> !RecordedEvents.isFile(offset.topic()))
        .filter(offset -> selection.has(offset.topic(), offset.partition()))
        .forEach(o -> ours.put(new TopicPartition(o.topic(), o.partition()), o.next()));
    return ours;
  }

  @Override
  public Map<String, Long> lag(List<PartitionOffset> taken) {
    Map<TopicPartition, Long> ours = ours(taken);
    // Before the first window from Kafka nobody has said where its partitions begin.
    return ours.isEmpty() ? Map.of() : roughlyBehind(ours);
  }

  /** As Kafka was a moment ago, since asking takes as long as learning a hundred rows. */
  private Map<String, Long> roughlyBehind(Map<TopicPartition, Long> next) {
    long now = System.nanoTime();
    if (now - latestAt > LATEST_LASTS.toNanos() || !latest.keySet().containsAll(next.keySet())) {
      latest = topics.latest(next.keySet());
      latestAt = now;
    }
    Map<String, Long> behind = new TreeMap<>();
    next.forEach(
        (partition, offset) ->
            behind.put(partition.toString(), Math.max(0, latest.get(partition) - offset)));
    return behind;
  }

  @Override
  public void committed(List<PartitionOffset> offsets) {
    Map<TopicPartition, Long> ours = ours(offsets);
    if (!groupId.isEmpty() && !ours.isEmpty()) {
      topics.copyToGroup(groupId, ours);
    }
  }

  private long behind(Map<TopicPartition, Long> next) {
    return topics.latest(next.keySet()).entrySet().stream()
        .mapToLong(latest -> latest.getValue() - next.get(latest.getKey()))
        .sum();
  }

  @Override
  public void close() {
    recorded.close();
    topics.close();
  }
}
