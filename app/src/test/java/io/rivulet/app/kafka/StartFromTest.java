package io.rivulet.app.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.app.UserError;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StartFromTest {

  @ParameterizedTest
  @ValueSource(strings = {"store", "earliest"})
  void withoutAnythingElseTheFirstEventHeldComesFirst(String text) {
    assertThat(StartFrom.parse(text)).isSameAs(StartFrom.EARLIEST);
    assertThat(StartFrom.EARLIEST.spec()).isInstanceOf(OffsetSpec.EarliestSpec.class);
  }

  @Test
  void latestIsWhatComesFromNowOn() {
    StartFrom latest = StartFrom.parse("latest");

    assertThat(latest.spec()).isInstanceOf(OffsetSpec.LatestSpec.class);
    assertThat(latest.text()).isEqualTo("latest");
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-24T08:00:00Z, 1795507200000",
    "2026-11-24T08:00:00.250Z, 1795507200250",
    "2026-11-24T08:00:00+01:00, 1795503600000",
    "2026-11-24, 1795478400000",
    "1795507200000, 1795507200000",
    "1234567890, 1234567890",
    "0, 0"
  })
  void aTimeIsIso8601OrMilliseconds(String text, long millis) {
    StartFrom start = StartFrom.parse(text);

    assertThat(start.spec())
        .isInstanceOf(OffsetSpec.TimestampSpec.class)
        .extracting("timestamp")
        .isEqualTo(millis);
    assertThat(start.text()).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "Earliest",
        "now",
        "-1",
        "1e3",
        "2026-13-01",
        "2026-11-2x",
        "2026-11-24T08:00:00",
        "2026-11-24 08:00",
        "9999999999999999999"
      })
  void anythingElseIsRefused(String text) {
    assertThatThrownBy(() -> StartFrom.parse(text))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("--from must be store, earliest, latest or a time such as ")
        .hasMessageEndingWith(", not '" + text + "'");
  }
}
