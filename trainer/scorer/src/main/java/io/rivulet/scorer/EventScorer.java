package io.rivulet.scorer;

import io.rivulet.features.FittedFeatures;
import io.rivulet.features.JsonLines;
import io.rivulet.features.RowFeatures;
import io.rivulet.features.Schema;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.serving.Scorer;
import io.rivulet.trainer.serving.Scores;
import io.rivulet.trainer.store.Epoch;
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.StoreException;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/** From events to probabilities, with the features that the store learns with. Thread-safe. */
public final class EventScorer implements AutoCloseable {
  private final Scorer scorer;
  private final Schema schema;
  private final ThreadLocal<RowFeatures> features;

  private EventScorer(Scorer scorer, FittedFeatures fitted, int maxEventBytes) {
    this.scorer = scorer;
    this.schema = fitted.spec().schema();
    this.features =
        ThreadLocal.withInitial(() -> RowFeatures.unlabelled(fitted.spec(), maxEventBytes));
  }

  /**
   * Scores with the store at {@code location}.
   *
   * @throws StoreException if it has no version that can be read
   */
  public static EventScorer open(String location, Configuration hadoop) {
    ModelStore store = ModelStore.open(location, hadoop);
    Epoch epoch =
        store.epoch(
            store
                .newestPublished()
                .or(store::newest)
                .orElseThrow(() -> new StoreException(location + " has no committed version yet"))
                .epoch());
    FittedFeatures fitted = StoreFeatures.of(store.location(), epoch, hadoop);
    Scorer scorer = new Scorer(store, StoreFeatures.admission(fitted));
    return new EventScorer(scorer, fitted, epoch.maxEventBytes());
  }

  /** The version that is scored with. */
  public long version() {
    return scorer.version();
  }

  /** Takes the newest version over; see {@link Scorer#refresh}. */
  public boolean refresh() {
    return scorer.refresh();
  }

  /** Makes lines of JSON events. */
  public JsonLines jsonLines() {
    return new JsonLines(schema);
  }

  /**
   * Scores events.
   *
   * @param lines tab-separated cells in the order of the schema's columns; labels don't matter
   * @throws IllegalArgumentException if one can't be read; the message names it and says why
   */
  public Scores score(List<byte[]> lines) {
    return scorer.score(block(lines));
  }

  /**
   * The features of events, as {@link #score} makes them.
   *
   * @throws IllegalArgumentException as there
   */
  public ExampleBlock block(List<byte[]> lines) {
    int fieldCount = schema.fields().size();
    long[] keys = new long[lines.size() * fieldCount];
    float[] weights = new float[keys.length];
    int[] fields = new int[keys.length];
    int[] starts = new int[lines.size() + 1];
    RowFeatures row = features.get();
    int entries = 0;
    for (int i = 0; i < lines.size(); i++) {
      if (!row.read(lines.get(i))) {
        String why = row.refusal() == null ? "a number isn't written as one" : row.refusal();
        throw new IllegalArgumentException("events[" + i + "]: " + why);
      }
      int more = row.entries();
      if (entries + more > keys.length) {
        int room = Math.max(2 * keys.length, entries + more);
        keys = Arrays.copyOf(keys, room);
        weights = Arrays.copyOf(weights, room);
        fields = Arrays.copyOf(fields, room);
      }
      System.arraycopy(row.keys(), 0, keys, entries, more);
      System.arraycopy(row.weights(), 0, weights, entries, more);
      if (schema.pooled()) {
        System.arraycopy(row.fields(), 0, fields, entries, more);
      }
      entries += more;
      starts[i + 1] = entries;
    }
    boolean pooled = schema.pooled();
    return new ExampleBlock(
        fieldCount,
        new float[lines.size()],
        Arrays.copyOf(keys, entries),
        Arrays.copyOf(weights, entries),
        pooled ? starts : new int[0],
        pooled ? Arrays.copyOf(fields, entries) : new int[0]);
  }

  /** Nobody may be scoring. */
  @Override
  public void close() {
    scorer.close();
  }
}
