package io.rivulet.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.rivulet.app.UserError;
import io.rivulet.app.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Benchmarks on a few rows: what they print, not how fast it was. */
class BenchCommandsTest {
  /** Bytes of a row at E = 4: 15 floats and the key. */
  private static final int ROW_BYTES = 68;

  private static final String AVERAGING =
      "averaging --emb 4 --batch 20 --window-rows 100 --rows 400 --warm 100";

  @TempDir Path directory;

  @Test
  void kernelComparesTheLearnerWithPyTorchAndTheMachine() throws IOException {
    Path seen = directory.resolve("seen");
    Path python =
        BenchRun.program(
            directory,
            "echo \"$*\" >> " + seen,
            "wc -l < \"$2\" >> " + seen,
            "echo '{\"train_rows_per_s\": 100}'");
    Path script = Files.createFile(directory.resolve("peer.py"));

    List<JsonNode> cases =
        BenchRun.of(
            "kernel --emb 4 --batch 10 --frequency 1,2 --vocab 500 --rows 90 --repeats 1",
            "--python",
            python.toString(),
            "--peer",
            script.toString());

    assertThat(cases).hasSize(2);
    for (JsonNode c : cases) {
      assertThat(BenchRun.fields(c))
          .containsExactly(
              "case",
              "emb",
              "batch",
              "vocab",
              "averaging_frequency",
              "workers",
              "rows_per_s",
              "torch_rows_per_s",
              "ratio_torch",
              "dl4j_rows_per_s",
              "ratio_dl4j",
              "sgemm_gflops",
              "roofline_share",
              "gather",
              "forward",
              "backward",
              "tower_optimizer",
              "sparse_optimizer",
              "driver_gather",
              "merge");
      double rate = c.get("rows_per_s").asDouble();
      assertThat(rate).isPositive();
      assertThat(c.get("torch_rows_per_s").asDouble()).isEqualTo(100);
      assertThat(c.get("ratio_torch").asDouble()).isEqualTo(rate / 100, within(1e-4));
      assertThat(c.get("dl4j_rows_per_s").isNull()).isTrue();
      assertThat(c.get("ratio_dl4j").isNull()).isTrue();
      assertThat(c.get("sgemm_gflops").asDouble()).isPositive();
      assertThat(
              Stream.of("gather", "forward", "backward", "tower_optimizer", "sparse_optimizer")
                  .mapToDouble(share -> c.get(share).asDouble())
                  .sum())
          .isBetween(0.0, 1.001);
      assertThat(c.get("driver_gather").asDouble() + c.get("merge").asDouble())
          .isBetween(0.0, 1.001);
    }
    assertThat(cases.get(0).get("case").asText()).isEqualTo("kernel E=4 batch=10 frequency=1");
    assertThat(cases.get(1).get("averaging_frequency").asInt()).isEqualTo(2);
    assertThat(Files.readAllLines(seen))
        .as("a warm-up and a round a case, each with whole windows")
        .hasSize(8)
        .anyMatch(line -> line.contains("--vocab 500 --emb 4 --layers 8 --batch 10"))
        .anyMatch(line -> line.endsWith("--threads 2 --limit 80"))
        .anyMatch(line -> line.strip().equals("80"));
  }

  @Test
  void kernelWithoutPythonLeavesPyTorchOut() {
    JsonNode only =
        BenchRun.of("kernel --emb 4 --batch 10 --frequency 1 --vocab 500 --rows 20 --repeats 1")
            .get(0);

    assertThat(only.get("torch_rows_per_s").isNull()).isTrue();
    assertThat(only.get("ratio_torch").isNull()).isTrue();
  }

  @Test
  void kernelNeedsAWindowOfRows() {
    Path file = directory.resolve("few.tsv");
    BenchRows.madeUp(Settings.defaults(), 1, 0).write(file, 10);

    assertThatThrownBy(
            () -> BenchRun.of("kernel --emb 4 --batch 10 --repeats 1 --data", file.toString()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("only 10 rows")
        .hasMessageContaining("has 20");
  }

  @Test
  void vocabComparesTablesOfDifferentSizes() {
    List<JsonNode> cases =
        BenchRun.of("vocab --emb 4 --batch 10 --keys 2000,1000 --rounds 2 --repeats 1");

    assertThat(cases).hasSize(2);
    List<String> fields =
        List.of(
            "case",
            "keys",
            "emb",
            "batch",
            "step_ms",
            "ratio",
            "bytes_per_row",
            "row_bytes",
            "memory_ratio");
    assertThat(BenchRun.fields(cases.get(0))).isEqualTo(fields);
    assertThat(BenchRun.fields(cases.get(1))).startsWith(fields.toArray(String[]::new));
    assertThat(cases.get(0).get("keys").asInt()).isEqualTo(1000);
    assertThat(cases.get(0).get("ratio").asDouble()).isEqualTo(1);
    JsonNode last = cases.get(1);
    assertThat(last.get("keys").asInt()).isEqualTo(2000);
    assertThat(last.get("ratio_20m")).isEqualTo(last.get("ratio"));
    assertThat(last.get("row_bytes").asInt()).isEqualTo(ROW_BYTES);
    assertThat(last.get("step_ms").asDouble()).isPositive();
    assertThat(last.get("memory_ratio").asDouble())
        .isEqualTo(last.get("bytes_per_row").asDouble() / ROW_BYTES, within(1e-4));
  }

  @Test
  void vocabNeedsTablesForARoundAndAHeapForTables() {
    assertThatThrownBy(() -> BenchRun.of("vocab --emb 4 --batch 10 --keys 700"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("--keys must be at least 780")
        .hasMessageContaining("not 700");
    assertThatThrownBy(() -> BenchRun.of("vocab --batch 10 --keys 2000000000"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("2,000,000,000 keys")
        .hasMessageContaining("set RIVULET_MEMORY=");
  }

  @Test
  void commitTellsWhatDeltasAndSnapshotsTake() throws IOException {
    Path disk = Files.createDirectory(directory.resolve("disk"));

    List<JsonNode> cases =
        BenchRun.of(
            "commit --emb 4 --commit-every 1,2 --vocab 500 --rows 200 --repeats 1",
            "--dir",
            disk.toString(),
            "--set",
            "window.rows=50",
            "--set",
            "batch_size=10");

    assertThat(cases).hasSize(2);
    for (JsonNode c : cases) {
      assertThat(BenchRun.fields(c))
          .containsExactly(
              "case",
              "emb",
              "commit_every",
              "touched_rows",
              "delta_bytes",
              "delta_ms",
              "snapshot_bytes",
              "snapshot_ms",
              "table_rows");
      assertThat(c.get("table_rows").asInt()).isEqualTo(500);
      int untouched = 500 - c.get("touched_rows").asInt();
      assertThat(untouched).isBetween(1, 499);
      assertThat(c.get("snapshot_bytes").asLong() - c.get("delta_bytes").asLong())
          .as("the rows that a delta leaves out, and the ledger")
          .isBetween((long) untouched * ROW_BYTES, (long) untouched * ROW_BYTES + 10_000);
      assertThat(c.get("delta_ms").asDouble()).isPositive();
      assertThat(c.get("snapshot_ms").asDouble()).isPositive();
    }
    assertThat(cases.get(1).get("commit_every").asInt()).isEqualTo(2);
    assertThat(cases.get(1).get("touched_rows").asInt())
        .isGreaterThan(cases.get(0).get("touched_rows").asInt());
    assertThat(disk).isEmptyDirectory();
  }

  @Test
  void commitNeedsADirectory() {
    String missing = directory.resolve("missing").toString();

    assertThatThrownBy(() -> BenchRun.of("commit --dir", missing))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no directory " + missing);
  }

  @Test
  void averagingComparesRulesAndWorkersWithOneWorker() {
    String[] more = {
      "--seeds", "3", "--workers", "1,2", "--rules", "embedding_merge=sum,embedding_merge=mean"
    };

    List<JsonNode> cases = BenchRun.of(AVERAGING, more);

    assertThat(cases).hasSize(4);
    for (JsonNode c : cases) {
      assertThat(BenchRun.fields(c))
          .containsExactly(
              "case",
              "data",
              "rule",
              "workers",
              "batch",
              "averaging_frequency",
              "seeds",
              "auc",
              "auc_std",
              "logloss",
              "auc_minus_1_worker",
              "auc_minus_1_worker_low",
              "auc_minus_1_worker_high",
              "logloss_minus_1_worker",
              "logloss_minus_1_worker_low",
              "logloss_minus_1_worker_high",
              "diverged");
      assertThat(c.get("data").asText()).isEqualTo("generated");
      assertThat(c.get("auc").asDouble()).isBetween(0.3, 0.9);
      assertThat(c.get("logloss").asDouble()).isBetween(0.3, 1.0);
      assertThat(c.get("auc_std").asDouble()).as("seeds differ").isPositive();
      assertThat(c.get("auc_minus_1_worker").asDouble())
          .isBetween(
              c.get("auc_minus_1_worker_low").asDouble(),
              c.get("auc_minus_1_worker_high").asDouble());
      assertThat(c.get("diverged").asInt()).isZero();
    }
    JsonNode single = cases.get(0);
    assertThat(single.get("rule").asText()).isEqualTo("embedding_merge=sum");
    assertThat(single.get("workers").asInt()).isEqualTo(1);
    assertThat(single.get("logloss_minus_1_worker_low").asDouble()).isZero();
    assertThat(single.get("logloss_minus_1_worker_high").asDouble()).isZero();
    assertThat(cases.get(1).get("logloss_minus_1_worker").asDouble()).isNotZero();
    assertThat(cases.get(1).get("logloss_minus_1_worker").asDouble())
        .isEqualTo(
            cases.get(1).get("logloss").asDouble() - single.get("logloss").asDouble(),
            within(2e-5));
    assertThat(cases.get(3).get("rule").asText()).isEqualTo("embedding_merge=mean");
    assertThat(cases.get(3).get("workers").asInt()).isEqualTo(2);
    assertThat(BenchRun.of(AVERAGING, more)).as("the same again").isEqualTo(cases);
  }

  @Test
  void averagingOfAFileVariesTheModelAlone() {
    Path file = directory.resolve("some.tsv");
    BenchRows.madeUp(Settings.defaults(), 1, 0).write(file, 300);

    List<JsonNode> cases =
        BenchRun.of(
            AVERAGING + " --seeds 2 --workers 2 --rules embedding_merge=sum --data",
            file.toString());

    assertThat(cases).hasSize(1);
    assertThat(cases.get(0).get("data").asText()).isEqualTo("some.tsv");
    assertThat(cases.get(0).get("workers").asInt()).isEqualTo(2);
    assertThat(cases.get(0).get("auc_minus_1_worker").isNumber()).isTrue();
  }

  @Test
  void averagingComparesFeaturesToo() {
    List<JsonNode> cases =
        BenchRun.of(
            AVERAGING
                + " --seeds 1 --workers 1 --rules features.scaling=buckets,features.scaling=log1p");

    assertThat(cases.get(0).get("auc_minus_1_worker").asDouble()).isZero();
    assertThat(cases.get(1).get("logloss_minus_1_worker").asDouble()).isNotZero();
  }

  @Test
  void averagingCountsWhatDiverged() {
    JsonNode only =
        BenchRun.of(
                AVERAGING + " --seeds 2 --workers 1 --rules embedding_merge=sum",
                "--set",
                "l2_coef=1e38")
            .get(0);

    assertThat(only.get("diverged").asInt()).isEqualTo(2);
    assertThat(only.get("auc").isNull()).isTrue();
    assertThat(only.get("auc_minus_1_worker").isNull()).isTrue();
  }

  @Test
  void averagingRefusesWhatCannotBeMeasured() {
    assertThatThrownBy(() -> BenchRun.of("averaging --rows 100 --warm 100"))
        .isInstanceOf(UserError.class)
        .hasMessage("--rows must be at least 101, not 100");
    assertThatThrownBy(() -> BenchRun.of("averaging --rules tower=median"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("not 'median'");
  }

  @Test
  void gpuComparesTheTowersRounds() {
    List<JsonNode> cases = BenchRun.of("gpu --emb 4 --batch 10,20 --steps 2 --repeats 1");

    assertThat(cases).hasSize(2);
    assertThat(BenchRun.fields(cases.get(0)))
        .containsExactly(
            "case",
            "backend",
            "averaging_frequency",
            "transfer_ms",
            "step_ms",
            "round_ms",
            "blas_transfer_ms",
            "blas_step_ms",
            "blas_round_ms",
            "ratio_step",
            "pays_from_frequency",
            "pays_from_window_rows");
    assertThat(cases.get(1).get("case").asText()).isEqualTo("gpu E=4 batch=20");
    assertThat(cases.get(1).get("backend").asText()).endsWith("Backend");
    assertThat(cases.get(1).get("round_ms").asDouble()).isPositive();
  }

  @Test
  void aTransferPaysOnceItsStepsHaveSavedMore() {
    assertThat(GpuBench.leastFrequency(10, 1, 2, 3)).hasValue(5);
    assertThat(GpuBench.leastFrequency(10, 1, 1, 4)).hasValue(4);
    assertThat(GpuBench.leastFrequency(1, 1, 2, 3)).hasValue(1);
    assertThat(GpuBench.leastFrequency(10, 3, 2, 3)).isEmpty();
    assertThat(GpuBench.leastFrequency(10, 4, 2, 3)).isEmpty();
  }

  @Test
  void serveTimesRequestsWhileVersionsAreTakenOver() {
    List<JsonNode> cases =
        BenchRun.of(
            "serve --set emb_dim=4 --set window.rows=50 --vocab 500 --seconds 1 --requests 20"
                + " --versions-per-second 5 --repeats 1");

    assertThat(cases).hasSize(1);
    JsonNode found = cases.get(0);
    assertThat(found.get("requests").asInt()).isEqualTo(20);
    assertThat(found.get("versions").asInt()).isGreaterThan(2);
    assertThat(found.get("p50_ms").asDouble()).isPositive();
    assertThat(found.get("p99_ms").asDouble())
        .isBetween(found.get("p50_ms").asDouble(), found.get("max_ms").asDouble());
    assertThat(found.get("still_p99_ms").asDouble()).isPositive();
  }
}
