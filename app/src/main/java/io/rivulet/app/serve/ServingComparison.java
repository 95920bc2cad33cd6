package io.rivulet.app.serve;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.rivulet.app.train.FeatureStage;
import io.rivulet.features.JsonLines;
import io.rivulet.features.RawEvents;
import io.rivulet.features.WireForm;
import io.rivulet.scorer.EventScorer;
import io.rivulet.trainer.averaging.Predictor;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.spark.ExampleReader;
import io.rivulet.trainer.spark.WindowExamples;
import io.rivulet.trainer.store.OffsetRange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;

/** Compares what training makes of events, by Spark SQL, with what serving makes of them. */
public final class ServingComparison {
  private static final int BLOCK_ROWS = 10_000;
  private static final String FILE = "/compared";
  private static final JsonFactory JSON = new JsonFactory();

  private final SparkSession spark;
  private final FeatureStage features;
  private final Predictor predictor;
  private final EventScorer scorer;
  private final JsonLines lines;
  private long rows;
  private long different;
  private long refused;
  private double largest;

  /** Of one version: the predictor's is the scorer's. */
  public ServingComparison(
      SparkSession spark, FeatureStage features, Predictor predictor, EventScorer scorer) {
    this.spark = spark;
    this.features = features;
    this.predictor = predictor;
    this.scorer = scorer;
    this.lines = scorer.jsonLines();
  }

  /** Goes through all events; those that are no examples are passed over. */
  public ServingComparison compare(Iterator<byte[]> events) {
    while (events.hasNext()) {
      List<byte[]> block = new ArrayList<>();
      while (events.hasNext() && block.size() < BLOCK_ROWS) {
        block.add(events.next());
      }
      compare(block);
    }
    return this;
  }

  private void compare(List<byte[]> events) {
    List<Row> raw = new ArrayList<>();
    for (int i = 0; i < events.size(); i++) {
      raw.add(RowFactory.create(FILE, 0, (long) i, null, events.get(i)));
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Dataset<Row> read = spark.createDataFrame(context.parallelize(raw, 2), RawEvents.TYPE);
    WindowExamples trained =
        ExampleReader.read(features.fileExamples(read), features.model().fieldCount()).all();
    ExampleBlock training = trained.examples();
    if (training.rows() == 0) {
      return;
    }
    List<OffsetRange> places = trained.places(IntStream.range(0, training.rows()).toArray());
    float[] expected = predictor.predict(training);
    List<byte[]> served = new ArrayList<>();
    List<Float> theirs = new ArrayList<>();
    for (int row = 0; row < training.rows(); row++) {
      Optional<byte[]> line = line(events.get((int) places.get(row).from()));
      if (line.isPresent()) {
        served.add(line.get());
        theirs.add(expected[row]);
        different += same(training, row, scorer.block(List.of(line.get()))) ? 0 : 1;
      } else {
        refused++;
      }
    }
    float[] given = scorer.score(served).probabilities();
    for (int row = 0; row < given.length; row++) {
      largest = Math.max(largest, Math.abs(theirs.get(row) - given[row]));
    }
    rows += given.length;
  }

  /** The line of an event that serving takes. */
  private Optional<byte[]> line(byte[] event) {
    try (JsonParser parser = JSON.createParser(event)) {
      byte[] line = event;
      if (features.fileForm() == WireForm.JSON) {
        parser.nextToken();
        line = lines.line(parser);
      }
      scorer.block(List.of(line));
      return Optional.of(line);
    } catch (IllegalArgumentException | IOException e) {
      // Spark's JSON is laxer than that of requests.
      return Optional.empty();
    }
  }

  /** Whether a row of training's has the features of serving's only row. */
  private static boolean same(ExampleBlock training, int row, ExampleBlock serving) {
    int from = training.start(row);
    int until = training.start(row + 1);
    int entries = serving.start(1);
    if (!Arrays.equals(training.keys(), from, until, serving.keys(), 0, entries)
        || !Arrays.equals(training.weights(), from, until, serving.weights(), 0, entries)) {
      return false;
    }
    return IntStream.range(0, entries).allMatch(i -> training.field(from + i) == serving.field(i));
  }

  /** Events that were compared. */
  public long rows() {
    return rows;
  }

  /** Events that training takes and serving refuses, since they can't stand in a line. */
  public long refused() {
    return refused;
  }

  /** How many of those that were compared have other keys, weights (to the bit) or fields. */
  public long different() {
    return different;
  }

  /** Largest difference of two probabilities. */
  public double largestDifference() {
    return largest;
  }
}
