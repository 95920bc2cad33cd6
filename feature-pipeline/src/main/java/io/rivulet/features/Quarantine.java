package io.rivulet.features;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Where events go that can't be learned from, with their position, the reason and the bytes. */
public interface Quarantine {
  /** Folder of what an epoch wrote; a superseded one that still runs can't touch a later one's. */
  String EPOCH = "epoch=";

  /** Folder of a window. */
  String WINDOW = "window=";

  /**
   * Puts the events that have a reason away. Called again for the same window, it replaces what it
   * or an earlier epoch wrote (Parquet) or sends it again (topic).
   *
   * @param window number of the window in its store
   * @param epoch the store's epoch that learns the window
   * @param events with topic, partition, offset, reason, key and value
   */
  void put(long window, int epoch, Dataset<Row> events);

  /**
   * Puts further events of a window away, after {@link #put} or {@link #drop}.
   *
   * @param events as for {@link #put}; all of them have a reason
   */
  void add(long window, int epoch, Dataset<Row> events);

  /**
   * Removes what an earlier epoch put away of a window of which this one has nothing to put away.
   *
   * @param epoch the store's epoch that learns the window
   */
  void drop(long window, int epoch);

  /** Deletes the events that were kept for long enough; that there were some stays known. */
  default void expire() {}

  /** The file that is left in a window's folder whose events were kept for long enough. */
  String EXPIRED = "_EXPIRED";

  /**
   * One folder of Parquet files a window, below {@code directory}.
   *
   * @param hadoop knows the file system
   * @param keep how long events are kept; zero for ever
   */
  static Quarantine parquet(String directory, Configuration hadoop, Duration keep) {
    return new Quarantine() {
      @Override
      public void put(long window, int epoch, Dataset<Row> events) {
        drop(window, epoch);
        write(window, epoch, events, "overwrite");
      }

      @Override
      public void add(long window, int epoch, Dataset<Row> events) {
        write(window, epoch, events, "append");
      }

      private void write(long window, int epoch, Dataset<Row> events, String mode) {
        // One file: a task for each partition of a few events would cost more than it saves.
        refused(events).coalesce(1).write().mode(mode).parquet(folder(directory, window, epoch));
      }

      @Override
      public void expire() {
        if (!keep.isZero()) {
          expireBefore(System.currentTimeMillis() - keep.toMillis());
        }
      }

      private void expireBefore(long time) {
        try {
          Path all = new Path(directory);
          FileSystem fs = all.getFileSystem(hadoop);
          FileStatus[] folders = fs.globStatus(new Path(all, WINDOW + "*/" + EPOCH + "*"));
          for (FileStatus folder : folders == null ? new FileStatus[0] : folders) {
            FileStatus[] files = fs.listStatus(folder.getPath());
            boolean old =
                files.length > 0
                    && Arrays.stream(files).allMatch(f -> f.getModificationTime() < time);
            Path mark = new Path(folder.getPath(), EXPIRED);
            if (old && (files.length > 1 || !fs.exists(mark))) {
              // Before the files go, lest they count as lost.
              fs.create(mark, true).close();
              for (FileStatus file : files) {
                if (!file.getPath().getName().equals(EXPIRED)) {
                  fs.delete(file.getPath(), true);
                }
              }
            }
          }
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }

      @Override
      public void drop(long window, int epoch) {
        Path folder = new Path(folder(directory, window, epoch)).getParent();
        try {
          FileSystem fs = folder.getFileSystem(hadoop);
          for (int earlier = 1; fs.exists(folder) && earlier < epoch; earlier++) {
            fs.delete(new Path(folder, EPOCH + earlier), true);
          }
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    };
  }

  /** Removes what {@link #parquet} keeps of windows after {@code window}. */
  static void dropAfter(String directory, Configuration hadoop, long window) {
    Path all = new Path(directory);
    try {
      FileSystem fs = all.getFileSystem(hadoop);
      if (!fs.exists(all)) {
        return;
      }
      for (FileStatus status : fs.listStatus(all)) {
        String name = status.getPath().getName();
        if (name.matches(WINDOW + "\\d{10}")
            && Long.parseLong(name.substring(WINDOW.length())) > window) {
          fs.delete(status.getPath(), true);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where {@link #parquet} keeps what an epoch refused of a window. */
  static String folder(String directory, long window, int epoch) {
    return String.format(Locale.ROOT, "%s/%s%010d/%s%d", directory, WINDOW, window, EPOCH, epoch);
  }

  /**
   * A Kafka topic: key and value as they came, position and reason as headers.
   *
   * @param options of Spark's Kafka sink that say where Kafka is and how to log in
   */
  static Quarantine topic(Map<String, String> options, String topic) {
    return new Quarantine() {
      @Override
      public void put(long window, int epoch, Dataset<Row> events) {
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
            .options(options)
            .option("kafka.max.request.size", Integer.toString(64 << 20))
            .option("topic", topic)
            .save();
      }

      @Override
      public void add(long window, int epoch, Dataset<Row> events) {
        put(window, epoch, events);
      }

      @Override
      public void drop(long window, int epoch) {
        // What was sent stays: a topic's reader tells repetitions by topic, partition and offset.
      }
    };
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
