package io.rivulet.app.source;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.not;

import io.rivulet.app.UserError;
import io.rivulet.app.kafka.Topics;
import io.rivulet.features.RawEvents;
import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.PartitionOffset;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * A streaming Dataset of the user's. Each of its micro-batches is a window; rows that were taken
 * before are dropped.
 */
public final class DatasetSource implements EventSource {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Map<String, DataType> REQUIRED =
      new TreeMap<>(
          Map.of(
              RawEvents.TOPIC, DataTypes.StringType,
              RawEvents.PARTITION, DataTypes.IntegerType,
              RawEvents.OFFSET, DataTypes.LongType,
              RawEvents.KEY, DataTypes.BinaryType,
              RawEvents.VALUE, DataTypes.BinaryType));

  private final Dataset<Row> events;
  private final String checkpoint;

  /** Held while a batch runs; guards all below. */
  private final ReentrantLock running = new ReentrantLock();

  private final Map<TopicPartition, Long> next = new TreeMap<>(Topics.BY_NAME);

  /** Partitions of which this run has seen rows; Spark leaves no gap after the first. */
  private final Set<TopicPartition> seen = new HashSet<>();

  /**
   * A source of a stream's rows; it may lack the column {@code key}.
   *
   * @param checkpoint where Spark keeps this run's checkpoint; must be new
   * @throws IllegalArgumentException if a column is missing or of another type
   */
  public DatasetSource(Dataset<Row> stream, String checkpoint) {
    Dataset<Row> keyed =
        Arrays.asList(stream.columns()).contains(RawEvents.KEY)
            ? stream
            : stream.withColumn(RawEvents.KEY, lit(null).cast("binary"));
    List<String> columns = Arrays.asList(keyed.columns());
    REQUIRED.forEach(
        (name, type) -> {
          if (!columns.contains(name) || !keyed.schema().apply(name).dataType().equals(type)) {
            throw new IllegalArgumentException(
                "The Dataset needs a column "
                    + name
                    + " of type "
                    + type.simpleString()
                    + "; it has "
                    + stream.schema().simpleString());
          }
        });
    this.events = RecordedEvents.columns(keyed);
    this.checkpoint = checkpoint;
  }

  @Override
  public List<OffsetRange> stream(
      List<PartitionOffset> from, List<OffsetRange> begun, WindowSink sink, StopSignal stop) {
    from.forEach(o -> next.put(new TopicPartition(o.topic(), o.partition()), o.next()));
    try {
      StreamingQuery query =
          events
              .writeStream()
              .option("checkpointLocation", checkpoint)
              .foreachBatch((Dataset<Row> batch, Long id) -> take(batch, sink, stop))
              .start();
      try {
        while (query.isActive() && !stop.await(POLL)) {
          sink.check();
        }
      } finally {
        // Between two batches, so that none is torn.
        stop.request();
        running.lock();
        try {
          query.stop();
        } finally {
          running.unlock();
        }
      }
      query.exception().foreach(DatasetSource::rethrow);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException e) {
      throw new IllegalStateException(e);
    }
    return List.of();
  }

  private static Object rethrow(StreamingQueryException e) {
    if (e.getCause() instanceof RuntimeException cause) {
      throw cause;
    }
    throw new IllegalStateException("The stream failed: " + e.getCause(), e);
  }

  private void take(Dataset<Row> batch, WindowSink sink, StopSignal stop)
      throws InterruptedException {
    // Interruptibly: whoever holds the lock may be stopping the query, and waits for this thread.
    running.lockInterruptibly();
    try {
      if (!stop.requested()) {
        window(batch, sink, stop);
      }
    } finally {
      running.unlock();
    }
  }

  private void window(Dataset<Row> batch, WindowSink sink, StopSignal stop) {
    List<OffsetRange> ranges = new ArrayList<>();
    Column repeated = lit(false);
    for (Row row :
        batch
            .groupBy(col(RawEvents.TOPIC), col(RawEvents.PARTITION))
            .agg(min(col(RawEvents.OFFSET)), max(col(RawEvents.OFFSET)))
            .collectAsList()) {
      TopicPartition partition = new TopicPartition(row.getString(0), row.getInt(1));
      long first = row.getLong(2);
      long until = row.getLong(3) + 1;
      long from = next.getOrDefault(partition, first);
      if (seen.add(partition) && first > from) {
        throw new UserError(
            "The store goes on at offset "
                + from
                + " of "
                + partition
                + ", but the Dataset begins at "
                + first
                + "; let it start earlier, for example with startingOffsets earliest");
      }
      if (first < from) {
        repeated =
            repeated.or(
                col(RawEvents.TOPIC)
                    .equalTo(partition.topic())
                    .and(col(RawEvents.PARTITION).equalTo(partition.partition()))
                    .and(col(RawEvents.OFFSET).lt(from)));
      }
      if (until > from) {
        ranges.add(new OffsetRange(partition.topic(), partition.partition(), from, until));
      }
    }
    if (!ranges.isEmpty()) {
      sink.accept(ranges, batch.filter(not(repeated)));
      ranges.forEach(r -> next.put(new TopicPartition(r.topic(), r.partition()), r.until()));
      stop.windowTaken();
    }
  }

  @Override
  public void close() {
    // The query was stopped when its stream ended.
  }
}
