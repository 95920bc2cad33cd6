package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.rivulet.features.Schema.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Nested JSON events of the example schema, from Kafka into a model that has learned something. */
class OwnSchemaIT {
  private static final int EVENTS = 3000;
  private static final int WARM = 2000;

  /** One event in so many is malformed. */
  private static final int EVERY = 125;

  private static final int MALFORMED = EVENTS / EVERY;

  private static final List<String> SETTINGS =
      List.of(
          "--set", "features.schema=" + ShopEvents.SCHEMA,
          "--set", "event.format=json",
          "--set", "emb_dim=4",
          "--set", "deep_layer_dim=[16, 8]",
          "--set", "batch_size=20",
          "--set", "adam.learning_rate=0.01",
          "--set", "window.rows=1500",
          "--set", "window.flush_seconds=1");

  @TempDir static Path directory;

  private static KafkaTopic kafka;
  private static JsonNode summary;

  @BeforeAll
  static void learnFromGoodAndMalformedEvents() throws IOException {
    kafka = new KafkaTopic(directory.resolve("kafka"), 1);
    List<String> malformed = new ArrayList<>(malformed().values());
    List<String> events = new ArrayList<>(ShopEvents.lines(0, EVENTS));
    for (int n = 0; n < MALFORMED; n++) {
      events.set(n * EVERY, malformed.get(n % malformed.size()));
    }
    kafka.send(events);
    summary =
        Rivulet.succeed(
                Rivulet.args(
                    List.of("train", "--store", store(), "--until-idle", "1"),
                    List.of("--warm", Integer.toString(WARM)),
                    SETTINGS,
                    kafka.settings()))
            .json();
  }

  @AfterAll
  static void stopTheBroker() {
    if (kafka != null) {
      kafka.close();
    }
  }

  private static String store() {
    return directory.resolve("store").toString();
  }

  /** Malformed events by the reason why they are. */
  private static Map<String, String> malformed() throws JsonProcessingException {
    String good = ShopEvents.lines(0, 1).get(0);
    Map<String, String> malformed = new TreeMap<>();
    malformed.put("not a JSON object", good.substring(0, good.length() / 2));
    malformed.put("label is none of the schema's", with(good, "event", "type", "view"));
    malformed.put("event id is missing", with(good, "event", "id", null));
    malformed.put("event time is not a time", with(good, "event", "time", "soon"));
    malformed.put("price is not a number", with(good, "item", "price", "cheap"));
    malformed.put("orders is not an integer", with(good, "user", "orders", 1.5));
    return malformed;
  }

  private static String with(String line, String object, String name, Object value)
      throws JsonProcessingException {
    ObjectMapper json = new ObjectMapper();
    JsonNode event = json.readTree(line);
    ((ObjectNode) event.get(object)).set(name, json.valueToTree(value));
    return json.writeValueAsString(event);
  }

  private static JsonNode evaluate(Path file) {
    return Rivulet.succeed(
            "evaluate", "--store", store(), "--set", "event.format=json", file.toString())
        .json();
  }

  @Test
  void predictionsBecomeFarBetterThanGuesses() {
    assertThat(summary.get("rows").asInt()).isEqualTo(EVENTS - MALFORMED);
    assertThat(summary.get("auc").asDouble()).isGreaterThan(0.7);
  }

  @ParameterizedTest
  @EnumSource(value = Kind.class, mode = EnumSource.Mode.EXCLUDE, names = "CROSS")
  void fieldsOfEveryKindAreLearnedFrom(Kind kind) throws IOException {
    List<String> lines = ShopEvents.lines(EVENTS, 1000, EnumSet.of(kind));
    JsonNode quality = evaluate(Rivulet.write(directory.resolve(kind + ".jsonl"), lines));

    assertThat(quality.get("rows").asInt()).isEqualTo(1000);
    assertThat(quality.get("auc").asDouble()).isGreaterThan(0.65);
  }

  @Test
  void evaluateLeavesOutMalformedLines() throws IOException {
    List<String> lines = new ArrayList<>(ShopEvents.lines(EVENTS, 100));
    lines.addAll(malformed().values());
    JsonNode quality = evaluate(Rivulet.write(directory.resolve("mixed.jsonl"), lines));

    assertThat(quality.get("rows").asInt()).isEqualTo(100);
    assertThat(quality.get("refused").asInt()).isEqualTo(malformed().size());
  }

  @Test
  void malformedEventsAreInQuarantineWithTheReason() throws IOException {
    Map<String, Integer> found = new TreeMap<>();
    try (SparkSession spark = Sessions.create("test")) {
      for (Row row : spark.read().parquet(store() + "/quarantine").collectAsList()) {
        assertThat(row.<Long>getAs("offset") % EVERY).isZero();
        found.merge(row.getAs("reason"), 1, Integer::sum);
      }
    }

    Set<String> reasons = malformed().keySet();
    Map<String, Integer> expected = new TreeMap<>();
    reasons.forEach(reason -> expected.put(reason, MALFORMED / reasons.size()));
    assertThat(found).isEqualTo(expected);
    assertThat(summary.get("quarantined").asInt()).isEqualTo(MALFORMED);
    assertThat(Rivulet.succeed("store", "verify", "--store", store()).out())
        .contains("2,976 events trained, 24 quarantined");
  }

  @Test
  void aReplayGivesTheSameBits() {
    assertThat(
            Rivulet.succeed(
                    Rivulet.args(List.of("store", "replay", "--store", store()), kafka.settings()))
                .out())
        .contains("The bits are the same");
  }
}
