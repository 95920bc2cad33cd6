package io.rivulet.app.serve;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** What happened since the start, in Prometheus' text format. */
final class ServeMetrics {
  private static final double[] BOUNDS = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1};

  private final Map<Integer, LongAdder> requests = new ConcurrentSkipListMap<>();
  private final LongAdder events = new LongAdder();
  private final LongAdder[] within = new LongAdder[BOUNDS.length];
  private final LongAdder nanos = new LongAdder();
  private final LongAdder refreshFailures = new LongAdder();

  ServeMetrics() {
    for (int i = 0; i < within.length; i++) {
      within[i] = new LongAdder();
    }
  }

  /** A request to /score was answered. */
  void answered(int status, int scored, long tookNanos) {
    requests.computeIfAbsent(status, s -> new LongAdder()).increment();
    events.add(scored);
    nanos.add(tookNanos);
    for (int i = 0; i < BOUNDS.length; i++) {
      if (tookNanos <= BOUNDS[i] * 1e9) {
        within[i].increment();
      }
    }
  }

  void refreshFailed() {
    refreshFailures.increment();
  }

  String text(long version) {
    StringBuilder text = new StringBuilder();
    family(text, "rivulet_serve_version", "gauge", "Version that is scored with.");
    text.append("rivulet_serve_version ").append(version).append('\n');
    family(text, "rivulet_serve_events_total", "counter", "Events scored.");
    text.append("rivulet_serve_events_total ").append(events.sum()).append('\n');
    family(
        text,
        "rivulet_serve_refresh_failures_total",
        "counter",
        "Times that a newer version couldn't be taken over.");
    text.append("rivulet_serve_refresh_failures_total ").append(refreshFailures.sum()).append('\n');
    family(text, "rivulet_serve_requests_total", "counter", "Requests to /score by HTTP status.");
    long all = 0;
    for (Map.Entry<Integer, LongAdder> entry : new TreeMap<>(requests).entrySet()) {
      long count = entry.getValue().sum();
      all += count;
      text.append(
          String.format(
              Locale.ROOT,
              "rivulet_serve_requests_total{code=\"%d\"} %d%n",
              entry.getKey(),
              count));
    }
    String seconds = "rivulet_serve_request_seconds";
    family(text, seconds, "histogram", "Time from a request to /score to its answer.");
    for (int i = 0; i < BOUNDS.length; i++) {
      text.append(
          String.format(
              Locale.ROOT, "%s_bucket{le=\"%s\"} %d%n", seconds, BOUNDS[i], within[i].sum()));
    }
    text.append(String.format(Locale.ROOT, "%s_bucket{le=\"+Inf\"} %d%n", seconds, all));
    text.append(String.format(Locale.ROOT, "%s_sum %.6f%n", seconds, nanos.sum() * 1e-9));
    text.append(String.format(Locale.ROOT, "%s_count %d%n", seconds, all));
    return text.toString();
  }

  private static void family(StringBuilder text, String name, String type, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }
}
