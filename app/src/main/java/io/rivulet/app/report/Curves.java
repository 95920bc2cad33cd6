package io.rivulet.app.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.rivulet.app.report.History.Event;
import io.rivulet.app.report.History.Point;
import io.rivulet.app.report.History.Version;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** A training's course as HTML: figures, curves, calibration, alarms, quarantine. */
public final class Curves {
  /** The look of what {@link #html} gives, for the head of a page. */
  public static final String STYLE =
      """
      .rivulet { max-width: 1320px; font: 15px/1.45 system-ui, sans-serif; color: #1b2733; }
      .rivulet h2 { font-size: 18px; margin: 28px 0 8px; }
      .rivulet .figures { display: flex; flex-wrap: wrap; gap: 10px; margin-bottom: 14px; }
      .rivulet .figures div { border: 1px solid #d5dde5; border-radius: 6px; padding: 6px 14px; }
      .rivulet .figures b { display: block; font-size: 20px; font-weight: 600; }
      .rivulet .charts { display: grid; gap: 14px;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, 420px), 1fr)); }
      .rivulet figure { margin: 0; border: 1px solid #d5dde5; border-radius: 6px; padding: 8px; }
      .rivulet figcaption { font-weight: 600; }
      .rivulet svg { width: 100%; height: auto; display: block; }
      .rivulet svg text { font-size: 12px; fill: #55636f; }
      .rivulet svg polyline { fill: none; stroke: #0b6bcb; stroke-width: 1.8; }
      .rivulet svg circle { fill: #0b6bcb; }
      .rivulet svg .grid { stroke: #e6ebf0; }
      .rivulet svg rect { fill: #0b6bcb; }
      .rivulet svg .mark { stroke: #c2410c; stroke-width: 1.5; stroke-dasharray: 4 3; }
      .rivulet svg .diagonal { stroke: #9aa7b2; stroke-dasharray: 3 3; }
      .rivulet .wide { overflow-x: auto; }
      .rivulet table { border-collapse: collapse; }
      .rivulet th, .rivulet td { text-align: left; padding: 3px 14px 3px 0;
        border-bottom: 1px solid #e6ebf0; white-space: nowrap; }
      """;

  /** What the parts of {@code step_us} are. */
  private static final Map<String, String> STEPS =
      Map.of(
          "keys", "find and copy rows",
          "gather", "embeddings to tower",
          "forward", "forward pass",
          "backward", "backward pass",
          "tower", "tower's optimizer",
          "sparse", "rows' optimizers",
          "wait", "copies and waiting",
          "merge", "merge");

  private Curves() {}

  /** All of it. */
  public static String html(History history) {
    StringBuilder html = new StringBuilder();
    html.append(figures(history));
    List<Point> points = history.points();
    List<Double> alarms =
        history.events().stream()
            .filter(event -> event.kind().equals("drift"))
            .map(event -> (double) event.events())
            .toList();
    html.append("<div class=\"charts\">")
        .append(chart("AUC", points, alarms, Point::auc))
        .append(chart("Logloss", points, alarms, Point::logloss))
        .append(chart("Normalized entropy", points, alarms, Point::ne))
        .append(chart("Calibration: predictions over clicks", points, alarms, Point::calibration))
        .append(Chart.calibration(calibration(history.last())))
        .append(chart("Rows learned a second", points, List.of(), Point::rowsPerSecond))
        .append(chart("Lag: events that wait", points, List.of(), Point::lag))
        .append(Chart.bars("Where the time of an event goes, µs", steps(history)))
        .append("</div>");
    if (!alarms.isEmpty()) {
      html.append("<p>Broken lines are alarms of drift.</p>");
    }
    html.append(versions(history));
    html.append(events(history.events()));
    html.append(quarantine(history.quarantined()));
    html.append(offsets(history.last()));
    return html.toString();
  }

  private static String chart(
      String title, List<Point> points, List<Double> marks, ToDoubleFunction<Point> figure) {
    return Chart.line(
        title,
        "events learned",
        points.stream()
            .map(point -> new Chart.Dot(point.events(), figure.applyAsDouble(point)))
            .toList(),
        marks);
  }

  private static Map<String, Double> steps(History history) {
    Map<String, Double> named = new LinkedHashMap<>();
    history.steps().forEach((part, time) -> named.put(STEPS.getOrDefault(part, part), time));
    return named;
  }

  private static List<Chart.Dot> calibration(JsonNode last) {
    List<Chart.Dot> dots = new ArrayList<>();
    for (JsonNode point : last.path("calibration_curve")) {
      if (point.path(0).isNumber() && point.path(1).isNumber()) {
        dots.add(new Chart.Dot(point.get(0).asDouble(), point.get(1).asDouble()));
      }
    }
    return dots;
  }

  private static String figures(History history) {
    JsonNode last = history.last();
    StringBuilder html = new StringBuilder("<div class=\"figures\">");
    figure(html, "events learned", String.format(Locale.ROOT, "%,d", history.rows()));
    figure(html, "version", last.path("version").asText("-"));
    for (String name : List.of("auc", "logloss", "ne", "calibration")) {
      figure(html, name, last.path(name).asText("-"));
    }
    figure(html, "rows/s", rounded(last.path("rows_per_s")));
    figure(html, "lag", rounded(last.path("lag")));
    figure(html, "table rows", rounded(last.path("table_rows")));
    if (!history.gate().isEmpty()) {
      figure(html, "gate", history.gate());
    }
    figure(html, "alarms", Long.toString(history.alarms()));
    if (history.leftOut() > 0) {
      figure(html, "offsets left out", String.format(Locale.ROOT, "%,d", history.leftOut()));
    }
    if (history.sampledOut() > 0) {
      figure(html, "sampled out", String.format(Locale.ROOT, "%,d", history.sampledOut()));
    }
    return html.append("</div>").toString();
  }

  private static String rounded(JsonNode number) {
    return number.isNumber() ? String.format(Locale.ROOT, "%,.0f", number.asDouble()) : "-";
  }

  private static void figure(StringBuilder html, String name, String value) {
    html.append("<div data-figure=\"").append(Html.escape(name)).append("\"><b>");
    html.append(Html.escape(value)).append("</b>").append(Html.escape(name)).append("</div>");
  }

  private static String versions(History history) {
    List<Version> versions = history.versions();
    if (versions.isEmpty()) {
      return "";
    }
    List<List<String>> rows = new ArrayList<>();
    for (int i = versions.size() - 1; i >= 0; i--) {
      Version version = versions.get(i);
      rows.add(
          List.of(
              Long.toString(version.version()),
              version.at(),
              Long.toString(version.window()),
              String.format(Locale.ROOT, "%,d", version.bytes() / 1000),
              gate(version, history)));
    }
    return "<h2>Last versions</h2>"
        + Html.table(List.of("version", "committed", "window", "kB", "gate"), rows);
  }

  private static String gate(Version version, History history) {
    if (history.gate().isEmpty() || version.published()) {
      return version.published() ? "published" : "-";
    }
    boolean passedOver =
        history.versions().stream()
            .anyMatch(other -> other.published() && other.version() > version.version());
    return passedOver || history.gate().equals("shut") ? "held" : "waiting";
  }

  private static String events(List<Event> events) {
    if (events.isEmpty()) {
      return "";
    }
    List<List<String>> rows = new ArrayList<>();
    for (int i = events.size() - 1; i >= 0; i--) {
      Event event = events.get(i);
      rows.add(
          List.of(
              Long.toString(event.window()),
              String.format(Locale.ROOT, "%,d", event.events()),
              event.kind(),
              event.text()));
    }
    return "<h2>Alarms, the gate, and what was left out</h2>"
        + Html.table(List.of("window", "events learned", "what", ""), rows);
  }

  private static String quarantine(Map<String, Long> quarantined) {
    return quarantined.isEmpty()
        ? ""
        : "<h2>Quarantine</h2>"
            + Html.table(
                List.of("reason", "events"),
                quarantined.entrySet().stream()
                    .map(
                        reason ->
                            List.of(
                                reason.getKey(),
                                String.format(Locale.ROOT, "%,d", reason.getValue())))
                    .toList());
  }

  private static String offsets(JsonNode last) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode offset : last.path("offsets")) {
      String name = offset.path("topic").asText() + "-" + offset.path("partition").asText();
      rows.add(
          List.of(
              name,
              String.format(Locale.ROOT, "%,d", offset.path("next").asLong()),
              rounded(last.path("lag_by_partition").path(name))));
    }
    return rows.isEmpty()
        ? ""
        : "<h2>Learned of each partition</h2>"
            + Html.table(List.of("partition", "next offset", "lag"), rows);
  }
}
