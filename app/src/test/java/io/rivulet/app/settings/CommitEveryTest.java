package io.rivulet.app.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommitEveryTest {

  @Test
  void aNumberCountsWindows() {
    assertThat(CommitEvery.parse("3")).isEqualTo(new CommitEvery(3, Duration.ZERO));
  }

  @Test
  void aNumberWithAnSIsATime() {
    assertThat(CommitEvery.parse("30s")).isEqualTo(new CommitEvery(0, Duration.ofSeconds(30)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "s", "0", "0s", "-1", "-30s", "1.5", "5m", "often", "3000000000"})
  void whatIsNeitherIsRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CommitEvery.parse(text))
        .withMessageContaining("(1)")
        .withMessageContaining("seconds (30s)");
  }

  @Test
  void countedWindowsDecideWhateverTheTime() {
    CommitEvery commitEvery = CommitEvery.parse("3");

    assertThat(commitEvery.due(2, Duration.ofDays(1))).isFalse();
    assertThat(commitEvery.due(3, Duration.ZERO)).isTrue();
    assertThat(commitEvery.due(4, Duration.ZERO)).isTrue();
  }

  @Test
  void theTimeDecidesWhateverTheWindows() {
    CommitEvery commitEvery = CommitEvery.parse("30s");

    assertThat(commitEvery.due(1_000_000, Duration.ofMillis(29_999))).isFalse();
    assertThat(commitEvery.due(1, Duration.ofSeconds(30))).isTrue();
    assertThat(commitEvery.due(1, Duration.ofSeconds(31))).isTrue();
  }
}
