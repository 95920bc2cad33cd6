package io.rivulet.trainer.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class QualityMeterTest {

  private static QualityMeter meter(float[] labels, float[] predictions) {
    QualityMeter meter = new QualityMeter();
    meter.add(labels, predictions, 0);
    return meter;
  }

  /** Labels that are clicks with the probability that is predicted for them. */
  private static QualityMeter compareWithExactAuc(Function<Random, Float> prediction) {
    Random random = new Random(5);
    float[] labels = new float[2_000];
    float[] predictions = new float[labels.length];
    for (int i = 0; i < labels.length; i++) {
      predictions[i] = prediction.apply(random);
      labels[i] = random.nextFloat() < predictions[i] ? 1f : 0f;
    }
    QualityMeter meter = meter(labels, predictions);

    assertThat(meter.quality().auc())
        .isEqualTo(exactAuc(labels, predictions), within(meter.aucErrorBound() + 1e-12));
    return meter;
  }

  private static double exactAuc(float[] labels, float[] predictions) {
    double ordered = 0;
    long pairs = 0;
    for (int i = 0; i < labels.length; i++) {
      for (int j = 0; j < labels.length; j++) {
        if (labels[i] == 1f && labels[j] == 0f) {
          pairs++;
          ordered += (1 + Math.signum(predictions[i] - predictions[j])) / 2;
        }
      }
    }
    return ordered / pairs;
  }

  @Test
  void aucIsWithinItsErrorBound() {
    assertThat(compareWithExactAuc(Random::nextFloat).aucErrorBound()).isBetween(1e-7, 1e-3);
  }

  @Test
  void aucResolvesSmallPredictionsAsWellAsLarge() {
    QualityMeter meter =
        compareWithExactAuc(random -> (float) Math.pow(10, -3 * random.nextDouble()));

    assertThat(meter.aucErrorBound()).isLessThan(1e-3);
  }

  @Test
  void aucIsExactWhenPredictionsInABinAreEqual() {
    float[] labels = {1, 0, 0, 1, 1, 0, 1};
    float[] predictions = {0.7f, 0.7f, 0.2f, 0.2f, 0.1f, 0.1f, 0.7f};

    assertThat(meter(labels, predictions).quality().auc())
        .isEqualTo(exactAuc(labels, predictions), within(1e-12));
  }

  @Test
  void tiedPairsCountOneHalf() {
    QualityMeter meter = meter(new float[] {1, 0, 1, 0}, new float[] {0.5f, 0.5f, 0.5f, 0.5f});

    assertThat(meter.quality().auc()).isEqualTo(0.5);
    assertThat(meter.aucErrorBound()).isEqualTo(0.5);
  }

  @Test
  void zeroAndOneAreFarApartAndCostAFiniteLoss() {
    QualityMeter wrong = meter(new float[] {1, 0}, new float[] {0f, 1f});
    QualityMeter right = meter(new float[] {1, 0}, new float[] {1f, 0f});

    assertThat(wrong.quality().auc()).isZero();
    assertThat(right.quality().auc()).isEqualTo(1);
    assertThat(wrong.quality().logloss()).isBetween(10.0, 20.0);
    assertThat(right.quality().logloss()).isBetween(0.0, 1e-6);
  }

  @Test
  void loglossIsTheMeanCrossEntropy() {
    Quality quality = meter(new float[] {1, 0}, new float[] {0.8f, 0.4f}).quality();

    assertThat(quality.logloss()).isEqualTo(-(Math.log(0.8) + Math.log(0.6)) / 2, within(1e-6));
  }

  @Test
  void predictingTheBaseRateHasNormalizedEntropyOne() {
    Quality quality =
        meter(new float[] {1, 0, 0, 0}, new float[] {0.25f, 0.25f, 0.25f, 0.25f}).quality();

    assertThat(quality.ne()).isEqualTo(1, within(1e-9));
    assertThat(quality.calibration()).isEqualTo(1, within(1e-9));
  }

  @Test
  void calibrationIsPredictedOverActualClicks() {
    Quality quality = meter(new float[] {1, 0, 1}, new float[] {0.5f, 0.25f, 0.25f}).quality();

    assertThat(quality.calibration()).isEqualTo(0.5, within(1e-9));
  }

  @Test
  void withoutPredictionsNothingIsDefined() {
    Quality quality = new QualityMeter().quality();

    assertThat(quality.rows()).isZero();
    assertThat(quality.auc()).isNaN();
    assertThat(quality.logloss()).isNaN();
    assertThat(quality.ne()).isNaN();
    assertThat(quality.calibration()).isNaN();
  }

  @Test
  void withOneClassOnlyTheComparisonsAreNotDefined() {
    Quality clicks = meter(new float[] {1, 1}, new float[] {0.5f, 0.6f}).quality();
    Quality others = meter(new float[] {0, 0}, new float[] {0.5f, 0.6f}).quality();

    assertThat(clicks.auc()).isNaN();
    assertThat(clicks.ne()).isNaN();
    assertThat(clicks.calibration()).isEqualTo(0.55, within(1e-6));
    assertThat(others.auc()).isNaN();
    assertThat(others.ne()).isNaN();
    assertThat(others.calibration()).isNaN();
    assertThat(others.logloss()).isPositive();
  }

  @Test
  void addsFromAnIndexOnAndOverSeveralCalls() {
    QualityMeter parts = new QualityMeter();
    parts.add(new float[] {0, 0, 1}, new float[] {0.9f, 0.9f, 0.8f}, 2);
    parts.add(new float[] {0}, new float[] {0.4f}, 0);

    assertThat(parts.quality())
        .isEqualTo(meter(new float[] {1, 0}, new float[] {0.8f, 0.4f}).quality());
  }

  @Test
  void aPredictionWithoutAClickThatWeighsTwoCountsAsTwo() {
    QualityMeter twice =
        meter(new float[] {1, 0, 0, 1, 0, 0}, new float[] {.4f, .1f, .1f, .6f, .5f, .5f});
    QualityMeter weighted = new QualityMeter();
    weighted.add(new float[] {1, 0, 1, 0}, new float[] {.4f, .1f, .6f, .5f}, 0, 2f);
    RecentQuality recent = new RecentQuality(4);
    recent.add(new float[] {0, 1}, new float[] {.9f, .1f}, 5f);
    recent.add(new float[] {1, 0, 1, 0}, new float[] {.4f, .1f, .6f, .5f}, 2f);

    Quality expected = twice.quality();
    for (Quality quality : List.of(weighted.quality(), recent.quality())) {
      assertThat(quality.rows()).isEqualTo(4);
      assertThat(quality.auc()).isEqualTo(expected.auc(), within(1e-9));
      assertThat(quality.logloss()).isEqualTo(expected.logloss(), within(1e-9));
      assertThat(quality.ne()).isEqualTo(expected.ne(), within(1e-9));
      assertThat(quality.calibration()).isEqualTo(expected.calibration(), within(1e-9));
    }
  }

  @Test
  void aRowThatWasLeftOutDoesNotCount() {
    Quality quality = meter(new float[] {1, 0, 1}, new float[] {.6f, .1f, Float.NaN}).quality();

    assertThat(quality).isEqualTo(meter(new float[] {1, 0}, new float[] {.6f, .1f}).quality());
  }

  @Test
  void theOrderOfPredictionsDoesNotMatter() {
    float[] predictions = {0.9f, 3e-2f, 1e-6f, 0.4f, 2e-4f, 1f, 0f};
    float[] labels = {1, 0, 1, 0, 0, 1, 0};
    QualityMeter upwards = new QualityMeter();
    int[] ascending = {6, 2, 4, 1, 3, 0, 5};
    for (int i : ascending) {
      upwards.add(labels[i], predictions[i], 1f);
    }
    QualityMeter downwards = new QualityMeter();
    for (int i = ascending.length - 1; i >= 0; i--) {
      downwards.add(labels[ascending[i]], predictions[ascending[i]], 1f);
    }

    // Of the 12 pairs three are wrong: the click at 1e-6 has three other events above it.
    assertThat(upwards.quality().auc()).isCloseTo(9.0 / 12, within(1e-9));
    assertThat(downwards.quality().auc()).isCloseTo(9.0 / 12, within(1e-9));
  }
}
