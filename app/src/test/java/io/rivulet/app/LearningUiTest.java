package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.source.StopSignal;
import io.rivulet.app.train.TrainingRun;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.history.FsHistoryProvider;
import org.apache.spark.deploy.history.HistoryServer;
import org.apache.spark.deploy.history.HistoryServer$;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tab in Spark's web UI and history server, and the report. */
class LearningUiTest {
  private static final int ROWS = 4000;
  private static final int WINDOW = 500;

  @TempDir static Path directory;

  private final HttpClient client =
      HttpClient.newBuilder().followRedirects(Redirect.NORMAL).build();

  private HttpResponse<String> get(String url) throws IOException, InterruptedException {
    return client.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
  }

  private String ok(String url) throws IOException, InterruptedException {
    HttpResponse<String> response = get(url);
    assertThat(response.statusCode()).as(url).isEqualTo(200);
    return response.body();
  }

  private static JsonNode lastWindow(String store) throws IOException {
    JsonNode last = null;
    for (String line : Files.readAllLines(Path.of(store, "metrics.jsonl"))) {
      JsonNode json = new ObjectMapper().readTree(line);
      last = json.has("rows") ? json : last;
    }
    return last;
  }

  /** The figures of a page are those of the last line, digit by digit. */
  private static void assertShows(String page, JsonNode last) {
    for (String figure : List.of("auc", "logloss", "ne", "calibration", "version")) {
      assertThat(page)
          .contains("<div data-figure=\"" + figure + "\"><b>" + last.get(figure).asText() + "</b>");
    }
    assertThat(page)
        .contains("<div data-figure=\"events learned\"><b>4,000</b>")
        .contains("<figcaption>AUC</figcaption>", "<figcaption>Normalized entropy</figcaption>")
        .contains("<figcaption>Share of clicks by prediction</figcaption>")
        .contains(">backward pass</text><rect", ">merge</text><rect")
        // A point a window.
        .containsPattern("<polyline points=\"([0-9.]+,[0-9.]+ ){7}[0-9.]+,[0-9.]+\"/>");
  }

  @Test
  void quickLooksShowWhatMetricsSay() throws Exception {
    String store = directory.resolve("store").toString();
    Path log = Files.createDirectory(directory.resolve("events"));
    Path clicks = Rivulet.write(directory.resolve("clicks.tsv"), Rivulet.clicks(ROWS));
    Map<String, String> spark =
        Map.of(
            "spark.ui.enabled", "true",
            "spark.ui.port", "0",
            "spark.eventLog.enabled", "true",
            "spark.eventLog.dir", log.toUri().toString());
    Settings settings =
        Settings.defaults()
            .with(Settings.STORE_PATH, store)
            .with(Settings.EMB_DIM, "4")
            .with(Settings.DEEP_LAYER_DIM, "[16, 8]")
            .with(Settings.WINDOW_ROWS, Integer.toString(WINDOW))
            .with(Settings.GATE_POLICY, "off");
    String application;
    try (SparkProperties properties = new SparkProperties(spark);
        SparkSession session = Sessions.create("test")) {
      application = session.sparkContext().applicationId();
      new TrainingRun(session, settings, 0, line -> {})
          .fromFiles(List.of(clicks.toString()), new StopSignal(0, Duration.ZERO));
      String tab = session.sparkContext().uiWebUrl().get() + "/learning/";
      assertShows(ok(tab), lastWindow(store));
      assertThat(ok(tab)).contains(">Online learning<").doesNotContain("https://");
      JsonNode json = new ObjectMapper().readTree(ok(tab + "json/"));
      assertThat(json.get("rows").asInt()).isEqualTo(ROWS);
      assertThat(json.get("points")).hasSize(ROWS / WINDOW);
      assertThat(json.get("versions")).hasSize(ROWS / WINDOW);
      assertThat(ok(tab)).contains("Last versions");
      assertThat(json.get("last")).isEqualTo(lastWindow(store));
    }

    SparkConf conf =
        new SparkConf(false)
            .set("spark.history.fs.logDirectory", log.toUri().toString())
            .set("spark.history.fs.update.interval", "1s");
    FsHistoryProvider provider = new FsHistoryProvider(conf);
    HistoryServer server =
        new HistoryServer(conf, provider, HistoryServer$.MODULE$.createSecurityManager(conf), 0);
    server.bind();
    provider.start();
    try {
      String tab =
          "http://127.0.0.1:" + server.boundPort() + "/history/" + application + "/learning/";
      await().atMost(Duration.ofSeconds(60)).until(() -> get(tab).statusCode() == 200);
      assertShows(ok(tab), lastWindow(store));
    } finally {
      server.stop();
    }

    Path report = directory.resolve("report.html");
    assertThat(Rivulet.succeed("report", store, "--out", report.toString()).out())
        .contains("8 windows with 4,000 events");
    String page = Files.readString(report);
    assertShows(page, lastWindow(store));
    assertThat(page)
        .contains("Versions that are kept", "<td>adam.learningRate</td>")
        .doesNotContain("<script", "src=", "href=");
  }
}
