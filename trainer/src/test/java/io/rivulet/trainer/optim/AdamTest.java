package io.rivulet.trainer.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.rivulet.trainer.Fixtures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdamTest {
  private static final int PARAMETERS = 5;

  /** Bias corrections as in section 2's last paragraph of the paper, in doubles. */
  @Test
  void followsTheAlgorithmOverManySteps() {
    Adam adam = new Adam(0.01f, 0.9f, 0.999f, 1e-8f);
    float[] p = Fixtures.gaussians(PARAMETERS, 1);
    float[] m = new float[PARAMETERS];
    float[] v = new float[PARAMETERS];
    double[] expected = Fixtures.doubles(p);
    double[] first = new double[PARAMETERS];
    double[] second = new double[PARAMETERS];
    for (int t = 1; t <= 100; t++) {
      float[] g = Fixtures.gaussians(PARAMETERS, 100 + t);
      adam.step(p, g, m, v, PARAMETERS, adam.stepSize(t));
      double rate =
          adam.learningRate()
              * Math.sqrt(1 - Math.pow(adam.beta2(), t))
              / (1 - Math.pow(adam.beta1(), t));
      for (int i = 0; i < PARAMETERS; i++) {
        first[i] = adam.beta1() * first[i] + (1.0 - adam.beta1()) * g[i];
        second[i] = adam.beta2() * second[i] + (1.0 - adam.beta2()) * g[i] * g[i];
        expected[i] -= rate * first[i] / (Math.sqrt(second[i]) + adam.epsilon());
      }

      assertThat(Fixtures.doubles(p)).containsExactly(expected, within(1e-5));
    }
    assertThat(Fixtures.doubles(m)).containsExactly(first, within(1e-5));
    assertThat(Fixtures.doubles(v)).containsExactly(second, within(1e-5));
  }

  @Test
  void changesOnlyTheParametersThatItIsGiven() {
    Adam adam = new Adam(0.01f, 0.9f, 0.999f, 1e-8f);
    float[] p = {2f, 3f};
    float[] m = {0f, 4f};
    float[] v = {0f, 5f};
    adam.step(p, new float[] {0.5f, 6f}, m, v, 1, adam.stepSize(1));

    assertThat(p).containsExactly(new float[] {1.99f, 3f}, within(1e-5f));
    assertThat(m).containsExactly(new float[] {0.05f, 4f}, within(1e-6f));
    assertThat(v).containsExactly(new float[] {0.00025f, 5f}, within(1e-7f));
  }

  @Test
  void momentsOfAParameterWithoutFurtherGradientsStayNormalNumbers() {
    Adam adam = new Adam(0.01f, 0.9f, 0.99f, 1e-8f);
    float[] p = {2f, 3f};
    float[] m = new float[2];
    float[] v = new float[2];
    // A first moment below zero becomes one above.
    adam.step(p, new float[] {-0.5f, 0f}, m, v, 2, adam.stepSize(1));
    for (int t = 2; t <= 20_000; t++) {
      adam.step(p, new float[2], m, v, 2, adam.stepSize(t));
    }

    assertThat(m[0]).isBetween(Float.MIN_NORMAL, 1e-20f);
    assertThat(v[0]).isBetween(Float.MIN_NORMAL, 1e-20f);
    assertThat(m[1]).isZero();
    assertThat(v[1]).isZero();
    assertThat(p[1]).isEqualTo(3f);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0.9, 0.999, 1e-8, adam.learning_rate must be above 0",
    "NaN, 0.9, 0.999, 1e-8, adam.learning_rate must be above 0",
    "1, 1, 0.999, 1e-8, 'adam.beta1 must be in [0, 1)'",
    "1, -0.1, 0.999, 1e-8, 'adam.beta1 must be in [0, 1)'",
    "1, 0.9, 1, 1e-8, 'adam.beta2 must be in [0, 1)'",
    "1, 0.9, 0.999, 0, adam.epsilon must be above 0",
  })
  void refusesImpossibleValuesByTheirSetting(
      float rate, float beta1, float beta2, float epsilon, String message) {
    assertThatThrownBy(() -> new Adam(rate, beta1, beta2, epsilon))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
