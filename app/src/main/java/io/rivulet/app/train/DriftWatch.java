package io.rivulet.app.train;

import io.rivulet.features.FittedFeatures;
import io.rivulet.scorer.StoreFeatures;
import io.rivulet.trainer.averaging.Learner;
import io.rivulet.trainer.metrics.DriftDetector;
import io.rivulet.trainer.metrics.DriftDetector.Alarm;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.EmbeddingTable;
import io.rivulet.trainer.model.ExampleBlock;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Shows a {@link DriftDetector} the windows that are learned. */
final class DriftWatch {
  /** Slots of {@link #known}: most of a window's frequent keys find one, in the core's cache. */
  private static final int KNOWN = 1 << 14;

  private final DriftDetector detector;
  private final Admission admission;

  /** Whether values that the model doesn't know are counted. */
  private final boolean coverage;

  private final long[] missingKeys;
  private final boolean[] categories;
  private final float usualWeight;

  /** Keys of the window that are known by now, by their lowest bits; others need a look. */
  private final long[] known = new long[KNOWN];

  /**
   * Watches examples by these features.
   *
   * @param delta see {@link DriftDetector}
   * @param usualWeight of examples without a click; windows where it is another aren't watched
   * @param coverage whether values are watched that the model doesn't know; where rows are removed
   *     there are more of them each time
   */
  DriftWatch(FittedFeatures features, double delta, float usualWeight, boolean coverage) {
    this.usualWeight = usualWeight;
    this.coverage = coverage;
    admission = StoreFeatures.admission(features);
    detector = new DriftDetector(delta);
    missingKeys = features.oovKeys();
    categories = features.spec().schema().categoryFields();
  }

  /** The alarms that a window raises before it is learned; the learner's model isn't changed. */
  List<Alarm> alarms(ExampleBlock examples, Learner learner) {
    if (!coverage || !isUsual(examples)) {
      return List.of();
    }
    return detector.addUnknown(oovShares(examples, learner.model().table()));
  }

  private boolean isUsual(ExampleBlock examples) {
    // Of two ways to the same rate the last bit may differ.
    return Math.abs(examples.negativeWeight() / usualWeight - 1) < 1e-3f;
  }

  /**
   * Of each event's values that aren't missing the share that nobody knows. What came before in the
   * same window is known, so that windows of all sizes give the same.
   */
  private float[] oovShares(ExampleBlock examples, EmbeddingTable table) {
    Set<Long> came = new HashSet<>();
    Arrays.fill(known, 0);
    // No key's slot holds that key before it was seen, 0 included.
    known[0] = 1;
    float[] shares = new float[examples.rows()];
    for (int row = 0; row < shares.length; row++) {
      int unknown = 0;
      int all = 0;
      for (int i = examples.start(row); i < examples.start(row + 1); i++) {
        int field = examples.field(i);
        long key = examples.keys()[i];
        if (categories[field] && key != missingKeys[field]) {
          all++;
          boolean refused = admission.admit(field, key) != key;
          unknown += refused || isNew(key, table, came) ? 1 : 0;
        }
      }
      shares[row] = all == 0 ? 0 : (float) unknown / all;
    }
    return shares;
  }

  private boolean isNew(long key, EmbeddingTable table, Set<Long> came) {
    int slot = (int) key & (KNOWN - 1);
    if (known[slot] == key) {
      return false;
    }
    known[slot] = key;
    return table.find(key) < 0 && came.add(key);
  }

  /** The alarms that a window raises; one that is sampled differently is left out. */
  List<Alarm> alarms(ExampleBlock examples, float[] predictions) {
    return isUsual(examples)
        ? detector.add(examples.labels(), predictions, missingShares(examples))
        : List.of();
  }

  /** Of the fields whose values have keys, since a missing number has weight 0 as a 0 may have. */
  private float[] missingShares(ExampleBlock examples) {
    float[] shares = new float[examples.rows()];
    for (int row = 0; row < shares.length; row++) {
      int missing = 0;
      int all = 0;
      for (int i = examples.start(row); i < examples.start(row + 1); i++) {
        int field = examples.field(i);
        if (categories[field]) {
          all++;
          missing += examples.keys()[i] == missingKeys[field] ? 1 : 0;
        }
      }
      shares[row] = all == 0 ? 0 : (float) missing / all;
    }
    return shares;
  }
}
