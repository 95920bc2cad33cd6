package io.rivulet.app.train;

import io.rivulet.trainer.model.EmbeddingTable;
import io.rivulet.trainer.model.RowLayout;
import io.rivulet.trainer.model.WideDeepModel;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Embeddings as Parquet: {@code key} bigint, {@code wide} float, {@code embedding} array of float.
 */
public final class EmbeddingRows {
  /** Rows of a file. */
  private static final int PART = 200_000;

  private static final StructType TYPE =
      new StructType()
          .add("key", DataTypes.LongType, false)
          .add("wide", DataTypes.FloatType, false)
          .add("embedding", DataTypes.createArrayType(DataTypes.FloatType, false), false);

  private EmbeddingRows() {}

  /** Writes the rows of a model's table to a directory. */
  public static void write(SparkSession spark, WideDeepModel model, String directory) {
    EmbeddingTable table = model.table();
    for (int from = 0; from == 0 || from < table.size(); from += PART) {
      int to = Math.min(table.size(), from + PART);
      spark
          .createDataFrame(rows(model, from, to), TYPE)
          .coalesce(1)
          .write()
          .mode(SaveMode.Append)
          .parquet(directory);
    }
  }

  private static List<Row> rows(WideDeepModel model, int from, int to) {
    int embDim = model.settings().shape().embDim();
    float[] row = new float[model.table().rowWidth()];
    List<Row> rows = new ArrayList<>();
    for (int r = from; r < to; r++) {
      model.table().read(r, row, 0);
      Float[] embedding = new Float[embDim];
      for (int e = 0; e < embDim; e++) {
        embedding[e] = row[RowLayout.EMBEDDING + e];
      }
      rows.add(RowFactory.create(model.table().key(r), row[RowLayout.WIDE], embedding));
    }
    return rows;
  }
}
