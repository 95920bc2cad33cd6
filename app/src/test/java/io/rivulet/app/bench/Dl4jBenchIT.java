package io.rivulet.app.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Stock DL4J as a contender, in this process and in one of its own. */
class Dl4jBenchIT {
  @Test
  void dl4jIsMeasuredBesideTheLearnerAndAloneWithOtherVocabularies() {
    List<JsonNode> cases =
        BenchRun.of(
            "kernel --emb 4 --batch 10 --frequency 1,2 --vocab 500 --rows 80 --repeats 1"
                + " --dl4j --dl4j-vocab 500,600");

    assertThat(cases).hasSize(3);
    assertThat(cases.get(0).get("dl4j_rows_per_s").isNull()).as("frequency 1").isTrue();
    assertThat(cases.get(1).get("dl4j_rows_per_s").asDouble()).isPositive();
    assertThat(cases.get(1).get("ratio_dl4j").asDouble()).isPositive();
    JsonNode apart = cases.get(2);
    assertThat(BenchRun.fields(apart))
        .containsExactly(
            "case",
            "emb",
            "batch",
            "vocab",
            "averaging_frequency",
            "workers",
            "dl4j_rows_per_s",
            "dl4j_error");
    assertThat(apart.get("case").asText()).isEqualTo("dl4j E=4 batch=10 vocab=600");
    assertThat(apart.get("dl4j_error").isNull()).as("%s", apart).isTrue();
    assertThat(apart.get("dl4j_rows_per_s").asDouble()).isPositive();
  }

  @Test
  void aHeapThatDoesNotHoldTheTableIsNotCalledDl4jsFault() {
    JsonNode apart =
        BenchRun.of(
                "kernel --emb 2000 --batch 10 --frequency 1 --vocab 500 --rows 20 --repeats 1"
                    + " --dl4j --dl4j-vocab 2000000")
            .get(1);

    assertThat(apart.get("dl4j_rows_per_s").isNull()).isTrue();
    assertThat(apart.get("dl4j_error").asText())
        .startsWith("not measured: the table alone needs more than the heap of ")
        .endsWith("; set RIVULET_MEMORY");
  }
}
