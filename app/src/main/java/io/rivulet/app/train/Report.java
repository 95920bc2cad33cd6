package io.rivulet.app.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rivulet.trainer.metrics.Quality;
import java.util.LinkedHashMap;
import java.util.Map;

/** JSON for people and programs: numbers rounded, what isn't defined is null. */
public final class Report {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double PRECISION = 1e5;

  private final Map<String, Object> values = new LinkedHashMap<>();

  /** Adds a value as it is. */
  public Report put(String name, Object value) {
    values.put(name, value);
    return this;
  }

  /** Adds a whole number. */
  public Report put(String name, long value) {
    values.put(name, value);
    return this;
  }

  /** Adds a number with five digits after the point. */
  public Report put(String name, double value) {
    values.put(name, rounded(value));
    return this;
  }

  /** A number with five digits after the point, null for one that isn't finite. */
  static Double rounded(double value) {
    return Double.isFinite(value) ? Math.round(value * PRECISION) / PRECISION : null;
  }

  /** Adds auc, logloss, ne and calibration. */
  public Report put(Quality quality) {
    return put("auc", quality.auc())
        .put("logloss", quality.logloss())
        .put("ne", quality.ne())
        .put("calibration", quality.calibration());
  }

  /** Adds an object with auc, logloss, ne and calibration. */
  public Report put(String name, Quality quality) {
    return put(name, (Object) new Report().put(quality).values());
  }

  /** What was added, by name. */
  Map<String, Object> values() {
    return values;
  }

  /** One line of JSON. */
  public String line() {
    try {
      return JSON.writeValueAsString(values);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
