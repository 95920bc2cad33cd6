package io.rivulet.app.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rivulet.trainer.store.Epoch;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A store as one HTML page that needs nothing else. */
public final class ReportPage {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_VERSIONS = 50;

  private ReportPage() {}

  /** The page about {@code store}, whose lines of {@code metrics.jsonl} are in {@code history}. */
  public static String html(ModelStore store, History history) {
    String title = "Rivulet: " + store.location();
    List<Manifest> versions = store.versions();
    return String.join(
        "\n",
        "<!DOCTYPE html>",
        "<html lang=\"en\"><head><meta charset=\"utf-8\">",
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
        "<title>" + Html.escape(title) + "</title>",
        "<style>body { margin: 20px; }\n" + Curves.STYLE + "</style></head>",
        "<body><div class=\"rivulet\"><h1>" + Html.escape(title) + "</h1>",
        Curves.html(history),
        versions(store, versions),
        versions.isEmpty() ? "" : settings(store.epoch(versions.get(versions.size() - 1).epoch())),
        "</div></body></html>",
        "");
  }

  private static String versions(ModelStore store, List<Manifest> versions) {
    List<List<String>> rows = new ArrayList<>();
    for (int i = versions.size() - 1; i >= Math.max(0, versions.size() - MOST_VERSIONS); i--) {
      Manifest version = versions.get(i);
      rows.add(
          List.of(
              Long.toString(version.version()),
              version.committedAt().truncatedTo(ChronoUnit.SECONDS).toString(),
              store.isPublished(version) ? "published" : "held",
              version.full() ? "snapshot" : "delta",
              Long.toString(version.lastWindow()),
              String.format(Locale.ROOT, "%,d", version.rowCount()),
              figure(version.quality().auc()),
              figure(version.quality().logloss())));
    }
    return "<h2>Versions that are kept</h2>"
        + Html.table(
            List.of(
                "version",
                "committed",
                "gate",
                "kind",
                "window",
                "table rows",
                "auc of its windows",
                "logloss"),
            rows);
  }

  private static String figure(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.4f", value) : "-";
  }

  private static String settings(Epoch epoch) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("features", epoch.featureVersion()));
    flatten("", JSON.valueToTree(epoch.learner()), rows);
    return "<h2>Settings of the learner, epoch "
        + epoch.epoch()
        + "</h2>"
        + Html.table(List.of("setting", "value"), rows);
  }

  private static void flatten(String prefix, JsonNode values, List<List<String>> rows) {
    values
        .fields()
        .forEachRemaining(
            field -> {
              String name = prefix.isEmpty() ? field.getKey() : prefix + "." + field.getKey();
              if (field.getValue().isObject()) {
                flatten(name, field.getValue(), rows);
              } else {
                rows.add(
                    List.of(
                        name,
                        field.getValue().isArray()
                            ? field.getValue().toString()
                            : field.getValue().asText()));
              }
            });
  }
}
