package io.rivulet.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.Set;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CounterRandomTest {
  private static final int DRAWS = 100_000;

  /** Stored models were initialised with these bits: they must not change between versions. */
  @ParameterizedTest
  @CsvSource({
    "0, 0, 0, 33fe8bd4f9c57863",
    "1, 2, 3, 57b834b23cdc9d17",
    "42, -1, 7, 26b709833f54dbf1"
  })
  void givesTheSameBitsForEver(long seed, long stream, long counter, String hex) {
    assertThat(Long.toHexString(CounterRandom.bits(seed, stream, counter))).isEqualTo(hex);
  }

  @Test
  void dependsOnNothingButItsArguments() {
    double first = CounterRandom.normal(1, 2, 3);
    CounterRandom.normal(1, 2, 4);

    assertThat(CounterRandom.normal(1, 2, 3)).isEqualTo(first);
  }

  @Test
  void seedStreamAndCounterEachGiveOtherBits() {
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      for (int j = 0; j < 20; j++) {
        for (int k = 0; k < 20; k++) {
          seen.add(CounterRandom.bits(i, j, k));
        }
      }
    }

    assertThat(seen).hasSize(20 * 20 * 20);
  }

  @Test
  void uniformLiesBetweenZeroAndOne() {
    for (int i = 0; i < DRAWS; i++) {
      assertThat(CounterRandom.uniform(1, 2, i)).isStrictlyBetween(0.0, 1.0);
    }
    assertMoments(i -> CounterRandom.uniform(1, 2, i), 0.5, Math.sqrt(1.0 / 12));
  }

  @Test
  void normalHasMeanZeroAndDeviationOne() {
    assertMoments(i -> CounterRandom.normal(1, 2, i), 0, 1);
  }

  @Test
  void neighboursAreNotCorrelated() {
    assertMoments(i -> CounterRandom.normal(1, 2, i) * CounterRandom.normal(1, 2, i + 1), 0, 1);
    assertMoments(i -> CounterRandom.normal(1, i, 2) * CounterRandom.normal(1, i + 1, 2), 0, 1);
  }

  private static void assertMoments(LongToDoubleFunction draw, double mean, double deviation) {
    double sum = 0;
    double squares = 0;
    for (long i = 0; i < DRAWS; i++) {
      double x = draw.applyAsDouble(i);
      sum += x;
      squares += x * x;
    }
    double actual = sum / DRAWS;
    assertThat(actual).isEqualTo(mean, within(5 * deviation / Math.sqrt(DRAWS)));
    assertThat(Math.sqrt(squares / DRAWS - actual * actual))
        .isEqualTo(deviation, within(0.02 * deviation));
  }
}
