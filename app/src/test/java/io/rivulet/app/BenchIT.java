package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Benchmarks that need Spark or Kafka, so small that their figures mean nothing. */
class BenchIT {
  private static final List<String> TINY = List.of("--repeats=1", "--set=deep_layer_dim=[8]");

  private static List<JsonNode> bench(String... arguments) {
    return Rivulet.succeed(Rivulet.args(List.of("bench"), List.of(arguments), TINY))
        .out()
        .lines()
        .map(BenchIT::json)
        .toList();
  }

  private static JsonNode json(String line) {
    try {
      return new ObjectMapper().readTree(line);
    } catch (JsonProcessingException e) {
      throw new AssertionError("Not JSON: " + line, e);
    }
  }

  private static void assertFields(JsonNode found, String... names) {
    assertThat(found.fieldNames()).toIterable().containsExactly(names);
  }

  @Test
  void featuresAreTimedByFormAndExecution() {
    List<JsonNode> cases = bench("features", "--rows=300", "--seconds=0.02");

    assertThat(cases)
        .extracting(c -> c.get("form").asText() + " " + c.get("execution").asText())
        .containsExactly("tsv sql", "json sql", "mindrec sql", "tsv rows", "tsv rows_spark");
    for (JsonNode found : cases) {
      assertFields(
          found,
          "case",
          "form",
          "execution",
          "rows_per_core_s",
          "peer_rows_per_core_s",
          "ratio_peer");
      assertThat(found.get("rows_per_core_s").asDouble()).isPositive();
      assertThat(found.get("ratio_peer").isNull()).isTrue();
    }
  }

  @Test
  void thePipelineIsTimedBesideTheLearnerAlone() {
    List<JsonNode> cases =
        bench(
            "pipeline",
            "--rows=900",
            "--window-rows=100,300",
            "--emb=4",
            "--batch=50",
            "--frequency=2");

    assertThat(cases).extracting(c -> c.get("window_rows").asInt()).containsExactly(100, 300);
    for (JsonNode found : cases) {
      assertFields(
          found,
          "case",
          "window_rows",
          "emb",
          "batch",
          "averaging_frequency",
          "rows_per_s",
          "rows_per_s_whole",
          "kernel_rows_per_s",
          "ratio_kernel",
          "torch_rows_per_s",
          "ratio_torch");
      double rate = found.get("rows_per_s").asDouble();
      assertThat(found.get("rows_per_s_whole").asDouble()).isPositive();
      assertThat(found.get("ratio_kernel").asDouble())
          .isCloseTo(rate / found.get("kernel_rows_per_s").asDouble(), within(1e-4));
      assertThat(found.get("torch_rows_per_s").isNull()).isTrue();
    }
  }

  @Test
  void aWindowIsTimedBesideItsTraining() {
    List<JsonNode> cases =
        bench("batch", "--windows=6", "--window-rows=100", "--emb=4", "--set=batch_size=50");

    assertThat(cases).extracting(c -> c.get("overlap").asBoolean()).containsExactly(false, true);
    for (JsonNode found : cases) {
      String rest = found.get("overlap").asBoolean() ? "added_ms" : "beside_ms";
      assertFields(found, "case", "window_rows", "overlap", "window_ms", "train_ms", rest);
      double window = found.get("window_ms").asDouble();
      assertThat(window).isPositive();
      assertThat(found.get(rest).asDouble())
          .isCloseTo(window - found.get("train_ms").asDouble(), within(1e-4));
    }
  }

  @Test
  void executorsInJvmsOfTheirOwnAreTimedBesideTheirDriver() {
    List<JsonNode> cases =
        bench(
            "scale",
            "--rows=1000",
            "--emb=4",
            "--batch=50",
            "--frequency=2",
            "--executor-memory=640");

    assertThat(cases).extracting(c -> c.get("executors").asInt()).containsExactly(1, 2);
    assertThat(cases).extracting(c -> c.get("rows").asInt()).containsExactly(1000, 2000);
    for (JsonNode found : cases) {
      assertThat(found.fieldNames())
          .toIterable()
          .startsWith(
              "case",
              "executors",
              "rows",
              "executor_cpu_s_per_row",
              "driver_cpu_s_per_row",
              "driver_share",
              "rows_per_s");
      assertThat(found.get("driver_share").asDouble()).isBetween(0.0, 1.0);
      assertThat(found.get("driver_cpu_s_per_row").asDouble()).isPositive();
    }
    assertThat(cases.get(0).has("executor_cpu_rise")).isFalse();
    assertThat(cases.get(1).has("executor_cpu_rise")).isTrue();
  }

  @Test
  void freshnessIsTimedBesideATraining() {
    List<JsonNode> cases =
        Rivulet.succeed(
                "bench",
                "freshness",
                "--rate=400",
                "--seconds=4",
                "--warm-seconds=2",
                "--requests=5",
                "--set=emb_dim=4",
                "--set=deep_layer_dim=[8]",
                "--set=window.rows=200",
                "--set=gate.policy=off")
            .out()
            .lines()
            .map(BenchIT::json)
            .toList();

    JsonNode found = cases.get(0);
    assertThat(found.get("events").asInt()).isPositive();
    assertThat(found.get("p99_s").asDouble()).isGreaterThanOrEqualTo(found.get("p50_s").asDouble());
    assertThat(found.get("p50_s").asDouble()).isPositive();
    assertThat(found.get("requests").asInt()).isPositive();
  }
}
