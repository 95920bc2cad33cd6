package io.rivulet.app.source;

import io.rivulet.app.UserError;
import io.rivulet.features.RawEvents;
import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.PartitionOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;

/**
 * Events from files, in the order of file names and lines. A file counts as a topic of one
 * partition, a line's number as its offset.
 */
public final class FileSource implements EventSource {
  private final SparkSession spark;
  private final JavaSparkContext context;
  private final List<String> files;
  private final int windowRows;
  private EventFiles.Lines open;

  /**
   * Files from {@link EventFiles#resolve}, in windows of {@code windowRows} lines. The last window
   * may be begun only; it is the caller's to take.
   */
  public FileSource(SparkSession spark, List<String> files, int windowRows) {
    this.spark = spark;
    this.context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    this.files = files;
    this.windowRows = windowRows;
  }

  /** Exactly the lines of these ranges. */
  Dataset<Row> read(List<OffsetRange> ranges) {
    List<Row> rows = new ArrayList<>();
    for (OffsetRange range : ranges) {
      int before = rows.size();
      take(range.topic(), range.from(), (int) range.length(), rows);
      if (rows.size() - before != range.length()) {
        throw new UserError(
            range.topic() + " has fewer lines than the " + range.until() + " that were planned");
      }
    }
    return events(rows);
  }

  @Override
  public List<OffsetRange> stream(
      List<PartitionOffset> from, List<OffsetRange> begun, WindowSink sink, StopSignal stop) {
    Map<String, Long> next = new HashMap<>();
    from.forEach(offset -> next.put(offset.topic(), offset.next()));
    int file = 0;
    while (!stop.requested() && file < files.size()) {
      List<Row> rows = new ArrayList<>();
      List<OffsetRange> ranges = new ArrayList<>();
      while (rows.size() < windowRows && file < files.size()) {
        String path = files.get(file);
        long start = next.getOrDefault(path, 0L);
        int wanted = windowRows - rows.size();
        int taken = take(path, start, wanted, rows);
        if (taken > 0) {
          ranges.add(new OffsetRange(path, 0, start, start + taken));
          next.put(path, start + taken);
        }
        if (taken < wanted) {
          file++;
        }
      }
      if (rows.size() < windowRows) {
        return ranges;
      }
      sink.accept(ranges, events(rows));
      stop.windowTaken();
    }
    return List.of();
  }

  /** Adds up to {@code count} lines of a file from number {@code start} on; returns how many. */
  private int take(String file, long start, int count, List<Row> rows) {
    if (open == null || !open.file().equals(file) || open.number() > start) {
      close();
      open = EventFiles.Lines.open(file);
    }
    while (open.number() < start) {
      if (open.next() == null) {
        throw new UserError(
            "The store goes on at line "
                + start
                + " of "
                + file
                + ", which has only "
                + open.number()
                + "; is it the file that the store was trained on?");
      }
    }
    int taken = 0;
    byte[] line;
    while (taken < count && (line = open.next()) != null) {
      rows.add(RowFactory.create(file, 0, start + taken, null, line));
      taken++;
    }
    return taken;
  }

  private Dataset<Row> events(List<Row> rows) {
    return spark.createDataFrame(
        context.parallelize(rows, Math.max(1, context.defaultParallelism())), RawEvents.TYPE);
  }

  @Override
  public void close() {
    if (open != null) {
      open.close();
      open = null;
    }
  }
}
