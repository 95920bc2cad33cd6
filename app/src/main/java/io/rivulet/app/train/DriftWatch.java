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

  /**
   * Watches examples by these features.
   *
   * @param delta see {@link DriftDetector}
   */
  DriftWatch(ClickFeaturesModel features, double delta) {
    detector = new DriftDetector(delta);
    missingKeys = features.oovKeys();
    categories = features.spec().schema().categoryFields();
  }

  /** The alarms that a window raises; one of which only a sample is there is left out. */
  List<DriftDetector.Alarm> alarms(ExampleBlock examples, float[] predictions) {
    return examples.negativeWeight() == 1f
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
