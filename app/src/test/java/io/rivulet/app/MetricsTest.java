package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a window's line in metrics.jsonl says. */
class MetricsTest {
  private static final int ROWS = 4000;
  private static final int COLUMN_OF_C1 = 14;
  private static final int COLUMN_OF_C9 = 22;

  @TempDir Path directory;

  private Rivulet.Result train(String slices) throws IOException {
    Path file = Rivulet.write(directory.resolve("clicks.tsv"), Rivulet.clicks(ROWS));
    return Rivulet.run(
        Rivulet.args(
            List.of("train", "--source", "files", "--store", store(), file.toString()),
            List.of("--set", "window.rows=500", "--set", "metrics.slices=" + slices),
            Rivulet.SMALL));
  }

  private String store() {
    return directory.resolve("store").toString();
  }

  private List<JsonNode> windows() throws IOException {
    ObjectMapper json = new ObjectMapper();
    List<String> lines = Files.readAllLines(Path.of(store(), "metrics.jsonl"));
    return StreamSupport.stream(lines.spliterator(), false)
        .map(
            line -> {
              try {
                return json.readTree(line);
              } catch (IOException e) {
                throw new AssertionError(line, e);
              }
            })
        .filter(line -> line.has("rows"))
        .toList();
  }

  @Test
  void figuresAreOverTheLastEventsAllOfThemAndSlices() throws IOException {
    String value = Rivulet.clicks(1).get(0).split("\t", -1)[COLUMN_OF_C9];
    long rows =
        Rivulet.clicks(ROWS).stream()
            .filter(line -> line.split("\t", -1)[COLUMN_OF_C9].equals(value))
            .count();
    Rivulet.Result result = train("[C9=" + value + ", C9=nowhere]");
    assertThat(result.code()).as(result.err()).isZero();

    JsonNode last = windows().get(windows().size() - 1);
    for (String figure : List.of("auc", "logloss", "ne", "calibration")) {
      assertThat(last.get("overall").get(figure)).isEqualTo(result.json().get(figure));
      // So few rows hardly fade.
      assertThat(last.get("fading").get(figure).asDouble())
          .isCloseTo(last.get("overall").get(figure).asDouble(), within(0.05));
    }
    assertThat(last.get("slices").get("C9=" + value).get("rows").asLong()).isEqualTo(rows);
    assertThat(last.get("slices").get("C9=nowhere").get("rows").asLong()).isZero();
    assertThat(last.get("calibration_curve")).hasSize(10);
    double before = -1;
    for (JsonNode point : last.get("calibration_curve")) {
      assertThat(point.get(0).asDouble()).isGreaterThanOrEqualTo(before);
      before = point.get(0).asDouble();
    }
    assertThat(windows().get(0).get("new_key_share").asDouble())
        .isGreaterThan(last.get("new_key_share").asDouble());
    assertThat(last.get("new_key_share").asDouble()).isBetween(0.01, 0.5);
  }

  @Test
  void aFieldIsSlicedByItsMostFrequentValues() throws IOException {
    Map<String, Long> counts =
        Rivulet.clicks(ROWS).stream()
            .map(line -> line.split("\t", -1)[COLUMN_OF_C1])
            .collect(Collectors.groupingBy(value -> "C1=" + value, Collectors.counting()));
    Rivulet.Result result = train("[C1]");
    assertThat(result.code()).as(result.err()).isZero();

    JsonNode slices = windows().get(windows().size() - 1).get("slices");
    assertThat(slices).hasSize(5);
    slices
        .fields()
        .forEachRemaining(
            slice ->
                assertThat(slice.getValue().get("rows").asLong())
                    .as(slice.getKey())
                    .isEqualTo(counts.get(slice.getKey())));
    assertThat(slices.fieldNames())
        .toIterable()
        .contains(Collections.max(counts.entrySet(), Map.Entry.comparingByValue()).getKey());
  }

  @Test
  void aSliceOfNoCategoricalFieldIsRefused() throws IOException {
    for (String slice : List.of("I1", "I1=3", "C99=a")) {
      Rivulet.Result result = train("[" + slice + "]");
      assertThat(result.code()).isEqualTo(1);
      assertThat(result.err()).contains("metrics.slices").doesNotContain("\tat ");
    }
  }
}
