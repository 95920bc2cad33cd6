package io.rivulet.trainer.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecentQualityTest {
  private static final int ROWS = 100;
  private static final float[] LABELS = {1, 0};
  private static final float[] RIGHT = {0.9f, 0.1f};
  private static final float[] WRONG = {0.1f, 0.9f};

  private final RecentQuality recent = new RecentQuality(ROWS);

  private void addPairs(int pairs, float[] predictions) {
    for (int i = 0; i < pairs; i++) {
      recent.add(LABELS, predictions, 1f);
    }
  }

  @Test
  void forgetsPredictionsThatAreTooOld() {
    addPairs(ROWS / 2, WRONG);
    assertThat(recent.quality().auc()).isZero();

    addPairs(ROWS / 2, RIGHT);
    assertThat(recent.quality().rows()).isEqualTo(ROWS);
    assertThat(recent.quality().auc()).isEqualTo(1);
  }

  @Test
  void keepsThePartThatIsStillRecent() {
    addPairs(ROWS, WRONG);
    addPairs(ROWS / 4, RIGHT);

    double expected = -(Math.log(0.1) + Math.log(0.9)) / 2;
    assertThat(recent.quality().logloss()).isEqualTo(expected, within(1e-6));
  }

  @Test
  void countsOnlyWhatWasAddedSoFar() {
    addPairs(3, RIGHT);

    assertThat(recent.quality().rows()).isEqualTo(6);
    assertThat(recent.quality().auc()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {70, 100, 250})
  void aBatchOfAnySizeLeavesItsLastRows(int size) {
    addPairs(ROWS, WRONG);
    float[] predictions = new float[size];
    Arrays.fill(predictions, 0.5f);
    recent.add(new float[size], predictions, 1f);

    int left = Math.max(0, ROWS - size);
    double loss = -(left * Math.log(0.1) + (ROWS - left) * Math.log(0.5)) / ROWS;
    assertThat(recent.quality().logloss()).isEqualTo(loss, within(1e-6));
  }

  @Test
  void isNotDefinedBeforeTheFirstPrediction() {
    assertThat(recent.quality().rows()).isZero();
    assertThat(recent.quality().logloss()).isNaN();
  }

  @Test
  void theCurveHasClicksByPrediction() {
    RecentQuality recent = new RecentQuality(4);
    recent.add(new float[] {1f}, new float[] {0.9f}, 1f);
    recent.add(new float[] {1f, 0f, 0f, 1f}, new float[] {0.6f, 0.1f, 0.2f, 0.5f}, 3f);

    double[][] curve = recent.curve(2);
    assertThat(curve).hasDimensions(2, 2);
    assertThat(curve[0]).containsExactly(new double[] {0.15, 0}, within(1e-6));
    assertThat(curve[1]).containsExactly(new double[] {0.55, 1}, within(1e-6));
    assertThat(recent.curve(10)).hasDimensions(4, 2);
    assertThat(new RecentQuality(4).curve(10)).isEmpty();
  }
}
