package io.rivulet.app.soak;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RecoveriesTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void percentilesGoByNearestRank() {
    Recoveries recoveries = new Recoveries();
    for (int s = 10; s >= 1; s--) {
      recoveries.add(s * SECOND);
    }

    assertThat(recoveries.count()).isEqualTo(10);
    assertThat(recoveries.seconds(50)).isEqualTo(5);
    assertThat(recoveries.seconds(99)).isEqualTo(10);
    assertThat(recoveries.seconds(1)).isEqualTo(1);
  }

  @Test
  void withoutDurationsThereIsNoPercentile() {
    assertThat(new Recoveries().seconds(50)).isNaN();
  }
}
