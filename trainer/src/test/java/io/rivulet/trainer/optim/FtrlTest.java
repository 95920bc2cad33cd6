package io.rivulet.trainer.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FtrlTest {

  @ParameterizedTest
  @CsvSource({"0.05, 1e-8, 1e-8, 1", "0.05, 0.5, 0, 1", "0.1, 0, 0.25, 0.1", "1, 1, 1, 0.5"})
  void followsTheAlgorithmOverManySteps(float rate, float l1, float l2, float accumulator) {
    Ftrl ftrl = new Ftrl(rate, l1, l2, accumulator, Ftrl.Reduction.MEAN);
    float[] wzn = {-1f, 0f, 0f, accumulator, -2f};
    FtrlReference reference = new FtrlReference(ftrl, wzn, 1);
    Random random = new Random(3);
    for (int step = 0; step < 500; step++) {
      float g = (float) random.nextGaussian() * 0.2f;
      ftrl.step(wzn, 1, g);
      reference.step(g);

      assertThat((double) wzn[1]).isEqualTo(reference.state()[0], within(1e-5));
    }
    assertThat((double) wzn[3]).isEqualTo(reference.state()[2], within(1e-4));
    assertThat(wzn).startsWith(-1f).endsWith(-2f);
  }

  @Test
  void l1HoldsAWeightAtZeroUntilItsGradientsOutweighIt() {
    Ftrl ftrl = new Ftrl(0.05f, 1f, 0f, 1f, Ftrl.Reduction.MEAN);
    float[] wzn = {0f, 0f, 1f};
    for (int step = 0; step < 9; step++) {
      ftrl.step(wzn, 0, 0.1f);

      assertThat(wzn[0]).isZero();
    }
    ftrl.step(wzn, 0, 0.3f);

    assertThat(wzn[0]).isNegative();
  }

  @Test
  void l2MakesAWeightSmaller() {
    float[] plain = {0f, 0f, 1f};
    float[] shrunk = plain.clone();
    new Ftrl(0.05f, 0f, 0f, 1f, Ftrl.Reduction.MEAN).step(plain, 0, 0.5f);
    new Ftrl(0.05f, 0f, 10f, 1f, Ftrl.Reduction.MEAN).step(shrunk, 0, 0.5f);

    assertThat(Math.abs(shrunk[0])).isLessThan(0.6f * Math.abs(plain[0])).isPositive();
  }

  @Test
  void solvingAgainChangesNothing() {
    Ftrl ftrl = new Ftrl(0.05f, 0.01f, 0.01f, 1f, Ftrl.Reduction.MEAN);
    float[] wzn = {0f, 0f, 1f};
    ftrl.step(wzn, 0, 0.5f);
    float[] solved = wzn.clone();
    ftrl.solve(solved, 0);

    assertThat(solved).isEqualTo(wzn);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0, 1, ftrl.learning_rate must be above 0",
    "NaN, 0, 0, 1, ftrl.learning_rate must be above 0",
    "1, -1, 0, 1, ftrl.l1 must be at least 0",
    "1, 0, -1, 1, ftrl.l2 must be at least 0",
    "1, 0, 0, 0, ftrl.initial_accumulator must be above 0",
  })
  void refusesImpossibleValuesByTheirSetting(
      float rate, float l1, float l2, float accumulator, String message) {
    assertThatThrownBy(() -> new Ftrl(rate, l1, l2, accumulator, Ftrl.Reduction.MEAN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
