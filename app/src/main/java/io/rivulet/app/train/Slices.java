package io.rivulet.app.train;

import io.rivulet.app.UserError;
import io.rivulet.app.settings.Settings;
import io.rivulet.features.ClickFeaturesModel;
import io.rivulet.trainer.metrics.FadingQuality;
import io.rivulet.trainer.metrics.Quality;
import io.rivulet.trainer.model.ExampleBlock;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Quality of the events that have a certain value in a field, for some such values. */
final class Slices {
  private final Map<String, FadingQuality> slices = new LinkedHashMap<>();

  /** The slices that a key belongs to; a key is of one field. */
  private final Map<Long, FadingQuality> byKey = new HashMap<>();

  /**
   * The slices that the settings name, FIELD=VALUE.
   *
   * @throws UserError if one isn't of this form, or names no categorical field
   */
  Slices(Settings settings, ClickFeaturesModel features) {
    for (String slice : settings.get(Settings.METRICS_SLICES)) {
      int sign = slice.indexOf('=');
      if (sign < 1) {
        throw new UserError("metrics.slices must list FIELD=VALUE, not '" + slice + "'");
      }
      FadingQuality quality = new FadingQuality(settings.get(Settings.METRICS_FADING));
      try {
        byKey.put(features.key(slice.substring(0, sign), slice.substring(sign + 1)), quality);
      } catch (IllegalArgumentException e) {
        throw new UserError("metrics.slices: " + e.getMessage(), e);
      }
      slices.put(slice, quality);
    }
  }

  /** Adds a window that was predicted. */
  void add(ExampleBlock examples, float[] predictions) {
    if (byKey.isEmpty()) {
      return;
    }
    for (int row = 0; row < examples.rows(); row++) {
      for (int i = examples.start(row); i < examples.start(row + 1); i++) {
        FadingQuality slice = byKey.get(examples.keys()[i]);
        if (slice != null) {
          slice.add(examples.labels()[row], predictions[row], examples.negativeWeight());
        }
      }
    }
  }

  /** The figures of each slice, by its name. */
  Map<String, Quality> qualities() {
    Map<String, Quality> qualities = new LinkedHashMap<>();
    slices.forEach((name, slice) -> qualities.put(name, slice.quality()));
    return qualities;
  }
}
