package io.rivulet.app;

import java.util.HashMap;
import java.util.Map;

/** System properties from which Spark's next session takes its settings; as before when closed. */
final class SparkProperties implements AutoCloseable {
  private final Map<String, String> before = new HashMap<>();

  SparkProperties(Map<String, String> properties) {
    properties.forEach((name, value) -> before.put(name, System.setProperty(name, value)));
  }

  @Override
  public void close() {
    before.forEach(
        (name, value) -> {
          if (value == null) {
            System.clearProperty(name);
          } else {
            System.setProperty(name, value);
          }
        });
  }
}
