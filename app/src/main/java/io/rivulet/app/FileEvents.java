package io.rivulet.app;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.monotonically_increasing_id;

import io.rivulet.app.source.EventFiles;
import io.rivulet.features.RawEvents;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Files read in parallel by Spark, for work in which order and offsets don't matter. */
final class FileEvents {
  private FileEvents() {}

  static Dataset<Row> read(SparkSession spark, List<String> paths) {
    for (String path : paths) {
      if (EventFiles.isGzip(path) != path.endsWith(".gz")) {
        throw new UserError(
            "Spark tells gzip by the name; rename " + path + " so that it ends in .gz if it is");
      }
    }
    return spark
        .read()
        .text(paths.stream().map(path -> "file://" + path).toArray(String[]::new))
        .select(
            lit("files").as(RawEvents.TOPIC),
            lit(0).as(RawEvents.PARTITION),
            monotonically_increasing_id().as(RawEvents.OFFSET),
            lit(null).cast("binary").as(RawEvents.KEY),
            col("value").cast("binary").as(RawEvents.VALUE));
  }
}
