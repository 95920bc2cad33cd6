package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;

class FuzzCommandTest {
  private static final int STORES = 2000;
  private static final int EVENTS = 1500;
  private static final int OTHERS = 1000;

  @Test
  void nothingThatIsDamagedGetsThrough() {
    JsonNode found =
        Rivulet.succeed(
                "fuzz",
                "--store-files=" + STORES,
                "--events=" + EVENTS,
                "--pickles=" + OTHERS,
                "--yaml=" + OTHERS)
            .json();

    assertThat(ended(found, "store_files", "failed")).isZero();
    // Every kind of end must have been there, so that each is tried.
    for (String end :
        new String[] {"refused", "same", "fitting refused", "fitting same", "fitting other"}) {
      assertThat(ended(found, "store_files", end)).as(end).isPositive();
    }
    assertThat(ended(found, "events", "failed")).isZero();
    assertThat(ended(found, "events", "trained") + ended(found, "events", "quarantined"))
        .isEqualTo(EVENTS);
    for (String input : new String[] {"pickles", "yaml"}) {
      assertThat(ended(found, input, "failed")).as(input).isZero();
      assertThat(ended(found, input, "read")).as(input).isPositive();
      assertThat(ended(found, input, "refused")).as(input).isPositive();
    }
  }

  @Test
  void aCaseIsRepeatedByItsNumber() {
    JsonNode alone = Rivulet.succeed("fuzz", "--only", "store-files=17").json();

    assertThat(alone.get("store_files")).hasSize(2);
    assertThat(alone.has("events")).isFalse();
    assertThat(alone.get("store_files"))
        .isEqualTo(Rivulet.succeed("fuzz", "--only", "store-files=17").json().get("store_files"));
  }

  @Test
  void anInputThatIsNoneIsRefused() {
    Rivulet.Result refused = Rivulet.run("fuzz", "--only", "stores=17");

    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).contains("--only names one of store-files, events, pickles, yaml");
  }

  private static long ended(JsonNode report, String input, String end) {
    return report.path(input).path(end).asLong();
  }
}
