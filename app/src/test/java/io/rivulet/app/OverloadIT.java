package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** More events than can be learned: what isn't is in the ledger, and the rest is learned once. */
class OverloadIT {
  private static final int LAG = 2000;

  @TempDir Path directory;

  private Rivulet.Result train(KafkaTopic topic, String store, String policy) {
    return Rivulet.succeed(
        Rivulet.args(
            List.of("train", "--store", store, "--until-idle", "1", "--set", "window.rows=250"),
            List.of("--set", "overload.policy=" + policy, "--set", "overload.lag_rows=" + LAG),
            List.of("--set", "overload.negative_rate=0.2"),
            Rivulet.SMALL,
            topic.settings()));
  }

  @Test
  void whatOverloadLeavesOutIsInTheLedger() throws IOException {
    String store = directory.resolve("store").toString();
    try (KafkaTopic topic = new KafkaTopic(directory.resolve("kafka"), 2)) {
      topic.send(Rivulet.clicks(5000));
      Rivulet.Result sampled = train(topic, store, "sample");
      long sampledOut = 0;
      for (String line : Files.readAllLines(Path.of(store, "metrics.jsonl"))) {
        JsonNode window = new ObjectMapper().readTree(line);
        sampledOut += window.get("sampled_out").asLong();
      }
      long rows = sampled.json().get("rows").asLong();
      assertThat(sampledOut).isPositive();
      assertThat(rows + sampledOut).isEqualTo(5000);
      // Without weights predictions would be far above the share of clicks.
      assertThat(sampled.json().get("calibration").asDouble()).isBetween(0.7, 1.5);

      topic.send(Rivulet.clicks(LAG + 1));
      Rivulet.Result skipped = train(topic, store, "skip");
      assertThat(skipped.json().get("rows").asLong()).isZero();
      assertThat(skipped.out()).contains("skipped: 2,001 offsets left out");
      topic.send(Rivulet.clicks(LAG));
      assertThat(train(topic, store, "skip").json().get("rows").asLong()).isEqualTo(LAG);

      Rivulet.Result verified =
          Rivulet.succeed(
              Rivulet.args(
                  List.of("store", "verify", "--ledger", "--store", store), topic.settings()));
      assertThat(verified.out())
          .contains(
              String.format(
                  "%,d events trained, 0 quarantined, %,d sampled out", rows + LAG, sampledOut))
          .contains("1,000 skipped")
          .contains("1,001 skipped")
          .contains("learned by a sample")
          .contains("0 lost, 0 doubled");
      Rivulet.succeed(Rivulet.args(List.of("store", "replay", "--store", store), topic.settings()));
    }
  }
}
