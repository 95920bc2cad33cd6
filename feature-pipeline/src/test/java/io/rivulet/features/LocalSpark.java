package io.rivulet.features;

import org.apache.spark.sql.SparkSession;

/** The one session of all tests. */
final class LocalSpark {
  static final SparkSession SESSION =
      SparkSession.builder()
          .appName("feature tests")
          .master("local[2]")
          .config("spark.ui.enabled", false)
          .config("spark.sql.shuffle.partitions", 2)
          .config("spark.sql.ansi.enabled", false)
          .config("spark.sql.json.enablePartialResults", false)
          .config("spark.sql.session.timeZone", "UTC")
          .getOrCreate();

  private LocalSpark() {}
}
