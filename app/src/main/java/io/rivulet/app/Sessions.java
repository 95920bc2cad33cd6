package io.rivulet.app;

import io.rivulet.app.source.CheckpointInMemory;
import io.rivulet.app.ui.LearningPlugin;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;

/** Spark sessions with what Rivulet needs; other settings of spark-submit's win. */
public final class Sessions {
  private static final String PLUGINS = "spark.plugins";

  private Sessions() {}

  /** Hadoop's settings with those of spark-submit's (spark.hadoop.…), without a session. */
  static Configuration hadoop() {
    return SparkHadoopUtil.get().newConfiguration(new SparkConf());
  }

  /** The session of a command; one that is open is given again. */
  public static SparkSession create(String name) {
    SparkConf conf = new SparkConf();
    conf.setIfMissing("spark.app.name", "rivulet " + name);
    // One more than there are cores: the next window's features are made while workers learn.
    int slots = Runtime.getRuntime().availableProcessors() + 1;
    conf.setIfMissing("spark.master", "local[" + slots + "]");
    if (conf.get("spark.master").startsWith("local")) {
      conf.setIfMissing("spark.driver.host", "127.0.0.1");
      conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
      conf.setIfMissing("spark.sql.shuffle.partitions", "8");
      conf.setIfMissing("spark.broadcast.compress", "false");
    }
    conf.setIfMissing("spark.ui.showConsoleProgress", "false");
    // Names of metrics that don't change with each run.
    conf.setIfMissing("spark.metrics.namespace", "rivulet");
    // What executors' workers do, among their metrics.
    String plugins = conf.get(PLUGINS, "");
    conf.set(PLUGINS, (plugins.isEmpty() ? "" : plugins + ",") + LearningPlugin.class.getName());
    // Heartbeats carry how far a task has read, which prepare shows.
    conf.setIfMissing("spark.executor.heartbeatInterval", "2s");
    // A worker's result is tens of megabytes; sent directly it saves a detour by the block manager.
    conf.setIfMissing("spark.task.maxDirectResultSize", "512m");
    conf.setIfMissing("spark.rpc.message.maxSize", "1024");
    conf.setIfMissing("spark.driver.maxResultSize", "0");
    // The generated method of a stage over 39 fields is longer than what the JVM compiles, or even
    // than a method may be; stage by stage Spark generates code in small methods instead.
    conf.setIfMissing("spark.sql.codegen.wholeStage", "false");
    // The parser relies on casts that give null for what isn't a number.
    conf.set("spark.sql.ansi.enabled", "false");
    // Damaged JSON must not pass for one with missing values.
    conf.set("spark.sql.json.enablePartialResults", "false");
    // A time without a zone means the same on every machine.
    conf.setIfMissing("spark.sql.session.timeZone", "UTC");
    // Spark's own pattern, and Kafka's names of secrets that it misses.
    conf.setIfMissing(
        "spark.redaction.regex",
        "(?i)secret|password|token|access[.]?key|sasl[.]jaas|ssl[.]keystore[.]key");
    // The model store, not Spark's log, is the truth.
    conf.set("spark.sql.streaming.checkpointFileManagerClass", CheckpointInMemory.class.getName());
    return SparkSession.builder().config(conf).getOrCreate();
  }
}
