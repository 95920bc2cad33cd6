package io.rivulet.app.train;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.monotonically_increasing_id;

import io.rivulet.app.callback.Callback;
import io.rivulet.app.callback.CommittedWindow;
import io.rivulet.app.callback.RunContext;
import io.rivulet.app.source.StopSignal;
import io.rivulet.features.RawEvents;
import io.rivulet.trainer.averaging.Learner;
import io.rivulet.trainer.averaging.Predictor;
import io.rivulet.trainer.metrics.Quality;
import io.rivulet.trainer.metrics.QualityMeter;
import io.rivulet.trainer.spark.ExampleReader;
import io.rivulet.trainer.store.StoreException;
import io.rivulet.trainer.store.StoreWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The callbacks of a run, and what they may ask for. */
final class Callbacks implements RunContext {
  private static final int BLOCK_ROWS = 10_000;

  private final List<Callback> callbacks;
  private final SparkSession spark;
  private final StoreWriter store;
  private final Learner learner;
  private final FeatureStage features;
  private final StopSignal stop;
  private final Consumer<String> console;

  Callbacks(
      List<Callback> callbacks,
      SparkSession spark,
      StoreWriter store,
      Learner learner,
      FeatureStage features,
      StopSignal stop,
      Consumer<String> console) {
    this.callbacks = callbacks;
    this.spark = spark;
    this.store = store;
    this.learner = learner;
    this.features = features;
    this.stop = stop;
    this.console = console;
  }

  boolean isEmpty() {
    return callbacks.isEmpty();
  }

  boolean readModel() {
    return callbacks.stream().anyMatch(Callback::readsModel);
  }

  void begin() {
    callbacks.forEach(callback -> callback.trainBegin(this));
  }

  void committed(CommittedWindow window) {
    callbacks.forEach(callback -> callback.windowEnd(this, window));
  }

  void end() {
    callbacks.forEach(callback -> callback.trainEnd(this));
  }

  @Override
  public Quality evaluate(Dataset<Row> events) {
    List<String> columns = Arrays.asList(events.columns());
    Dataset<Row> raw =
        events.select(
            columnOr(columns, RawEvents.TOPIC, lit("events")),
            columnOr(columns, RawEvents.PARTITION, lit(0)),
            columnOr(columns, RawEvents.OFFSET, monotonically_increasing_id()),
            columnOr(columns, RawEvents.KEY, lit(null).cast("binary")),
            col(RawEvents.VALUE).cast("binary").as(RawEvents.VALUE));
    Dataset<Row> examples =
        columns.contains(RawEvents.KEY)
            ? features.examples(raw, List.of())
            : features.fileExamples(raw);
    QualityMeter meter = new QualityMeter();
    try (Predictor predictor = new Predictor(learner.model(), features.admission())) {
      ExampleReader.forEachBlock(
          examples,
          features.model().fieldCount(),
          BLOCK_ROWS,
          block -> meter.add(block.labels(), predictor.predict(block), 0));
    }
    return meter.quality();
  }

  private static Column columnOr(List<String> columns, String name, Column otherwise) {
    return columns.contains(name) ? col(name) : otherwise.as(name);
  }

  @Override
  public void saveCheckpoint(Path directory) {
    store
        .newest()
        .ifPresentOrElse(
            manifest -> {
              String target = directory.toAbsolutePath().toUri().toString();
              store.store().copyTo(manifest, target);
              FeatureStage.copyAll(spark, store.store().location(), target);
            },
            () -> {
              throw new StoreException("Nothing was committed yet");
            });
  }

  @Override
  public void requestStop() {
    stop.request();
  }

  @Override
  public void print(String line) {
    console.accept(line);
  }
}
