package io.rivulet.app.train;

import io.rivulet.features.FittedFeatures;
import io.rivulet.trainer.averaging.Learner;
import io.rivulet.trainer.metrics.DriftDetector;
import io.rivulet.trainer.metrics.DriftDetector.Alarm;
import io.rivulet.trainer.model.ExampleBlock;
import java.util.List;

/** Shows a {@link DriftDetector} the windows that are learned. */
final class DriftWatch {
  private final DriftDetector detector;

  /** Whether values that the model doesn't know are counted. */
  private final boolean coverage;

  private final long[] missingKeys;
  private final boolean[] categories;
  private final float usualWeight;

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
    detector = new DriftDetector(delta);
    missingKeys = features.oovKeys();
    categories = features.spec().schema().categoryFields();
  }

  /**
   * The alarms that values raise that the model didn't know.
   *
   * @param unknown see {@link Learner#unknown}
   */
  List<Alarm> alarms(ExampleBlock examples, boolean[] unknown) {
    if (!coverage || !isUsual(examples)) {
      return List.of();
    }
    return detector.addUnknown(oovShares(examples, unknown));
  }

  private boolean isUsual(ExampleBlock examples) {
    // Of two ways to the same rate the last bit may differ.
    return Math.abs(examples.negativeWeight() / usualWeight - 1) < 1e-3f;
  }

  /** Of each event's values that aren't missing the share that nobody knows. */
  private float[] oovShares(ExampleBlock examples, boolean[] isUnknown) {
    float[] shares = new float[examples.rows()];
    for (int row = 0; row < shares.length; row++) {
      int unknown = 0;
      int all = 0;
      for (int i = examples.start(row); i < examples.start(row + 1); i++) {
        int field = examples.field(row, i);
        if (categories[field] && examples.keys()[i] != missingKeys[field]) {
          all++;
          unknown += isUnknown[i] ? 1 : 0;
        }
      }
      shares[row] = all == 0 ? 0 : (float) unknown / all;
    }
    return shares;
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
        int field = examples.field(row, i);
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
