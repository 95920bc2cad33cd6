package io.rivulet.app.api;

import io.rivulet.app.callback.Callback;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.source.DatasetSource;
import io.rivulet.app.source.StopSignal;
import io.rivulet.app.train.TrainingRun;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * A Wide&amp;Deep model that learns from a stream, in the manner of MindRec's {@code RecModel}:
 *
 * <pre>{@code
 * RecModel model = RecModel.of(spark, Map.of("store.path", "model"));
 * Dataset<Row> clicks = spark.readStream().format("kafka")
 *     .option("kafka.bootstrap.servers", "localhost:9092")
 *     .option("subscribe", "clicks")
 *     .option("startingOffsets", "earliest")
 *     .option("maxOffsetsPerTrigger", 1000)
 *     .load();
 * model.onlineTrain(clicks, List.of(new LossMonitor(), new TimeMonitor()));
 * }</pre>
 *
 * <p>Every micro-batch of the stream is a window: predicted, learned, committed to the store. Rows
 * that the store has already are dropped, so that a program may simply be started again.
 */
public final class RecModel {
  private final SparkSession spark;
  private final Settings settings;
  private final Consumer<String> console;
  private final AtomicReference<StopSignal> running = new AtomicReference<>();

  /** A model in the store that the settings name; what callbacks print goes to standard output. */
  public RecModel(SparkSession spark, Settings settings) {
    this(spark, settings, System.out::println);
  }

  /** As above, with another place for what callbacks print. */
  public RecModel(SparkSession spark, Settings settings, Consumer<String> console) {
    this.spark = spark;
    this.settings = settings;
    this.console = console;
  }

  /** A model with the given settings, as in {@code conf/rivulet.yaml}; all others are default. */
  public static RecModel of(SparkSession spark, Map<String, String> settings) {
    return new RecModel(spark, Settings.of(settings));
  }

  /** Learns without callbacks; see {@link #onlineTrain(Dataset, List, boolean, int)}. */
  public void onlineTrain(Dataset<Row> trainDataset) {
    onlineTrain(trainDataset, List.of());
  }

  /** Learns with one callback; see {@link #onlineTrain(Dataset, List, boolean, int)}. */
  public void onlineTrain(Dataset<Row> trainDataset, Callback callback) {
    onlineTrain(trainDataset, List.of(callback));
  }

  /** Learns in sink mode; see {@link #onlineTrain(Dataset, List, boolean, int)}. */
  public void onlineTrain(Dataset<Row> trainDataset, List<Callback> callbacks) {
    onlineTrain(trainDataset, callbacks, true);
  }

  /** Learns with a sink size of 1; see {@link #onlineTrain(Dataset, List, boolean, int)}. */
  public void onlineTrain(
      Dataset<Row> trainDataset, List<Callback> callbacks, boolean datasetSinkMode) {
    onlineTrain(trainDataset, callbacks, datasetSinkMode, 1);
  }

  /**
   * Learns from a stream until {@link #stop} is called, the stream ends, or something fails.
   *
   * @param trainDataset a stream with the columns topic (string), partition (int), offset (bigint),
   *     value (binary) and, for MindRec's form, key (binary), as Spark's Kafka source has them;
   *     offsets ascend within a partition
   * @param callbacks called after each committed window
   * @param datasetSinkMode whether the next window is prepared while one is learned
   * @param sinkSize only 1; looked at in sink mode, as MindRec does
   * @throws IllegalArgumentException if the Dataset is bounded or lacks a column, or the sink size
   *     is another
   */
  public void onlineTrain(
      Dataset<Row> trainDataset, List<Callback> callbacks, boolean datasetSinkMode, int sinkSize) {
    if (datasetSinkMode) {
      requireSinkSize(sinkSize);
    }
    if (!trainDataset.isStreaming()) {
      throw new IllegalArgumentException(
          "onlineTrain learns from a stream, which has no end, but this Dataset is bounded: read it"
              + " with spark.readStream(), or learn from files by `rivulet train --source files`");
    }
    requireSession();
    StopSignal stop = new StopSignal(0, Duration.ZERO);
    if (!running.compareAndSet(null, stop)) {
      throw new IllegalStateException("This model is learning already; stop() it first");
    }
    Settings with = settings.with(Settings.DATASET_SINK_MODE, Boolean.toString(datasetSinkMode));
    try {
      new TrainingRun(spark, with, 0, line -> {})
          .withCallbacks(callbacks, console)
          .fromDataset(fresh -> new DatasetSource(trainDataset, fresh), stop);
    } finally {
      running.set(null);
    }
  }

  /** The parser relies on casts that give null, and on damaged JSON being refused whole. */
  private void requireSession() {
    if (Boolean.parseBoolean(spark.conf().get("spark.sql.ansi.enabled"))) {
      throw new IllegalArgumentException(
          "spark.sql.ansi.enabled must be false in the session of a RecModel");
    }
    spark.conf().set("spark.sql.json.enablePartialResults", "false");
  }

  private static void requireSinkSize(int sinkSize) {
    if (sinkSize <= 0) {
      throw new IllegalArgumentException(
          "The input value must be int and must > 0, but got sink_size " + sinkSize);
    }
    if (sinkSize != 1) {
      throw new IllegalArgumentException(
          "The sink_size parameter only support value of 1 currently, but got: " + sinkSize);
    }
  }

  /** Ends the running {@link #onlineTrain} after its window; does nothing if none runs. */
  public void stop() {
    StopSignal signal = running.get();
    if (signal != null) {
      signal.request();
    }
  }
}
