package io.rivulet.app.train;

import io.rivulet.features.ClickFeaturesModel;
import io.rivulet.trainer.metrics.DriftDetector;
import io.rivulet.trainer.model.ExampleBlock;
import java.util.List;

/** Shows a {@link DriftDetector} the windows that are learned. */
final class DriftWatch {
  private final DriftDetector detector;
  private final long[] missingKeys;
  private final boolean[] categories;
  private final float usualWeight;

  /**
   * Watches examples by these features.
   *
   * @param delta see {@link DriftDetector}
   * @param usualWeight of examples without a click; windows where it is another aren't watched
   */
  DriftWatch(ClickFeaturesModel features, double delta, float usualWeight) {
    this.usualWeight = usualWeight;
    detector = new DriftDetector(delta);
    missingKeys = features.oovKeys();
    categories = features.spec().schema().categoryFields();
  }

  /** The alarms that a window raises; one that is sampled differently is left out. */
  List<DriftDetector.Alarm> alarms(ExampleBlock examples, float[] predictions) {
    // Of two ways to the same rate the last bit may differ.
    return Math.abs(examples.negativeWeight() / usualWeight - 1) < 1e-3f
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
