package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.app.settings.Settings;
import io.rivulet.app.source.StopSignal;
import io.rivulet.app.train.TrainingRun;
import io.rivulet.trainer.spark.WorkerTotals;
import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dashboard, alerts and their page name metrics that the endpoint has. */
class MonitoringTest {
  private static final Path HOME = Path.of("..");
  private static final Pattern NAME =
      Pattern.compile("metrics_rivulet_driver_learning_[a-z_]+_Value");

  @TempDir Path directory;

  private static Set<String> names(String text) {
    Set<String> names = new TreeSet<>();
    Matcher found = NAME.matcher(text);
    while (found.find()) {
      names.add(found.group());
    }
    return names;
  }

  private static double value(String endpoint, String name) {
    Matcher found = Pattern.compile(name + "_Value\\{[^}]*} (\\S+)").matcher(endpoint);
    assertThat(found.find()).as(name).isTrue();
    return Double.parseDouble(found.group(1));
  }

  @Test
  void everyNameIsAtTheEndpoint() throws Exception {
    Properties sinks = new Properties();
    sinks.load(new StringReader(Files.readString(HOME.resolve("conf/metrics.properties"))));
    Map<String, String> spark = new TreeMap<>();
    sinks.forEach((name, value) -> spark.put("spark.metrics.conf." + name, value.toString()));
    spark.put("spark.ui.enabled", "true");
    spark.put("spark.ui.port", "0");
    Settings settings =
        Settings.defaults()
            .with(Settings.STORE_PATH, directory.resolve("store").toString())
            .with(Settings.EMB_DIM, "4")
            .with(Settings.DEEP_LAYER_DIM, "[16, 8]")
            .with(Settings.WINDOW_ROWS, "500");
    String endpoint;
    long before = WorkerTotals.here().examples();
    try (SparkProperties properties = new SparkProperties(spark);
        SparkSession session = Sessions.create("test")) {
      Path clicks = Rivulet.write(directory.resolve("clicks.tsv"), Rivulet.clicks(2000));
      new TrainingRun(session, settings, 0, line -> {})
          .fromFiles(List.of(clicks.toString()), new StopSignal(0, Duration.ZERO));
      URI uri = URI.create(session.sparkContext().uiWebUrl().get() + "/metrics/prometheus/");
      endpoint =
          HttpClient.newHttpClient()
              .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
              .body();
    }

    Set<String> there = names(endpoint);
    // So few events open no gate; that is told though it never turned.
    assertThat(endpoint).containsPattern("learning_gate_open_Value\\{type=\"gauges\"} 0.0");
    assertThat(there).hasSizeGreaterThan(12);
    // Of the executor, which in local mode is the driver.
    assertThat(endpoint)
        .satisfies(
            all -> assertThat(value(all, "LearningPlugin_worker_events")).isEqualTo(before + 2000),
            all -> assertThat(value(all, "LearningPlugin_worker_seconds_forward")).isPositive());
    assertThat(endpoint)
        .satisfies(
            all -> {
              for (String part : List.of("keys", "gather", "forward", "backward", "tower")) {
                assertThat(value(all, "learning_step_us_" + part)).as(part).isPositive();
              }
              for (String part : List.of("sparse", "wait", "merge")) {
                assertThat(value(all, "learning_step_us_" + part)).as(part).isNotNegative();
              }
            })
        .containsPattern("learning_events_learned_Value\\{type=\"gauges\"} 2000.0")
        .containsPattern("learning_version_Value\\{type=\"gauges\"} [34].0")
        .containsPattern("learning_auc_Value\\{type=\"gauges\"} 0\\.[4-8]");
    for (String file : List.of("conf/grafana-dashboard.json", "conf/prometheus-rules.yaml")) {
      Set<String> named = names(Files.readString(HOME.resolve(file)));
      assertThat(named).as(file).isNotEmpty();
      assertThat(there).as(file).containsAll(named);
    }
    // The page has all of them, each in a row of its table.
    String page = Files.readString(HOME.resolve("docs/monitoring.md"));
    for (String name : there) {
      assertThat(page).contains("\n| `" + name.replaceAll(".*learning_|_Value", "") + "` |");
    }
  }
}
