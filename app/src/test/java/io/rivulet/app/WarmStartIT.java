package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.app.kafka.EventEncoder;
import io.rivulet.app.settings.Settings;
import io.rivulet.features.WireForm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** History from files, then Kafka: the same bits as if all had come from one topic. */
class WarmStartIT {
  private static final int ROWS = 2500;
  private static final int FIRST_FILE = 700;

  /** Rows of both files; the third window is begun by them and filled by Kafka. */
  private static final int HISTORY = 1300;

  @TempDir static Path directory;

  private static KafkaTopic kafka;
  private static List<String> history;
  private static String expected;

  @BeforeAll
  static void learnTheSameRowsFromOneTopic() throws IOException {
    kafka = new KafkaTopic(directory.resolve("kafka"), 1);
    List<String> lines = Rivulet.clicks(ROWS);
    history =
        List.of(
            "--history",
            write("part1.tsv", lines.subList(0, FIRST_FILE)),
            write("part2.tsv", lines.subList(FIRST_FILE, HISTORY)));
    kafka.send(lines);
    kafka.createTopic("rest", 1, lines.subList(HISTORY, ROWS));
    expected = trained("topic", "--set", "kafka.topic=" + KafkaTopic.NAME, "--until-idle", "1");
  }

  @AfterAll
  static void stopTheBroker() {
    if (kafka != null) {
      kafka.close();
    }
  }

  private static String write(String name, List<String> lines) throws IOException {
    return Rivulet.write(directory.resolve(name), lines).toString();
  }

  private static String store(String name) {
    return directory.resolve(name).toString();
  }

  private static List<String> train(String store, String... more) {
    return Rivulet.args(
        List.of("train", "--store", store(store), "--set", "window.rows=500"),
        List.of("--set", "window.flush_seconds=1", "--set", "kafka.topic=rest"),
        Rivulet.SMALL,
        kafka.settings(),
        List.of(more));
  }

  /** Trains and returns the hash of the model's bits. */
  private static String trained(String store, String... more) {
    Rivulet.succeed(train(store, more));
    return sha256(store);
  }

  private static String sha256(String store) {
    return Rivulet.succeed("store", "show", "--store", store(store)).sha256();
  }

  private static int warmStart(String store, String... more) {
    return Rivulet.succeed(Rivulet.args(train(store, more), history)).json().get("rows").asInt();
  }

  private static void assertEachRowIsInOnce(String store) {
    assertThat(Rivulet.succeed("store", "verify", "--store", store(store)).out())
        .contains("2,500 events trained, 0 quarantined");
    assertThat(sha256(store)).isEqualTo(expected);
  }

  private static void assertReplayGivesTheSameBits(String store) {
    assertThat(
            Rivulet.succeed(
                    Rivulet.args(
                        List.of("store", "replay", "--store", store(store)), kafka.settings()))
                .out())
        .contains("The bits are the same");
  }

  @Test
  void historyThenKafkaGivesTheBitsOfOneTopicAndASecondRunLearnsNothing() {
    assertThat(warmStart("warm", "--until-idle", "1")).isEqualTo(ROWS);
    assertEachRowIsInOnce("warm");

    assertThat(warmStart("warm", "--until-idle", "1")).isZero();
    assertEachRowIsInOnce("warm");
  }

  @Test
  void aRunThatWasStoppedWithinTheHistoryGoesOnThere() {
    assertThat(warmStart("stopped", "--max-batches", "1")).isEqualTo(500);
    assertThat(warmStart("stopped", "--max-batches", "2")).isEqualTo(1000);
    assertThat(warmStart("stopped", "--until-idle", "1")).isEqualTo(ROWS - 1500);

    assertEachRowIsInOnce("stopped");
    assertReplayGivesTheSameBits("stopped");
  }

  @Test
  void theHistoryMayHaveAnotherFormThanKafka() {
    EventEncoder encoder = new EventEncoder(Settings.defaults().schema(), WireForm.JSON);
    List<String> objects =
        Rivulet.clicks(ROWS).subList(HISTORY, ROWS).stream()
            .map(line -> encoder.encode(line.getBytes(StandardCharsets.UTF_8)).value())
            .map(value -> new String(value, StandardCharsets.UTF_8))
            .toList();
    assertThat(objects).allMatch(object -> object.startsWith("{"));
    kafka.createTopic("objects", 1, objects);
    String[] settings = {
      "--set", "kafka.topic=objects",
      "--set", "event.format=json",
      "--set", "file.format=tsv",
      "--until-idle", "1"
    };

    assertThat(warmStart("objects", settings)).isEqualTo(ROWS);
    assertEachRowIsInOnce("objects");
    assertReplayGivesTheSameBits("objects");
  }

  @Test
  void anUnfilledWindowOfTheHistoryIsLearnedWhenKafkaHasNothing() {
    kafka.createTopic("nothing", 1, List.of());

    assertThat(warmStart("alone", "--set", "kafka.topic=nothing", "--until-idle", "1"))
        .isEqualTo(HISTORY);
    assertThat(Rivulet.newest(store("alone")).orElseThrow().lastWindow()).isEqualTo(3);
  }
}
