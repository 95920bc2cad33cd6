package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.rivulet.app.settings.Settings;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanCommandTest {
  /** Criteo's fields, E = 16 and layers as shipped; one worker whose round is the window. */
  private static final List<String> ARGUMENTS =
      List.of(
          "plan",
          "--json",
          "--gflops=50",
          "--events-per-second=1000",
          "--keys=10000",
          "--distinct-per-window=8000",
          "--executors=1",
          "--set=window.rows=1000");

  private static JsonNode plan(String... more) {
    return Rivulet.succeed(Rivulet.args(ARGUMENTS, List.of(more))).json();
  }

  @Test
  void bytesOfTheShippedModelAreAsCountedByHand() {
    JsonNode plan = plan();

    assertThat(plan.get("row_bytes").asLong()).isEqualTo(204);
    assertThat(plan.get("tower_parameters").asLong()).isEqualTo(1_329_153);
    assertThat(plan.get("dense_bytes").asLong()).isEqualTo(36 + 12 * 1_329_153);
    assertThat(plan.get("task_bytes").asLong()).isEqualTo(1_948_048);
    assertThat(plan.get("update_bytes").asLong()).isEqualTo(17_585_932);
    assertThat(plan.get("network_bytes_per_round").asLong()).isEqualTo(35_483_852);
    // One window a second, with 4 + 12 · 39 bytes an example.
    assertThat(plan.get("network_bytes_per_s").asLong()).isEqualTo(35_483_852 + 472_000);
    assertThat(plan.get("rounds_per_window").asLong()).isEqualTo(1);
  }

  @Test
  void theStoreTakesACommitAWindowAndASnapshotNowAndThen() {
    JsonNode plan = plan();

    long commit = 36 + 12 * 1_329_153 + 20 + 8000 * 216;
    long snapshot = 36 + 12 * 1_329_153 + 20 + 10_000 * 216;
    assertThat(plan.get("commit_bytes").asLong()).isEqualTo(commit);
    assertThat(plan.get("snapshot_bytes").asLong()).isEqualTo(snapshot);
    assertThat(plan.get("commits_per_day").asLong()).isEqualTo(86_400);
    assertThat(plan.get("written_gb_per_day").asDouble()).isEqualTo(1528.11636);
  }

  @Test
  void commitsByTimeTakeTheWindowsOfThatTime() {
    assertThat(plan("--set=commit.every=30s").get("windows_per_commit").asLong()).isEqualTo(30);
    assertThat(plan("--set=commit.every=4").get("windows_per_commit").asLong()).isEqualTo(4);
  }

  @Test
  void tellsHowManyExecutorsAreNeededOrThatNoneAreEnough() {
    assertThat(plan("--driver-us=1").get("executors_needed").asLong()).isPositive();
    assertThat(plan("--driver-us=1000").get("executors_needed").isNull()).isTrue();
  }

  @Test
  void measuresThisMachineWhereNoRateIsGiven() {
    List<String> arguments = new ArrayList<>(ARGUMENTS);
    arguments.remove("--gflops=50");

    assertThat(Rivulet.succeed(arguments).json().get("gflops_per_core").asDouble()).isPositive();
  }

  @Test
  void peopleGetATable() {
    List<String> arguments = new ArrayList<>(ARGUMENTS);
    arguments.remove("--json");

    assertThat(Rivulet.succeed(arguments).out())
        .contains("Table", "Memory", "Network", "Computing", "Store")
        .containsPattern("a row, 3 \\+ 3E floats +204 B")
        .containsPattern("executors planned +1\n");
  }

  @Test
  void aWindowIsWhatIsSetOrWhatArrives() {
    Settings settings = Settings.defaults();

    assertThat(PlanCommand.windowRows(settings, 10_000)).isEqualTo(2000);
    assertThat(PlanCommand.windowRows(settings, 100)).isEqualTo(500);
    assertThat(PlanCommand.windowRows(settings.with(Settings.WINDOW_SECONDS, "2"), 700))
        .isEqualTo(1400);
    assertThat(PlanCommand.windowRows(settings.with(Settings.WINDOW_SECONDS, "20"), 70_000))
        .isEqualTo(100_000);
  }

  @ParameterizedTest
  @CsvSource({
    "--events-per-second=0, --events-per-second must be at least 1",
    "--keys=2147483647, --keys must be below",
    "--executors=0, --executors must be at least 1",
    "--touched-share=1.5, --touched-share must be above 0",
    "--distinct-per-window=0, --distinct-per-window must be at least 1",
    "--gflops=0, --gflops must be above 0",
    "--network-gbit=-1, --network-gbit must be above 0",
    "--driver-us=-1, --driver-us must be at least 0",
    "--feature-rows=0, --feature-rows must be at least 1"
  })
  void refusesWhatMakesNoSense(String option, String complaint) {
    Rivulet.Result result = Rivulet.run("plan", option);

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).contains(complaint);
  }

  @Test
  void aShareAndANumberOfKeysAreTooMuch() {
    assertThat(Rivulet.run("plan", "--touched-share=0.2", "--distinct-per-window=100").err())
        .contains("not both");
  }
}
