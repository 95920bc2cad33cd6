package io.rivulet.features;

import static org.apache.spark.sql.functions.col;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Where events go that can't be learned from, with their position, the reason and the bytes. */
public interface Quarantine {

  /**
   * Puts the events that have a reason away. Called again for the same window, it replaces what it
   * wrote (Parquet) or sends it again (topic).
   *
   * @param window number of the window in its store
   * @param events with topic, partition, offset, reason and value
   */
  void put(long window, Dataset<Row> events);

  /** One folder of Parquet files a window, below {@code directory}. */
  static Quarantine parquet(String directory) {
    return (window, events) ->
        refused(events)
            .write()
            .mode("overwrite")
            .parquet(directory + "/window=" + String.format("%010d", window));
  }

  /** A Kafka topic: the raw bytes as value, position and reason as headers. */
  static Quarantine topic(String bootstrapServers, String topic) {
    return (window, events) ->
        refused(events)
            .selectExpr(
                "value",
                "array("
                    + "named_struct('key', 'topic', 'value', cast(topic as binary)), "
                    + "named_struct('key', 'partition', 'value', cast(string(partition) as binary)), "
                    + "named_struct('key', 'offset', 'value', cast(string(offset) as binary)), "
                    + "named_struct('key', 'reason', 'value', cast(reason as binary))) as headers")
            .write()
            .format("kafka")
            .option("kafka.bootstrap.servers", bootstrapServers)
            .option("kafka.max.request.size", Integer.toString(64 << 20))
            .option("topic", topic)
            .save();
  }

  private static Dataset<Row> refused(Dataset<Row> events) {
    return events
        .filter(col(RawEvents.REASON).isNotNull())
        .select(
            RawEvents.TOPIC,
            RawEvents.PARTITION,
            RawEvents.OFFSET,
            RawEvents.REASON,
            RawEvents.VALUE);
  }
}
