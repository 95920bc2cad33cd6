package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.rivulet.features.Schema.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stock DL4J as the engine: the same loop and nearly the same model. */
class Dl4jEngineIT {
  private static final int ROWS = 3000;
  private static final int WINDOW = 600;

  /** What the first run learns before it is stopped. */
  private static final int FIRST = 2 * WINDOW;

  /** DL4J takes one key a field, so the tags that would tell something aren't used. */
  private static final Set<Kind> TELLING = EnumSet.of(Kind.DENSE, Kind.CATEGORICAL);

  @TempDir static Path directory;

  private static KafkaTopic kafka;
  private static JsonNode resumed;

  @BeforeAll
  static void learnWithDl4jStopAndGoOn() throws IOException {
    Rivulet.write(
        directory.resolve("schema.yaml"),
        List.of(
            "name: shop",
            "label: {path: $.event.type, click: [click, add_to_cart, purchase]}",
            "fields:",
            "  - {name: discount, path: $.item.discount, kind: dense, scaling: none}",
            "  - {name: position, path: $.page.position, kind: dense, scaling: log1p}",
            "  - {name: device, path: $.page.device}",
            "  - {name: country, path: $.user.country}",
            "  - {name: brand, path: $.item.brand}"));
    kafka = new KafkaTopic(directory.resolve("kafka"), 1);
    kafka.send(ShopEvents.lines(0, ROWS, TELLING));
    train("dl4j", "--set", "engine=dl4j", "--max-batches", Integer.toString(FIRST / WINDOW));
    resumed = train("dl4j", "--set", "engine=dl4j", "--until-idle", "1");
  }

  @AfterAll
  static void stopTheBroker() {
    if (kafka != null) {
      kafka.close();
    }
  }

  private static String store(String name) {
    return directory.resolve(name).toString();
  }

  private static JsonNode train(String store, String... more) {
    return Rivulet.succeed(
            Rivulet.args(
                List.of("train", "--store", store(store)),
                List.of("--set", "features.schema=" + directory.resolve("schema.yaml")),
                List.of("--set", "event.format=json", "--set", "window.rows=" + WINDOW),
                List.of("--set", "window.flush_seconds=1"),
                Rivulet.SMALL,
                List.of("--set", "workers=1", "--set", "averaging_frequency=3"),
                List.of("--set", "adam.learning_rate=0.005", "--set", "ftrl.learning_rate=0.2"),
                kafka.settings(),
                List.of(more)))
        .json();
  }

  @Test
  void aStoppedTrainingGoesOnWithTheSameStore() {
    assertThat(resumed.get("rows").asInt()).isEqualTo(ROWS - FIRST);
    assertThat(Rivulet.succeed("store", "verify", "--store", store("dl4j")).out())
        .contains("3,000 events trained, 0 quarantined");
  }

  @Test
  void itLearnsAboutAsWellAsEngineSparse() {
    JsonNode sparse = train("sparse", "--until-idle", "1", "--warm", Integer.toString(FIRST));

    assertThat(sparse.get("auc").asDouble()).isGreaterThan(0.7);
    assertThat(resumed.get("auc").asDouble()).isCloseTo(sparse.get("auc").asDouble(), within(0.05));
  }

  @Test
  void storeShowShowsItsModel() {
    Rivulet.Result show = Rivulet.succeed("store", "show", "--store", store("dl4j"));

    assertThat(show.out())
        .contains("model      5 fields × 4 → 16 → 8 → 1, relu")
        .contains("learned    5 windows, 60 steps")
        .contains("offsets    clicks-0 up to 3,000");
    assertThat(show.sha256()).matches("[0-9a-f]{64}");
  }

  @Test
  void itsModelScoresFiles() throws IOException {
    Path file = directory.resolve("next.jsonl");
    Rivulet.write(file, ShopEvents.lines(ROWS, 1000, TELLING));
    JsonNode quality =
        Rivulet.succeed(
                "evaluate", "--store", store("dl4j"), "--set", "event.format=json", file.toString())
            .json();

    assertThat(quality.get("rows").asInt()).isEqualTo(1000);
    assertThat(quality.get("auc").asDouble()).isGreaterThan(0.7);
  }

  @Test
  void aReplayWithOneWorkerGivesTheSameBits() {
    assertThat(
            Rivulet.succeed(
                    Rivulet.args(
                        List.of("store", "replay", "--store", store("dl4j")), kafka.settings()))
                .out())
        .contains("The bits are the same");
  }
}
