package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clicks that from one event on are the opposite of what they were. */
class DriftTest {
  private static final int BEFORE = 6000;
  private static final int AFTER = 2000;

  @TempDir Path directory;

  private String train(String delta) throws IOException {
    return train(delta, event -> (event.startsWith("1") ? "0" : "1") + event.substring(1));
  }

  private String train(String delta, UnaryOperator<String> drift) throws IOException {
    List<String> events = new ArrayList<>(Rivulet.clicks(BEFORE + AFTER));
    events.subList(BEFORE, events.size()).replaceAll(drift);
    Path file = Rivulet.write(directory.resolve("clicks.tsv"), events);
    return Rivulet.succeed(
            Rivulet.args(
                List.of("train", "--source", "files", "--store", store(), file.toString()),
                List.of("--set", "window.rows=1000", "--set", "metrics.drift_delta=" + delta),
                Rivulet.SMALL))
        .out();
  }

  private String store() {
    return directory.resolve("store").toString();
  }

  private List<JsonNode> alarms() throws IOException {
    List<JsonNode> alarms = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(store(), "metrics.jsonl"))) {
      JsonNode found = new ObjectMapper().readTree(line);
      if (found.has("drift")) {
        alarms.add(found);
      }
    }
    return alarms;
  }

  @Test
  void driftIsToldWithTheWindowAndTheVersion() throws IOException {
    String console = train("1e-6");

    assertThat(console).contains("  loss was 0.").contains("  click_rate was 0.");
    assertThat(alarms())
        .extracting(alarm -> alarm.get("drift").asText())
        .contains("loss", "click_rate")
        .doesNotContain("missing_share");
    for (JsonNode alarm : alarms()) {
      assertThat(alarm.get("window").asInt()).isGreaterThan(BEFORE / 1000);
      assertThat(alarm.get("version").asInt()).isPositive();
      assertThat(alarm.get("after").asDouble()).isGreaterThan(alarm.get("before").asDouble());
      assertThat(alarm.get("events").asInt()).isLessThanOrEqualTo(AFTER);
    }
  }

  @Test
  void valuesThatNobodyKnowsAreTold() throws IOException {
    // Every text gets a letter more; empty ones stay empty.
    assertThat(train("1e-6", event -> event.replaceAll("([0-9a-f]{8})", "$1x")))
        .contains("  oov_share was 0.");
    for (JsonNode alarm : alarms()) {
      assertThat(alarm.get("window").asInt()).isGreaterThan(BEFORE / 1000);
    }
  }

  @Test
  void nobodyWatchesWithADeltaOf0() throws IOException {
    assertThat(train("0")).doesNotContain("drift");
    assertThat(alarms()).isEmpty();
  }
}
