package io.rivulet.trainer.spark;

import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** The Spark session that all tests of this module share; it ends with the JVM. */
public final class LocalSpark {
  private static final SparkSession SESSION =
      SparkSession.builder()
          .master("local[2]")
          .appName("rivulet-trainer tests")
          .config("spark.ui.enabled", "false")
          .config("spark.sql.shuffle.partitions", "3")
          .getOrCreate();

  private LocalSpark() {}

  /** The session. */
  public static SparkSession session() {
    return SESSION;
  }

  /** The session's context. */
  public static JavaSparkContext context() {
    return JavaSparkContext.fromSparkContext(SESSION.sparkContext());
  }
}
