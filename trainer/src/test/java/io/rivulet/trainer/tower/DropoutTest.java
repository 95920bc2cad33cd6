package io.rivulet.trainer.tower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DropoutTest {
  private static final int INPUTS = 100_000;

  private static float[] mask(Dropout dropout, int layer) {
    float[] inputs = new float[INPUTS];
    Arrays.fill(inputs, 1f);
    dropout.apply(layer, inputs, INPUTS);
    return inputs;
  }

  @ParameterizedTest
  @ValueSource(floats = {0.2f, 0.5f, 0.9f})
  void zeroesInputsAndScalesTheRestSoThatTheirMeanStays(float keepProb) {
    float[] mask = mask(new Dropout(keepProb, 3), 1);
    double sum = 0;
    for (float value : mask) {
      assertThat(value).isIn(0f, 1f / keepProb);
      sum += value;
    }

    assertThat(sum / INPUTS).isEqualTo(1, within(0.03));
  }

  @Test
  void theMaskIsAFunctionOfSeedAndLayer() {
    float[] mask = mask(new Dropout(0.5f, 3), 1);

    assertThat(Arrays.equals(mask(new Dropout(0.5f, 3), 1), mask)).isTrue();
    assertThat(Arrays.equals(mask(new Dropout(0.5f, 4), 1), mask)).isFalse();
    assertThat(Arrays.equals(mask(new Dropout(0.5f, 3), 2), mask)).isFalse();
  }

  @Test
  void leavesWhatLiesBeyondTheLength() {
    float[] inputs = {1f, 1f, 1f, 1f};
    new Dropout(1e-6f, 3).apply(0, inputs, 2);

    assertThat(inputs).containsExactly(0f, 0f, 1f, 1f);
  }

  @Test
  void keepingEverythingChangesNothing() {
    assertThat(Dropout.NONE.active()).isFalse();
    assertThat(mask(Dropout.NONE, 0)).containsOnly(1f);
  }
}
