package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clicks of which only a share of those without a click is learned. */
class SamplingTest {
  private static final int ROWS = 20_000;

  @TempDir Path directory;

  private JsonNode evaluateAfterTraining(List<String> events, String setting) throws IOException {
    Path file = Rivulet.write(directory.resolve("clicks.tsv"), events);
    Path later =
        Rivulet.write(
            directory.resolve("later.tsv"), Rivulet.clicks(ROWS + 5000).subList(ROWS, ROWS + 5000));
    String store = directory.resolve("store").toString();
    Rivulet.succeed(
        Rivulet.args(
            List.of("train", "--source", "files", "--store", store, file.toString()),
            List.of("--set", setting),
            Rivulet.SMALL));
    assertThat(Rivulet.succeed("store", "replay", "--store", store).out())
        .contains("The bits are the same");
    return Rivulet.succeed("evaluate", "--store", store, later.toString()).json();
  }

  private static void assertCalibrated(JsonNode figures) {
    assertThat(figures.get("calibration").asDouble()).isBetween(0.85, 1.15);
    assertThat(figures.get("auc").asDouble()).isGreaterThan(0.6);
  }

  @Test
  void predictionsAreOfAllEventsWhereTrainingLeavesSomeOut() throws IOException {
    assertCalibrated(evaluateAfterTraining(Rivulet.clicks(ROWS), "sampling.negative_rate=0.25"));
  }

  @Test
  void predictionsAreOfAllEventsWhereSomeNeverCame() throws IOException {
    Random random = new Random(1);
    List<String> came =
        Rivulet.clicks(ROWS).stream()
            .filter(line -> line.startsWith("1") || random.nextInt(4) == 0)
            .toList();
    assertCalibrated(evaluateAfterTraining(came, "sampling.arriving=0.25"));
  }
}
