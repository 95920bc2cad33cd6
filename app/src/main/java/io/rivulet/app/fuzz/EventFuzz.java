package io.rivulet.app.fuzz;

import static org.apache.spark.sql.functions.col;

import io.rivulet.app.kafka.EventEncoder.Message;
import io.rivulet.app.train.FeatureStage;
import io.rivulet.features.ClickFeaturesModel;
import io.rivulet.features.FeatureSpec;
import io.rivulet.features.RawEvents;
import io.rivulet.features.RowFeatures;
import io.rivulet.features.Schema;
import io.rivulet.features.WireForm;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.spark.ExampleReader;
import io.rivulet.trainer.spark.KeptRows;
import io.rivulet.trainer.spark.WindowExamples;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;

/**
 * Damages events of all wire forms. Training and quarantine must account for each offset once;
 * where a line is read or refused without Spark SQL, to the same bits or for the same reason.
 */
final class EventFuzz implements Fuzz {
  private static final int JOB_EVENTS = 50_000;
  private static final int TASKS = 2;
  private final SparkSession spark;
  private final long seed;
  private final List<Contender> contenders = new ArrayList<>();

  /** Events of a wire form; event n is of contender n modulo their number. */
  private record Contender(EventSamples samples, FeatureStage stage, Optional<RowFeatures> byRows) {
    static Contender of(WireForm form) {
      int most = EventSamples.MAX_BYTES;
      Schema schema = EventSamples.SCHEMA;
      return new Contender(
          new EventSamples(form),
          new FeatureStage(ClickFeaturesModel.unfitted(schema), most, form, form, false),
          RowFeatures.of(FeatureSpec.unfitted(schema), form, most));
    }
  }

  private record Event(long offset, byte[] key, byte[] value) {}

  EventFuzz(SparkSession spark, long seed) {
    this.spark = spark;
    this.seed = seed;
    for (WireForm form : WireForm.values()) {
      contenders.add(Contender.of(form));
    }
  }

  @Override
  public void run(long from, long until, Outcomes outcomes) {
    long chunk = (long) JOB_EVENTS * contenders.size();
    for (long first = from; first < until; first += chunk) {
      for (int c = 0; c < contenders.size(); c++) {
        List<Event> events = new ArrayList<>();
        for (long n = first; n < Math.min(until, first + chunk); n++) {
          if (n % contenders.size() == c) {
            Message message = contenders.get(c).samples.event(Fuzz.random(seed, n));
            events.add(new Event(n, message.key(), message.value()));
          }
        }
        if (!events.isEmpty()) {
          judge(contenders.get(c), events, outcomes);
        }
      }
    }
  }

  private void judge(Contender contender, List<Event> events, Outcomes outcomes) {
    try {
      compare(contender, events, outcomes);
    } catch (RuntimeException e) {
      if (events.size() == 1) {
        outcomes.failed(events.get(0).offset, e.toString());
      } else {
        int half = events.size() / 2;
        judge(contender, events.subList(0, half), outcomes);
        judge(contender, events.subList(half, events.size()), outcomes);
      }
    }
  }

  private void compare(Contender contender, List<Event> events, Outcomes outcomes) {
    Dataset<Row> examples = contender.stage.examples(raw(events), List.of());
    KeptRows kept = new KeptRows(examples);
    Dataset<Row> judged = kept.rows();
    WindowExamples trained = ExampleReader.read(judged, EventSamples.SCHEMA.fields().size()).all();
    Map<Long, String> quarantined = new HashMap<>();
    Dataset<Row> refused = judged.filter(col(RawEvents.REASON).isNotNull());
    for (Row row : refused.select(RawEvents.OFFSET, RawEvents.REASON).collectAsList()) {
      if (quarantined.put(row.getLong(0), row.getString(1)) != null) {
        throw new IllegalStateException("event " + row.getLong(0) + " is twice in quarantine");
      }
    }
    kept.close();
    if (trained.examples().rows() + quarantined.size() != events.size()
        || trained.refusedCount() != quarantined.size()) {
      throw new IllegalStateException(
          String.format(
              "of %d events %d are trained, %d refused and %d in quarantine",
              events.size(),
              trained.examples().rows(),
              trained.refusedCount(),
              quarantined.size()));
    }
    outcomes.count("quarantined", quarantined.size());
    int row = 0;
    for (Event event : events) {
      String reason = quarantined.get(event.offset);
      boolean example = reason == null;
      String difference = difference(contender, event, reason, trained.examples(), row);
      if (!difference.isEmpty()) {
        outcomes.failed(event.offset, difference);
      } else if (example) {
        outcomes.count("trained", 1);
      }
      row += example ? 1 : 0;
    }
  }

  /**
   * How rows differ from Spark SQL; empty where they agree.
   *
   * @param reason Spark SQL's, or null for an example
   */
  private static String difference(
      Contender contender, Event event, String reason, ExampleBlock block, int row) {
    RowFeatures byRows = contender.byRows.orElse(null);
    if (byRows == null) {
      return "";
    }
    if (!byRows.read(event.value)) {
      String refusal = byRows.refusal();
      return refusal == null || refusal.equals(reason)
          ? ""
          : "has the reason " + reason + " by Spark SQL, and " + refusal + " by rows";
    }
    if (reason != null) {
      return "is in quarantine by Spark SQL, and an example by rows";
    }
    int from = block.start(row);
    int until = block.start(row + 1);
    int n = byRows.entries();
    boolean same =
        block.labels()[row] == byRows.label()
            && Arrays.equals(block.keys(), from, until, byRows.keys(), 0, n)
            && Arrays.equals(block.weights(), from, until, byRows.weights(), 0, n)
            && (block.fields().length == 0
                || Arrays.equals(block.fields(), from, until, byRows.fields(), 0, n));
    return same ? "" : "gives other features by Spark SQL than by rows";
  }

  private Dataset<Row> raw(List<Event> events) {
    List<Row> rows = new ArrayList<>();
    events.forEach(e -> rows.add(RowFactory.create("fuzz", 0, e.offset, e.key, e.value)));
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    return spark.createDataFrame(context.parallelize(rows, TASKS), RawEvents.TYPE);
  }
}
