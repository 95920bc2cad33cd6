package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.rivulet.app.Rivulet.Result;
import io.rivulet.trainer.store.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A trained model is carried over to other fields and another shape, and learns on. */
class MigrationIT {
  private static final int WINDOW = 2000;
  private static final int NEXT = 10_000;
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private static final String DISCOUNT =
      "{name: discount, path: $.item.discount, kind: dense, scaling: none}";
  private static final String POSITION =
      "{name: position, path: $.page.position, kind: dense, scaling: log1p}";
  private static final String DEVICE = "{name: device, path: $.page.device}";
  private static final String BRAND = "{name: brand, path: $.item.brand}";
  private static final String TAGS = "{name: tags, path: $.item.tags, kind: multi_valued}";

  @TempDir static Path directory;

  private static KafkaTopic kafka;

  /** Trained on three windows; tests work on copies. */
  private static Path trained;

  @BeforeAll
  static void trainWithFiveFields() throws IOException {
    schema("five", DISCOUNT, POSITION, DEVICE, BRAND, TAGS);
    kafka = new KafkaTopic(directory.resolve("kafka"), 1);
    kafka.send(ShopEvents.lines(0, 3 * WINDOW + NEXT));
    trained = directory.resolve("trained");
    train(trained, 3, settings("five"));
  }

  @AfterAll
  static void stopTheBroker() {
    if (kafka != null) {
      kafka.close();
    }
  }

  private static void schema(String name, String... fields) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add("name: shop");
    lines.add("label: {path: $.event.type, click: [click, add_to_cart, purchase]}");
    lines.add("fields:");
    for (String field : fields) {
      lines.add("  - " + field);
    }
    Rivulet.write(directory.resolve(name + ".yaml"), lines);
  }

  private static List<String> settings(String schema, String... more) {
    return Rivulet.args(
        List.of("--set", "features.schema=" + directory.resolve(schema + ".yaml")),
        List.of("--set", "event.format=json", "--set", "window.rows=" + WINDOW),
        Rivulet.SMALL,
        List.of("--set", "adam.learning_rate=0.001", "--set", "window.flush_seconds=1"),
        List.of(more));
  }

  /** Trains for so many windows; returns the summary. */
  private static JsonNode train(Path store, int windows, List<String> settings) {
    return Rivulet.succeed(
            Rivulet.args(
                List.of("train", "--store", store.toString()),
                List.of("--max-batches", Integer.toString(windows)),
                settings,
                kafka.settings()))
        .json();
  }

  private static Result migrate(Path store, List<String> settings) {
    return Rivulet.run(
        Rivulet.args(List.of("store", "migrate", "--store", store.toString()), settings));
  }

  private static double aucOf(Path store, int version, Path file) {
    JsonNode quality =
        Rivulet.succeed(
                List.of(
                    "evaluate",
                    "--store",
                    store.toString(),
                    "--version-number",
                    Integer.toString(version),
                    "--set",
                    "event.format=json",
                    file.toString()))
            .json();
    assertThat(quality.get("version").asInt()).isEqualTo(version);
    assertThat(quality.get("rows").asInt()).isEqualTo(NEXT);
    return quality.get("auc").asDouble();
  }

  private static String show(Path store) {
    return Rivulet.succeed("store", "show", "--store", store.toString()).out();
  }

  private static void assertSoundWith(Path store, String events) {
    assertThat(Rivulet.succeed("store", "verify", "--store", store.toString()).out())
        .contains(events + " events trained, 0 quarantined");
  }

  private static void assertReplayGivesTheSameBits(Path store) {
    assertThat(
            Rivulet.succeed(
                    Rivulet.args(
                        List.of("store", "replay", "--store", store.toString()), kafka.settings()))
                .out())
        .contains("The bits are the same");
  }

  private static Path copy(String name) throws IOException {
    Path copy = directory.resolve(name);
    try (Stream<Path> all = Files.walk(trained)) {
      for (Path each : all.toList()) {
        Files.copy(each, copy.resolve(trained.relativize(each)));
      }
    }
    return copy;
  }

  @Test
  void aNewFieldCostsNoQuality() throws IOException {
    schema("six", DISCOUNT, "{name: seller, path: $.item.seller}", POSITION, DEVICE, BRAND, TAGS);
    Path next = Rivulet.write(directory.resolve("next.jsonl"), ShopEvents.lines(3 * WINDOW, NEXT));
    Path unchanged = copy("unchanged");
    Path migrated = copy("migrated");

    Result migration = migrate(migrated, settings("six"));
    assertThat(migration.code()).as(migration.err()).isZero();
    assertThat(migration.out()).contains("version 4 from version 3: 6 fields × 4 → 16 → 8 → 1");
    assertThat(show(migrated))
        .contains("version    4,", "parent     version 3", "model      6 fields × 4")
        .contains("offsets    clicks-0 up to 6,000");
    assertSoundWith(migrated, "6,000");

    double before = aucOf(migrated, 3, next);
    assertThat(before).isGreaterThan(0.7);
    assertThat(aucOf(migrated, 4, next)).isCloseTo(before, within(0.002));

    JsonNode old = train(unchanged, NEXT / WINDOW, settings("five"));
    JsonNode grown = train(migrated, NEXT / WINDOW, settings("six"));
    assertThat(old.get("rows").asInt()).isEqualTo(NEXT);
    assertThat(grown.get("rows").asInt()).isEqualTo(NEXT);
    assertThat(grown.get("auc").asDouble())
        .isCloseTo(old.get("auc").asDouble(), within(0.002))
        .isGreaterThan(0.7);
    assertSoundWith(migrated, "16,000");
    assertReplayGivesTheSameBits(migrated);
  }

  @Test
  void widthsMayChangeAndAFieldMayGo() throws IOException {
    schema("four", DISCOUNT, POSITION, DEVICE, TAGS);
    List<String> settings =
        settings("four", "--set", "emb_dim=6", "--set", "deep_layer_dim=[24, 8]");
    Path store = copy("reshaped");

    Result migration = migrate(store, settings);
    assertThat(migration.code()).as(migration.err()).isZero();
    assertThat(show(store))
        .contains("version    4,", "parent     version 3")
        .contains("model      4 fields × 6 → 24 → 8 → 1");
    assertSoundWith(store, "6,000");

    JsonNode summary = train(store, 1, settings);
    assertThat(summary.get("rows").asInt()).isEqualTo(WINDOW);
    assertThat(summary.get("auc").asDouble()).isGreaterThan(0.7);
    assertSoundWith(store, "8,000");
    assertReplayGivesTheSameBits(store);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "five  | seed=1                      | Version 3 has this shape and these features already",
        "kind  | seed=1                      | Field brand can't change its kind or scaling",
        "scale | seed=1                      | Field position can't change its kind or scaling",
        "other | seed=1                      | No field of schema shop is one of the model's",
        "five  | deep_layer_act=tanh         | deep_layer_act must stay relu, not become tanh",
        "five  | deep_layer_dim=[16, 8, 4]   | deep_layer_dim must keep the number of layers"
      })
  void whatCannotBeKeptIsRefusedAndNothingChanges(String schema, String setting, String sentence)
      throws IOException {
    schema("kind", DISCOUNT, POSITION, DEVICE, BRAND.replace("}", ", kind: multi_valued}"), TAGS);
    schema("scale", DISCOUNT, POSITION.replace("log1p", "none"), DEVICE, BRAND, TAGS);
    schema("other", "{name: type, path: $.page.type}");
    List<Path> files = files(trained);

    Result refused = migrate(trained, settings(schema, "--set", setting));

    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err().lines().filter(line -> line.startsWith("rivulet: ")))
        .singleElement(STRING)
        .contains(sentence);
    assertThat(files(trained)).isEqualTo(files);
  }

  private static List<Path> files(Path store) throws IOException {
    try (Stream<Path> all = Files.walk(store)) {
      return all.sorted().toList();
    }
  }

  @Test
  void aTrainingThatRunsCanNoLongerCommitAndItsEventsAreLearnedByTheNext() throws Exception {
    schema("more", DISCOUNT, POSITION, DEVICE, BRAND, TAGS, "{name: type, path: $.page.type}");
    String[] live = {"--set", "kafka.topic=live", "--set", "window.rows=500"};
    Path store = directory.resolve("live");
    Path log = directory.resolve("live.log");
    kafka.createTopic("live", 1, ShopEvents.lines(0, 500));
    Process training =
        Rivulet.start(
            log,
            Rivulet.args(
                List.of("train", "--store", store.toString()),
                settings("five", live),
                kafka.settings()));
    try {
      await().atMost(PATIENCE).until(() -> newestVersion(store) == 1 || !training.isAlive());
      assertThat(training.isAlive()).as(() -> read(log)).isTrue();

      Result migration = migrate(store, settings("more", live));
      assertThat(migration.code()).as(migration.err()).isZero();
      kafka.sendTo("live", 1, ShopEvents.lines(500, 500));

      assertThat(training.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(training.exitValue()).as(() -> read(log)).isEqualTo(1);
      assertThat(read(log)).contains("Another process has opened", "can no longer commit");
      assertThat(newestVersion(store)).isEqualTo(2);
    } finally {
      training.destroyForcibly();
    }

    assertThat(train(store, 1, settings("more", live)).get("rows").asInt()).isEqualTo(500);
    assertSoundWith(store, "1,000");
  }

  private static long newestVersion(Path store) {
    return Rivulet.newest(store.toString()).map(Manifest::version).orElse(0L);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
