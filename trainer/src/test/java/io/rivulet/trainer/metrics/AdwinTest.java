package io.rivulet.trainer.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdwinTest {
  private static final double DELTA = 1e-6;

  private final Adwin adwin = new Adwin(DELTA);
  private final Random random = new Random(1);

  /** Adds ones at a rate until a change is found; returns it, or null. */
  private Adwin.Change add(double rate, int values) {
    for (int i = 0; i < values; i++) {
      Adwin.Change change = adwin.add(random.nextDouble() < rate ? 1 : 0);
      if (change != null) {
        return change;
      }
    }
    return null;
  }

  @Test
  void nothingIsFoundInAMillionValuesOfOneMean() {
    assertThat(add(0.25, 1_000_000)).isNull();
    assertThat(adwin.count()).isEqualTo(1_000_000);
    assertThat(adwin.mean()).isCloseTo(0.25, within(0.002));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.4})
  void aChangeIsFoundSoonAndTheOldMeanForgotten(double rate) {
    assertThat(add(0.25, 100_000)).isNull();
    Adwin.Change change = add(rate, 2000);

    assertThat(change).isNotNull();
    assertThat(change.before()).isCloseTo(0.25, within(0.01));
    assertThat(change.after()).isCloseTo(rate, within(0.1));
    assertThat(change.count()).isLessThanOrEqualTo(2000);
    assertThat(add(rate, 20_000)).isNull();
    assertThat(adwin.mean()).isCloseTo(rate, within(0.02));
    assertThat(adwin.count()).isLessThan(22_000);
  }

  @Test
  void aStreamWithoutNoiseHasNoChangeUntilThereIsOne() {
    for (int i = 0; i < 10_000; i++) {
      assertThat(adwin.add(0.5)).isNull();
    }
    Adwin.Change change = null;
    for (int i = 0; i < 1000 && change == null; i++) {
      change = adwin.add(0.6);
    }
    assertThat(change).isNotNull();
    assertThat(change.before()).isCloseTo(0.5, within(0.01));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1, -1, Double.NaN})
  void deltaIsAProbability(double delta) {
    assertThatThrownBy(() -> new Adwin(delta)).hasMessageContaining("delta must be between");
  }
}
