package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clicks from Kafka of which one stretch is poisoned. */
class PoisonIT {
  @TempDir Path directory;

  private String store() {
    return directory.resolve("store").toString();
  }

  private List<String> train(KafkaTopic topic) {
    return Rivulet.args(
        List.of("train", "--store", store(), "--until-idle", "2"),
        List.of("--set", "window.rows=1000", "--set", "metrics.window_rows=3000"),
        List.of("--set", "gate.policy=revert"),
        topic.settings(),
        Rivulet.SMALL);
  }

  private String verify(KafkaTopic topic) {
    return Rivulet.succeed(
            Rivulet.args(
                List.of("store", "verify", "--ledger", "--store", store()), topic.settings()))
        .out();
  }

  @Test
  void trainingGoesBackAndOnAndWhatIsUnclearAtTheEndIsMetAgain() throws IOException {
    Path file = directory.resolve("clicks.tsv");
    Rivulet.succeed(
        "generate",
        file.toString(),
        "--rows",
        "20000",
        "--flip",
        "9300-13700",
        "--flip-share",
        ".5");
    List<String> clicks = Files.readAllLines(file);
    try (KafkaTopic topic = new KafkaTopic(directory.resolve("kafka"), 2)) {
      // Ends within the stretch, so that nobody can tell yet whether it is one.
      topic.send(clicks.subList(0, 12_000));
      assertThat(Rivulet.succeed(train(topic)).out())
          .contains("nothing is learned until version ")
          .contains("; 0 offsets after it are left out");
      assertThat(verify(topic)).doesNotContain("retracted");

      topic.send(clicks.subList(12_000, 20_000));
      assertThat(Rivulet.succeed(train(topic)).out())
          .contains("offsets after it are left out")
          .doesNotContain("drift, so all");
      assertThat(verify(topic)).contains(" retracted").contains("0 lost, 0 doubled");
      assertThat(Rivulet.newest(store()).orElseThrow().offsets())
          .allMatch(offset -> offset.next() == 10_000);
    }
  }
}
