package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.rivulet.app.serve.ScoringServer;
import io.rivulet.scorer.EventScorer;
import io.rivulet.trainer.metrics.QualityMeter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server over a store that a shop's events were learned into. */
class ServeTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_EVENTS = 200;
  private static final int MAX_BYTES = 1 << 17;

  private static final List<String> SETTINGS =
      List.of(
          "--set", "gate.policy=off",
          "--set", "features.schema=" + ShopEvents.SCHEMA,
          "--set", "event.format=json",
          "--set", "emb_dim=4",
          "--set", "deep_layer_dim=[16, 8]",
          "--set", "window.rows=500");

  @TempDir static Path directory;

  private static ScoringServer server;
  private static final List<String> CONSOLE = new ArrayList<>();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private static String store() {
    return directory.resolve("store").toString();
  }

  private static void learn(int until) throws IOException {
    // The same file grown longer: what was learned of it isn't learned again.
    Path file = Rivulet.write(directory.resolve("shop.jsonl"), ShopEvents.lines(0, until));
    Rivulet.succeed(
        Rivulet.args(
            List.of("train", "--source", "files", "--store", store(), file.toString()), SETTINGS));
  }

  @BeforeAll
  static void start() throws IOException {
    learn(1000);
    server =
        ScoringServer.start(
            EventScorer.open(store(), new Configuration()),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new ScoringServer.Limits(MAX_BYTES, MAX_EVENTS),
            10,
            CONSOLE::add);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  private static HttpResponse<String> send(HttpRequest.Builder request, String path)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + server.port() + path);
    return CLIENT.send(request.uri(uri).build(), BodyHandlers.ofString());
  }

  private static HttpResponse<String> post(String body) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder().POST(BodyPublishers.ofString(body)), "/score");
  }

  private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder().GET(), path);
  }

  /** The answer for events as they are on the wire. */
  private static JsonNode scores(List<String> events) throws IOException, InterruptedException {
    HttpResponse<String> response = post("{\"events\": [" + String.join(",", events) + "]}");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  private static long version() throws IOException, InterruptedException {
    return JSON.readTree(get("/version").body()).get("version").asLong();
  }

  @Test
  void servingMakesOfEventsWhatTrainingMakes() throws IOException {
    Path events = Rivulet.write(directory.resolve("other.jsonl"), ShopEvents.lines(7000, 3000));
    JsonNode compared =
        Rivulet.succeed("evaluate", "--store", store(), "--compare-serving", events.toString())
            .json();

    assertThat(compared.get("rows").asInt() + compared.get("refused_by_serving").asInt())
        .isEqualTo(3000);
    assertThat(compared.get("rows").asInt()).isGreaterThan(2500);
    assertThat(compared.get("different_features").asInt()).isZero();
    assertThat(compared.get("largest_difference").asDouble()).isLessThan(1e-6);
  }

  @Test
  void aVersionIsExported() {
    for (String form : List.of("onnx", "parquet")) {
      Path target = directory.resolve("exported." + form);
      assertThat(Rivulet.succeed("export", form, target.toString(), "--store", store()).out())
          .contains(" rows, is in " + target);
      assertThat(target).exists();
      assertThat(Rivulet.run("export", form, target.toString(), "--store", store()).err())
          .contains("exists already");
    }
    try (SparkSession spark = Sessions.create("test")) {
      Dataset<Row> rows = spark.read().parquet(directory.resolve("exported.parquet").toString());
      assertThat(rows.schema().fieldNames()).containsExactly("key", "wide", "embedding");
      assertThat(rows.count()).isEqualTo(Rivulet.newest(store()).orElseThrow().rowCount());
    }
    assertThat(
            Rivulet.run("export", "dl4j", directory.resolve("z").toString(), "--store", store())
                .err())
        .contains("one key a field");
  }

  @Test
  void scoresAreThoseOfEvaluateAndFollowTheStore() throws Exception {
    List<String> events = ShopEvents.lines(5000, MAX_EVENTS);
    assertAsEvaluated(events);
    long before = version();
    learn(2000);
    long after = Rivulet.newest(store()).orElseThrow().version();
    assertThat(after).isGreaterThan(before);

    await().until(() -> version() == after);
    assertAsEvaluated(events);
    assertThat(CONSOLE).isEmpty();
  }

  private static void assertAsEvaluated(List<String> events) throws Exception {
    Path file = Rivulet.write(directory.resolve("later.jsonl"), events);
    JsonNode expected =
        Rivulet.succeed(
                "evaluate", "--store", store(), "--set", "event.format=json", file.toString())
            .json();
    JsonNode answer = scores(events);
    QualityMeter meter = new QualityMeter();
    float[] labels = new float[events.size()];
    float[] predictions = new float[events.size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = events.get(i).contains("impression") ? 0 : 1;
      predictions[i] = (float) answer.get("scores").get(i).asDouble();
    }
    meter.add(labels, predictions, 0);

    assertThat(answer.get("version")).isEqualTo(expected.get("version"));
    assertThat(answer.get("scores")).hasSize(MAX_EVENTS);
    assertThat(meter.quality().logloss())
        .isCloseTo(expected.get("logloss").asDouble(), within(1e-5));
    assertThat(meter.quality().auc()).isCloseTo(expected.get("auc").asDouble(), within(1e-5));
  }

  @Test
  void neitherLabelNorIdNorTimeIsNeeded() throws Exception {
    String event = ShopEvents.lines(0, 1).get(0);
    ObjectNode without = (ObjectNode) JSON.readTree(event);
    without.remove("event");

    assertThat(scores(List.of(without.toString())).get("scores"))
        .isEqualTo(scores(List.of(event)).get("scores"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "{\"events\":[{},{\"user\":{\"orders\":\"x\"}}]}; events[1]: orders is not an integer",
        "{\"events\":[{},{\"user\":{\"id\":[1]}}]}; events[1]: id is a list",
        "{\"events\":[1]}; The body must be",
        "{\"rows\":[]}; The body must be",
        "[]; The body must be",
        "{\"lines\":[\"a\\tb\"]}; events[0]: wrong number of columns",
        "{\"events\":[{\"user\":1,\"user\":2}]}; The body isn't JSON: Duplicate field 'user'",
        "{\"events\":[; The body isn't JSON: ",
        "``; The body must be"
      })
  void whatIsWrongIsSaid(String body, String message) throws Exception {
    HttpResponse<String> response = post(body);

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(JSON.readTree(response.body()).get("error").asText()).startsWith(message);
  }

  @Test
  void tooMuchIsRefused() throws Exception {
    String events = String.join(",", ShopEvents.lines(0, MAX_EVENTS + 1));
    HttpResponse<String> tooMany = post("{\"events\": [" + events + "]}");
    HttpResponse<String> tooLong = post(" ".repeat(MAX_BYTES + 1));

    assertThat(tooMany.statusCode()).isEqualTo(413);
    assertThat(tooMany.body()).contains("at most 200 events");
    assertThat(tooLong.statusCode()).isEqualTo(413);
    assertThat(tooLong.body()).contains("at most 131072 bytes");
  }

  @Test
  void otherPathsAndMethodsAreRefused() throws Exception {
    assertThat(get("/").statusCode()).isEqualTo(404);
    assertThat(get("/score/x").statusCode()).isEqualTo(404);
    assertThat(get("/score").statusCode()).isEqualTo(405);
    assertThat(
            send(HttpRequest.newBuilder().POST(BodyPublishers.noBody()), "/version").statusCode())
        .isEqualTo(405);
  }

  @Test
  void metricsCountWhatWasAnswered() throws Exception {
    scores(ShopEvents.lines(0, 3));
    post("x");

    assertThat(get("/metrics").body())
        .containsPattern("rivulet_serve_version [1-9]")
        .containsPattern("rivulet_serve_events_total [1-9]")
        .containsPattern("rivulet_serve_requests_total\\{code=\"200\"} [1-9]")
        .containsPattern("rivulet_serve_requests_total\\{code=\"400\"} [1-9]")
        .containsPattern("rivulet_serve_request_seconds_bucket\\{le=\"\\+Inf\"} [1-9]")
        .contains("rivulet_serve_refresh_failures_total 0\n");
  }

  @Test
  void aStoreThatIsNotThereIsASentence() {
    assertThatThrownBy(() -> EventScorer.open(directory + "/none", new Configuration()))
        .hasMessageContaining("There is no model store at");
    Rivulet.Result result = Rivulet.run("serve", "--store", directory + "/none", "--port", "0");

    assertThat(result.code()).isNotZero();
    assertThat(result.err()).contains("There is no model store at").doesNotContain("\tat ");
  }

  @Test
  void aPortThatIsTakenIsASentence() {
    Rivulet.Result result =
        Rivulet.run("serve", "--store", store(), "--port", Integer.toString(server.port()));

    assertThat(result.code()).isNotZero();
    assertThat(result.err()).contains("Can't listen on 127.0.0.1:").contains("see --port");
  }
}
