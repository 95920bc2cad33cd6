package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class KeyGrowthTest {
  @Test
  void sixteenTimesTheEventsHaveEightTimesTheKeys() {
    KeyGrowth keys = new KeyGrowth(10, 1_000_000, 500, 100);

    assertThat(keys.distinct(100)).isEqualTo(500);
    assertThat(keys.distinct(1600)).isCloseTo(4000, within(1e-9));
  }

  @Test
  void thereAreNeverMoreKeysThanEntriesOrThanTheTableHolds() {
    KeyGrowth keys = new KeyGrowth(10, 2000, 900, 100);

    assertThat(keys.distinct(1)).isEqualTo(10);
    assertThat(keys.distinct(1600)).isEqualTo(2000);
  }

  @Test
  void fieldsLikeCriteosHaveAFifthOfTheirEntriesInAThousandEvents() {
    assertThat(KeyGrowth.criteo(39, 1000)).isCloseTo(8190, within(1e-9));
    assertThat(KeyGrowth.criteo(39, 1)).isEqualTo(39);
  }
}
