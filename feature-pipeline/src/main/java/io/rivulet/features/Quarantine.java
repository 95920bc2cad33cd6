package io.rivulet.features;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Where events go that can't be learned from, with their position, the reason and the bytes. */
public interface Quarantine {
  /** Folder of what an epoch wrote; a superseded one that still runs can't touch a later one's. */
  String EPOCH = "epoch=";

  /**
   * Puts the events that have a reason away. Called again for the same window, it replaces what it
   * or an earlier epoch wrote (Parquet) or sends it again (topic).
   *
   * @param window number of the window in its store
   * @param epoch the store's epoch that learns the window
   * @param events with topic, partition, offset, reason, key and value
   */
  void put(long window, int epoch, Dataset<Row> events);

  /** One folder of Parquet files a window, below {@code directory}. */
  static Quarantine parquet(String directory) {
    return (window, epoch, events) -> {
      Path folder = new Path(folder(directory, window, epoch));
      dropEarlierEpochs(folder.getParent(), epoch, events);
      refused(events).write().mode("overwrite").parquet(folder.toString());
    };
  }

  /** Where {@link #parquet} keeps what an epoch refused of a window. */
  static String folder(String directory, long window, int epoch) {
    return String.format(Locale.ROOT, "%s/window=%010d/%s%d", directory, window, EPOCH, epoch);
  }

  private static void dropEarlierEpochs(Path folder, int epoch, Dataset<Row> events) {
    try {
      FileSystem fs =
          folder.getFileSystem(events.sparkSession().sparkContext().hadoopConfiguration());
      for (int earlier = 1; fs.exists(folder) && earlier < epoch; earlier++) {
        fs.delete(new Path(folder, EPOCH + earlier), true);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A Kafka topic: key and value as they came, position and reason as headers. */
  static Quarantine topic(String bootstrapServers, String topic) {
    return (window, epoch, events) ->
        refused(events)
            .selectExpr(
                "key",
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
            RawEvents.KEY,
            RawEvents.VALUE);
  }
}
