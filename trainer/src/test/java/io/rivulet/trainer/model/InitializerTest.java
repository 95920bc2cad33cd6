package io.rivulet.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.rivulet.trainer.model.Initializer.Kind;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class InitializerTest {
  private static final int DRAWS = 100_000;
  private static final int FAN_IN = 16;
  private static final int FAN_OUT = 8;

  private static double[] draw(Initializer initializer) {
    return IntStream.range(0, DRAWS)
        .mapToDouble(i -> initializer.value(3, 4, i, FAN_IN, FAN_OUT))
        .toArray();
  }

  private static double deviation(double[] values, double mean) {
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    return Math.sqrt(squares / values.length);
  }

  @ParameterizedTest
  @EnumSource
  void aValueDependsOnItsPlaceOnly(Kind kind) {
    Initializer initializer = new Initializer(kind, -1f, 1f);

    assertThat(draw(initializer)).isEqualTo(draw(initializer));
  }

  @Test
  void normalHasDeviationOneHundredth() {
    double[] values = draw(new Initializer(Kind.NORMAL, 0f, 0f));

    assertThat(Arrays.stream(values).average().orElseThrow()).isEqualTo(0, within(2e-4));
    assertThat(deviation(values, 0)).isEqualTo(0.01, within(2e-4));
  }

  @ParameterizedTest
  @CsvSource({
    "UNIFORM, -0.25, 0.75",
    "FAN_IN_UNIFORM, -0.25, 0.25",
    "XAVIER_UNIFORM, -0.5, 0.5",
  })
  void uniformKindsFillTheirRange(Kind kind, float low, float high) {
    Initializer initializer =
        kind == Kind.UNIFORM ? new Initializer(kind, low, high) : new Initializer(kind, 0f, 0f);
    double[] values = draw(initializer);

    DoubleSummaryStatistics range = Arrays.stream(values).summaryStatistics();
    assertThat(range.getMin()).isBetween((double) low, low + 0.001);
    assertThat(range.getMax()).isBetween(high - 0.001, (double) high);
    double mean = (low + high) / 2.0;
    assertThat(range.getAverage()).isEqualTo(mean, within(0.005));
    assertThat(deviation(values, mean)).isEqualTo((high - low) / Math.sqrt(12), within(0.005));
  }

  @Test
  void zeroAndOneAreConstant() {
    assertThat(draw(new Initializer(Kind.ZERO, 0f, 0f))).containsOnly(0.0);
    assertThat(draw(new Initializer(Kind.ONE, 0f, 0f))).containsOnly(1.0);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1, -1", "NaN, 1"})
  void refusesAnEmptyUniformRange(float low, float high) {
    assertThatThrownBy(() -> new Initializer(Kind.UNIFORM, low, high))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("init_args")
        .hasMessageContaining(low + ", " + high);
  }
}
