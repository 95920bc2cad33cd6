package io.rivulet.app.label;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat_ws;
import static org.apache.spark.sql.functions.current_timestamp;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.get_json_object;
import static org.apache.spark.sql.functions.hex;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import io.rivulet.app.UserError;
import io.rivulet.app.kafka.KafkaConnection;
import io.rivulet.app.label.Outcome.Kind;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.source.StopSignal;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.GroupStateTimeout;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.StreamingQueryProgress;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.storage.StorageLevel;

/**
 * A query with a checkpoint of its own that reads impressions and clicks and writes examples.
 *
 * <p>Both topics are one stream with one watermark, so that a topic in which nothing happens
 * doesn't hold the other up, and each batch reads both as far as they go, so that neither runs
 * ahead. An event's time is its record's.
 */
public final class LabelJob {
  private static final Duration POLL = Duration.ofMillis(200);

  /** Kafka takes a little more in a record. */
  private static final int MAX_BYTES = 1_000_000;

  private static final String TRIGGER = "500 milliseconds";

  private final SparkSession spark;
  private final Settings settings;
  private final Consumer<String> console;
  private final Map<Kind, Long> counts = new EnumMap<>(Kind.class);
  private final ReentrantLock writing = new ReentrantLock();
  private ExampleTopic examples;

  /** A job as the settings say. */
  public LabelJob(SparkSession spark, Settings settings, Consumer<String> console) {
    this.spark = spark;
    this.settings = settings;
    this.console = console;
  }

  /** Labels until {@code stop} is requested. */
  public void run(StopSignal stop) {
    String checkpoint = settings.get(Settings.LABEL_CHECKPOINT);
    spark.conf().unset("spark.sql.streaming.checkpointFileManagerClass");
    spark
        .conf()
        .set(
            "spark.sql.streaming.stateStore.providerClass",
            "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider");
    LabelledEvent labelled =
        new LabelledEvent(settings.schema(), settings.get(Settings.EVENT_FORMAT));
    Labeller labeller =
        new Labeller(
            Duration.ofSeconds(settings.get(Settings.LABEL_HORIZON_SECONDS)).toMillis(),
            settings.get(Settings.LABEL_NEGATIVE_RATE),
            settings.get(Settings.LABEL_CORRECTIONS));
    Dataset<Outcome> outcomes =
        events(settings.get(Settings.LABEL_IMPRESSIONS_TOPIC), false)
            .union(events(settings.get(Settings.LABEL_CLICKS_TOPIC), true))
            // Spark leaves out what is as old as the watermark, too.
            .withWatermark(
                "time", settings.get(Settings.LABEL_DELAY_SECONDS) * 1000L + 1 + " milliseconds")
            .as(Encoders.bean(ArrivedEvent.class))
            .groupByKey(
                (org.apache.spark.api.java.function.MapFunction<ArrivedEvent, String>)
                    ArrivedEvent::getId,
                Encoders.STRING())
            .flatMapGroupsWithState(
                labeller,
                OutputMode.Append(),
                Encoders.bean(OpenImpression.class),
                Encoders.bean(Outcome.class),
                GroupStateTimeout.EventTimeTimeout());
    try {
      StreamingQuery query =
          outcomes
              .writeStream()
              .queryName("label")
              .option("checkpointLocation", checkpoint)
              .trigger(Trigger.ProcessingTime(TRIGGER))
              .foreachBatch((Dataset<Outcome> batch, Long id) -> write(batch, id, labelled))
              .start();
      console.accept("Labelling; the state is in " + checkpoint);
      try {
        awaitEnd(query, stop);
      } finally {
        // Between two batches, so that none is torn.
        writing.lock();
        try {
          query.stop();
        } finally {
          writing.unlock();
        }
        if (examples != null) {
          examples.close();
        }
      }
      if (query.exception().isDefined()) {
        rethrow(query.exception().get());
      }
    } catch (TimeoutException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Dataset<Row> events(String topic, boolean click) {
    KafkaConnection kafka = settings.kafka();
    String delay = "INTERVAL " + settings.get(Settings.LABEL_DELAY_SECONDS) + " SECONDS";
    Column place = concat_ws("-", col("topic"), col("partition"), col("offset"));
    return spark
        .readStream()
        .format("kafka")
        .options(kafka.sparkOptions())
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .option("failOnDataLoss", settings.get(Settings.KAFKA_FAIL_ON_DATA_LOSS))
        .load()
        .select(
            coalesce(id(), place).as("id"),
            lit(click).as("click"),
            // A clock that is fast must not make everybody else late.
            least(col("timestamp"), current_timestamp().plus(expr(delay))).as("time"),
            place.as("place"),
            when(lit(click), lit(null)).otherwise(col("value")).as("value"));
  }

  private Column id() {
    String field = settings.get(Settings.LABEL_ID_FIELD);
    return field.isEmpty()
        ? hex(col("key"))
        : get_json_object(
            col("value").cast("string"), field.startsWith("$.") ? field : "$." + field);
  }

  /** Writes a batch, unless it was written before Spark noted that it was. */
  private void write(Dataset<Outcome> batch, long id, LabelledEvent labelled)
      throws InterruptedException {
    writing.lockInterruptibly();
    try {
      writeAlone(batch, id, labelled);
    } finally {
      writing.unlock();
    }
  }

  private void writeAlone(Dataset<Outcome> batch, long id, LabelledEvent labelled) {
    if (examples == null) {
      String query = spark.sparkContext().getLocalProperty("sql.streaming.queryId");
      examples = new ExampleTopic(settings.kafka(), settings.get(Settings.KAFKA_TOPIC), query);
    }
    examples.requireReached(id);
    boolean written = examples.has(id);
    // On all cores, and before a transaction begins, which may last so long only.
    batch.persist(StorageLevel.MEMORY_AND_DISK());
    batch.count();
    if (!written) {
      examples.begin();
    }
    Map<Kind, Long> found = new EnumMap<>(Kind.class);
    // All partitions, also of a batch that is there: this is what brings Spark's state forward.
    for (Iterator<Outcome> all = batch.toLocalIterator(); all.hasNext(); ) {
      Outcome outcome = all.next();
      Kind kind = Kind.valueOf(outcome.getKind());
      found.merge(kind, 1L, Long::sum);
      if (kind.isExample() && !written) {
        byte[] example = labelled.of(outcome.getValue(), kind != Kind.NEGATIVE);
        if (example == null || example.length <= MAX_BYTES) {
          examples.send(outcome.getPlace(), example);
        } else {
          found.merge(Kind.TOO_LARGE, 1L, Long::sum);
        }
      }
    }
    batch.unpersist();
    if (!written) {
      examples.commit(id);
      found.forEach((kind, n) -> counts.merge(kind, n, Long::sum));
      if (!found.isEmpty()) {
        console.accept("batch " + id + "  " + text(found));
      }
    }
  }

  private static String text(Map<Kind, Long> counts) {
    return counts.entrySet().stream()
        .map(count -> String.format("%s %,d", count.getKey().text(), count.getValue()))
        .collect(Collectors.joining(", "));
  }

  /** How many outcomes of each kind there were in this run, for people. */
  public String summary() {
    return counts.isEmpty() ? "Nothing was labelled" : "In all: " + text(counts);
  }

  private void awaitEnd(StreamingQuery query, StopSignal stop) throws InterruptedException {
    long active = System.nanoTime();
    long told = -1;
    while (query.isActive() && !stop.await(POLL)) {
      StreamingQueryProgress progress = query.lastProgress();
      if (progress != null && progress.batchId() > told && progress.numInputRows() > 0) {
        told = progress.batchId();
        active = System.nanoTime();
        tellDropped(progress);
      }
      if (!stop.untilIdle().isZero()
          && progress != null
          && !query.status().isTriggerActive()
          && System.nanoTime() - active > stop.untilIdle().toNanos()) {
        stop.request();
      }
    }
  }

  private void tellDropped(StreamingQueryProgress progress) {
    long dropped = 0;
    for (var operator : progress.stateOperators()) {
      dropped += operator.numRowsDroppedByWatermark();
    }
    if (dropped > 0) {
      console.accept(
          String.format(
              "batch %d  %,d events came more than label.delay_seconds late and are left out",
              progress.batchId(), dropped));
    }
  }

  private static void rethrow(StreamingQueryException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof UserError known) {
        throw known;
      }
      if (String.valueOf(cause.getMessage()).contains("failOnDataLoss")) {
        throw new UserError(
            "Kafka has deleted impressions or clicks before they were read; with"
                + " kafka.fail_on_data_loss: false `label` goes on with what is left",
            e);
      }
    }
    throw new IllegalStateException("`label` failed: " + e.getCause(), e);
  }
}
