package io.rivulet.trainer.spark;

import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * A few rows that Spark computes once and keeps in memory. Unlike {@link Dataset#cache}, whose plan
 * Spark would print and compare with each later one, it has no plan; and unlike a dataset made of
 * an RDD of rows, it needs no conversion.
 */
public final class KeptRows implements AutoCloseable {
  private final RDD<InternalRow> kept;
  private final Dataset<Row> rows;

  /** Computes {@code dataset} at the first use of {@link #rows}. */
  public KeptRows(Dataset<Row> dataset) {
    // Spark gives each row in the same memory.
    kept = dataset.queryExecution().toRdd().toJavaRDD().map(InternalRow::copy).rdd().cache();
    rows = dataset.sparkSession().internalCreateDataFrame(kept, dataset.schema(), false);
  }

  /** The rows. */
  public Dataset<Row> rows() {
    return rows;
  }

  /** Lets Spark forget them; they would be computed again. */
  @Override
  public void close() {
    kept.unpersist(false);
  }
}
