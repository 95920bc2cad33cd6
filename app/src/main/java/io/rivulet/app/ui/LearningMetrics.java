package io.rivulet.app.ui;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import com.fasterxml.jackson.databind.JsonNode;
import io.rivulet.app.report.History;
import io.rivulet.trainer.averaging.RoundTimes;
import java.util.function.ToDoubleFunction;
import org.apache.spark.metrics.source.Source;

/**
 * A training's figures as a source of Spark's metrics, whose sinks are the user's choice: see
 * conf/metrics.properties. docs/monitoring.md says what each is, and its unit.
 */
final class LearningMetrics implements Source {
  /** What the names of its metrics begin with. */
  static final String NAME = "learning";

  private static final double NANO = 1e9;

  private final MetricRegistry registry = new MetricRegistry();
  private final History history;
  private volatile long lastCommit = System.nanoTime();
  private volatile long lastLine = System.nanoTime();

  LearningMetrics(History history) {
    this.history = history;
    gauge("events_learned", History::rows);
    gauge("events_quarantined", all -> all.quarantined().values().stream().mapToLong(n -> n).sum());
    gauge("events_sampled_out", History::sampledOut);
    gauge("offsets_left_out", History::leftOut);
    gauge("drift_alarms", History::alarms);
    gauge("gate_open", all -> all.gate().equals("shut") ? 0 : 1);
    gauge("auc", last("auc"));
    gauge("logloss", last("logloss"));
    gauge("normalized_entropy", last("ne"));
    gauge("calibration", last("calibration"));
    gauge("rows_per_second", last("rows_per_s"));
    gauge("lag_events", last("lag"));
    gauge("table_rows", last("table_rows"));
    gauge("window", last("window"));
    gauge("version", last("version"));
    for (String part : RoundTimes.PARTS) {
      gauge("step_us_" + part, last("step_us", part));
    }
    gauge("seconds_since_window", all -> (System.nanoTime() - lastLine) / NANO);
    gauge("seconds_since_commit", all -> (System.nanoTime() - lastCommit) / NANO);
  }

  private void gauge(String name, ToDoubleFunction<History> figure) {
    registry.register(name, (Gauge<Double>) () -> figure.applyAsDouble(history));
  }

  private static ToDoubleFunction<History> last(String... path) {
    return all -> {
      JsonNode figure = all.last();
      for (String name : path) {
        figure = figure.path(name);
      }
      return figure.isNumber() ? figure.asDouble() : Double.NaN;
    };
  }

  void heard() {
    lastLine = System.nanoTime();
  }

  void committed() {
    lastCommit = System.nanoTime();
  }

  @Override
  public String sourceName() {
    return NAME;
  }

  @Override
  public MetricRegistry metricRegistry() {
    return registry;
  }
}
