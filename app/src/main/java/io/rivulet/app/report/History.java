package io.rivulet.app.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A training's course by the lines of its {@code metrics.jsonl}, and those of commits, in a bounded
 * memory: of a long one fewer windows are kept, evenly. One thread may add while others look.
 */
public final class History {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** So many points are more than a picture shows. */
  private static final int MOST_POINTS = 1000;

  /** A window counts as much of what the next one does. */
  private static final double STEPS_FADING = 0.98;

  private static final int MOST_EVENTS = 100;
  private static final int MOST_VERSIONS = 20;

  private final List<Point> points = new ArrayList<>();

  /** Of so many windows one is kept. */
  private int every = 1;

  private final Deque<Event> events = new ArrayDeque<>();
  private final Map<String, Long> quarantined = new TreeMap<>();

  /** Microseconds of the last windows' events, fading; by the parts of {@code step_us}. */
  private final Map<String, Double> stepMicroseconds = new LinkedHashMap<>();

  /** The number of these events, fading. */
  private double timedRows;

  private long rows;
  private long windows;
  private long sampledOut;
  private long leftOut;
  private long alarms;
  private final Deque<Version> versions = new ArrayDeque<>();
  private String gate = "";
  private JsonNode last;

  /**
   * A committed version.
   *
   * @param window the last one that it has learned
   * @param at when it was committed, ISO 8601
   * @param bytes of its files
   * @param published whether it may be served, as far as is known
   */
  public record Version(long version, long window, String at, long bytes, boolean published) {}

  /**
   * A window that was learned.
   *
   * @param events learned until then, since the first line
   * @param auc of the last events, as the other figures; NaN where it isn't defined
   * @param rowsPerSecond rows learned a second
   * @param lag events that wait; NaN where it isn't known
   */
  public record Point(
      long events,
      long window,
      long version,
      double auc,
      double logloss,
      double ne,
      double calibration,
      double rowsPerSecond,
      double lag) {}

  /**
   * Something that isn't a window's figures: an alarm, a turn of the gate, a stretch left out.
   *
   * @param events learned until then
   * @param kind drift, gate or left out
   * @param text what happened
   */
  public record Event(long events, long window, String kind, String text) {}

  /**
   * Adds a line; one that can't be read, as a crash may leave it, is passed over.
   *
   * @return whether it tells of a commit
   */
  public synchronized boolean add(String line) {
    JsonNode json;
    try {
      json = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      return false;
    }
    if (json.has("drift")) {
      alarms++;
      note(
          json,
          "drift",
          String.format(
              Locale.ROOT,
              "%s was %.4f, is %.4f",
              json.get("drift").asText(),
              json.path("before").asDouble(),
              json.path("after").asDouble()));
    } else if (json.has("gate")) {
      gate = json.get("gate").asText();
      // How it stands when a training starts is no turn of it.
      if (json.path("window").asLong() > 0) {
        note(json, "gate", gate);
      }
    } else if (json.has("left_out")) {
      leftOut += json.get("left_out").asLong();
      note(
          json,
          "left out",
          String.format(
              Locale.ROOT,
              "%,d offsets: %s",
              json.get("left_out").asLong(),
              json.path("reason").asText()));
    } else if (json.has("committed")) {
      long committed = json.get("committed").asLong();
      // After going back numbers come again.
      versions.removeIf(version -> version.version() >= committed);
      if (versions.size() == MOST_VERSIONS) {
        versions.removeFirst();
      }
      versions.addLast(
          new Version(
              committed,
              json.path("window").asLong(),
              json.path("at").asText(),
              json.path("bytes").asLong(),
              false));
    } else if (json.has("published")) {
      publish(json.get("published").asLong());
    } else if (json.has("rows")) {
      addWindow(json);
    }
    return json.has("committed");
  }

  private void publish(long published) {
    List<Version> all = List.copyOf(versions);
    versions.clear();
    for (Version v : all) {
      boolean may = v.published || v.version == published;
      versions.addLast(new Version(v.version, v.window, v.at, v.bytes, may));
    }
  }

  private void note(JsonNode json, String kind, String text) {
    if (events.size() == MOST_EVENTS) {
      events.removeFirst();
    }
    events.addLast(new Event(rows, json.path("window").asLong(), kind, text));
  }

  private void addWindow(JsonNode json) {
    rows += json.get("rows").asLong();
    sampledOut += json.path("sampled_out").asLong();
    json.path("quarantined")
        .fields()
        .forEachRemaining(
            reason -> quarantined.merge(reason.getKey(), reason.getValue().asLong(), Long::sum));
    addSteps(json);
    last = json;
    if (windows++ % every == 0) {
      points.add(point(json));
    }
    if (points.size() > MOST_POINTS) {
      every *= 2;
      for (int i = points.size() - 1; i > 0; i--) {
        if (i % 2 == 1) {
          points.remove(i);
        }
      }
    }
  }

  private void addSteps(JsonNode json) {
    JsonNode split = json.path("step_us");
    if (!split.isEmpty()) {
      long learned = json.get("rows").asLong();
      timedRows = timedRows * STEPS_FADING + learned;
      stepMicroseconds.replaceAll((part, sum) -> sum * STEPS_FADING);
      split
          .fields()
          .forEachRemaining(
              part ->
                  stepMicroseconds.merge(
                      part.getKey(), part.getValue().asDouble() * learned, Double::sum));
    }
  }

  private Point point(JsonNode json) {
    return new Point(
        rows,
        json.path("window").asLong(),
        json.path("version").asLong(),
        json.path("auc").asDouble(Double.NaN),
        json.path("logloss").asDouble(Double.NaN),
        json.path("ne").asDouble(Double.NaN),
        json.path("calibration").asDouble(Double.NaN),
        json.path("rows_per_s").asDouble(Double.NaN),
        json.path("lag").asDouble(Double.NaN));
  }

  /** The windows that are kept, and the last one. */
  public synchronized List<Point> points() {
    List<Point> all = new ArrayList<>(points);
    if (last != null && (all.isEmpty() || all.get(all.size() - 1).events() < rows)) {
      all.add(point(last));
    }
    return all;
  }

  /** The last alarms, turns of the gate and stretches left out, oldest first. */
  public synchronized List<Event> events() {
    return List.copyOf(events);
  }

  /** The last versions, oldest first; none where commits aren't among the lines. */
  public synchronized List<Version> versions() {
    return List.copyOf(versions);
  }

  /** Whether the gate is open or shut; empty before it was either. */
  public synchronized String gate() {
    return gate;
  }

  /** Events that are no examples, by reason. */
  public synchronized Map<String, Long> quarantined() {
    return new TreeMap<>(quarantined);
  }

  /** Where an event's time went lately, in microseconds; empty where it isn't known. */
  public synchronized Map<String, Double> steps() {
    Map<String, Double> split = new LinkedHashMap<>(stepMicroseconds);
    split.replaceAll((part, sum) -> sum / timedRows);
    return split;
  }

  /** The line of the last window; missing before the first. */
  public synchronized JsonNode last() {
    return last == null ? JSON.missingNode() : last;
  }

  /** Events learned. */
  public synchronized long rows() {
    return rows;
  }

  /** Windows learned. */
  public synchronized long windows() {
    return windows;
  }

  /** Events without a click that were sampled out. */
  public synchronized long sampledOut() {
    return sampledOut;
  }

  /** Offsets of which nothing was learned. */
  public synchronized long leftOut() {
    return leftOut;
  }

  /** Alarms of drift. */
  public synchronized long alarms() {
    return alarms;
  }
}
