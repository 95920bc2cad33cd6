package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clicks of which one stretch is poisoned: half of its labels are wrong. */
class PoisonTest {
  private static final int ROWS = 22_000;
  private static final int WINDOW = 1000;
  private static final int GATE_WINDOW = 3000;
  private static final int FROM = 9300;
  private static final int UNTIL = 13_700;

  @TempDir Path directory;

  private String clicks;

  @BeforeEach
  void generate() {
    clicks = directory.resolve("clicks.tsv").toString();
    Rivulet.succeed(
        "generate",
        clicks,
        "--rows",
        "" + ROWS,
        "--flip",
        FROM + "-" + UNTIL,
        "--flip-share",
        ".5");
  }

  private String store() {
    return directory.resolve("store").toString();
  }

  private Rivulet.Result train(String... settings) {
    return Rivulet.succeed(
        Rivulet.args(
            List.of("train", "--source", "files", "--store", store(), clicks),
            List.of("--set", "window.rows=" + WINDOW, "--set", "store.keep_max=10"),
            List.of("--set", "metrics.window_rows=" + GATE_WINDOW),
            List.of(settings),
            Rivulet.SMALL));
  }

  /** Of each published version, how many lines it has learned or left out. */
  private List<Long> published() {
    ModelStore models = ModelStore.open(store(), new Configuration());
    return models.versions().stream()
        .filter(models::isPublished)
        .map(Manifest::offsets)
        .map(offsets -> offsets.get(0).next())
        .toList();
  }

  private List<String> gate() throws IOException {
    List<String> lines = Files.readAllLines(Path.of(store(), "metrics.jsonl"));
    return lines.stream()
        .map(PoisonTest::json)
        .filter(l -> l.has("gate"))
        .map(l -> l.get("gate").asText())
        .toList();
  }

  private static JsonNode json(String line) {
    try {
      return new ObjectMapper().readTree(line);
    } catch (IOException e) {
      throw new AssertionError(line, e);
    }
  }

  @Test
  void noVersionIsPublishedWhoseGateWindowIsPoisoned() throws IOException {
    train();

    assertThat(gate()).containsExactly("open", "shut", "open");
    assertThat(published())
        .isNotEmpty()
        .allMatch(learned -> learned <= FROM || learned >= UNTIL + GATE_WINDOW)
        .anyMatch(learned -> learned <= FROM)
        .anyMatch(learned -> learned > UNTIL);
    String list = Rivulet.succeed("store", "list", "--store", store()).out();
    assertThat(list).contains("  published  window 8  ").contains("  held       window 12  ");

    assertThat(Rivulet.succeed("store", "publish", "12", "--store", store()).out())
        .isEqualTo("Version 12 is published\n");
    assertThat(published()).contains(12L * WINDOW);
    Rivulet.succeed("store", "verify", "--ledger", "--store", store());
  }

  @Test
  void trainingGoesBackAndLeavesThePoisonOut() {
    String console = train("--set", "gate.policy=revert").out();

    assertThat(console).contains("Back to version 8; 7,000 offsets after it are left out\n");
    assertThat(Rivulet.succeed("store", "verify", "--ledger", "--store", store()).out())
        .contains("15,000 trained, 0 quarantined, 7,000 retracted\n");
    assertThat(published())
        .allMatch(learned -> learned <= FROM || learned >= UNTIL + GATE_WINDOW)
        .anyMatch(learned -> learned > UNTIL);
    assertThat(Rivulet.succeed("store", "replay", "--store", store()).out())
        .contains("The bits are the same");
  }

  @Test
  void whatDoesntEndIsDriftAndIsLearned() {
    String console = train("--set", "gate.policy=revert", "--set", "gate.revert_rows=4000").out();

    assertThat(console).contains("drift, so all events are learned").doesNotContain("Back to");
    assertThat(Rivulet.succeed("store", "verify", "--ledger", "--store", store()).out())
        .contains("22,000 trained, 0 quarantined\n");
  }
}
