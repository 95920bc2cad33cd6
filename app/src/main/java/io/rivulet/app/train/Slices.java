package io.rivulet.app.train;

import io.rivulet.app.UserError;
import io.rivulet.app.settings.Settings;
import io.rivulet.features.FittedFeatures;
import io.rivulet.trainer.metrics.FadingQuality;
import io.rivulet.trainer.metrics.Quality;
import io.rivulet.trainer.model.ExampleBlock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Quality of the events that have a certain value in a field, for some such values. One thread may
 * choose them while another adds windows.
 */
final class Slices {
  private final FittedFeatures features;
  private final double fading;
  private final Map<String, FadingQuality> slices = new LinkedHashMap<>();

  /** The slices that a key belongs to; a key is of one field. */
  private final Map<Long, FadingQuality> byKey = new HashMap<>();

  /** Fewer events don't tell which values are frequent, unless windows are smaller. */
  private static final int ENOUGH = 1000;

  private static final int MOST_SMALL_READS = 20;

  private final int enough;
  private int smallReads;

  /** Fields of which the values are still to be chosen. */
  private final List<String> open = new ArrayList<>();

  /**
   * The slices that the settings name: FIELD=VALUE, or FIELD for its most frequent values.
   *
   * @throws UserError if one names no categorical field
   */
  Slices(Settings settings, FittedFeatures features) {
    this.features = features;
    this.fading = settings.get(Settings.METRICS_FADING);
    this.enough = Math.min(ENOUGH, settings.get(Settings.WINDOW_ROWS));
    for (String slice : settings.get(Settings.METRICS_SLICES)) {
      int sign = slice.indexOf('=');
      try {
        if (sign < 0) {
          features.key(slice, "");
          open.add(slice);
        } else {
          add(slice.substring(0, sign), slice.substring(sign + 1));
        }
      } catch (IllegalArgumentException e) {
        throw new UserError("metrics.slices: " + e.getMessage(), e);
      }
    }
  }

  private void add(String field, String value) {
    FadingQuality quality = new FadingQuality(fading);
    byKey.put(features.key(field, value), quality);
    slices.put(field + "=" + value, quality);
  }

  /**
   * Chooses the values of the fields of which none was named, once enough events were read at once,
   * or after some reads of fewer.
   *
   * @param events how many were read
   * @param frequent the most frequent values of a field among them
   */
  void choose(long events, Function<String, List<String>> frequent) {
    if (open.isEmpty() || (events < enough && ++smallReads < MOST_SMALL_READS)) {
      return;
    }
    for (String field : open) {
      List<String> values = frequent.apply(field);
      synchronized (this) {
        values.forEach(value -> add(field, value));
      }
    }
    open.clear();
  }

  /** Adds a window that was predicted. */
  synchronized void add(ExampleBlock examples, float[] predictions) {
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
  synchronized Map<String, Quality> qualities() {
    Map<String, Quality> qualities = new LinkedHashMap<>();
    slices.forEach((name, slice) -> qualities.put(name, slice.quality()));
    return qualities;
  }
}
