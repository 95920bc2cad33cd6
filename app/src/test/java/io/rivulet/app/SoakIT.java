package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Driver and executors are killed at random moments while events come. */
class SoakIT {
  @TempDir Path directory;

  @Test
  void afterFiveKillsEachEventIsLearnedOnceAndTheBitsAreThoseOfAReplay() {
    String soak = directory.resolve("soak").toString();
    JsonNode summary =
        Rivulet.succeed("soak", "--kills", "5", "--seed", "1", "--rate", "100", "--directory", soak)
            .json();

    assertThat(summary.get("driver_kills").asInt()).isEqualTo(3);
    assertThat(summary.get("starting_driver_kills").asInt()).isEqualTo(1);
    assertThat(summary.get("executor_kills").asInt()).isEqualTo(1);
    assertThat(summary.get("lost").asInt()).isZero();
    assertThat(summary.get("doubled").asInt()).isZero();
    assertThat(summary.get("trained").asLong() + summary.get("quarantined").asLong())
        .isEqualTo(summary.get("events").asLong())
        .isGreaterThan(1000);
    assertThat(summary.get("quarantined").asLong()).isPositive();
    assertThat(summary.get("hashes_equal").asBoolean()).isTrue();
    assertThat(summary.get("recoveries").asInt()).isPositive();

    Rivulet.Result again = Rivulet.run("soak", "--kills", "5", "--directory", soak);
    assertThat(again.code()).isEqualTo(1);
    assertThat(again.err()).contains("is there already; name a new one");
  }
}
