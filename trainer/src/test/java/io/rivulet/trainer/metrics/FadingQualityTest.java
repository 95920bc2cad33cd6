package io.rivulet.trainer.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class FadingQualityTest {
  private static void add(FadingQuality fading, Random random, int rows, boolean inverted) {
    for (int i = 0; i < rows; i++) {
      float prediction = random.nextFloat();
      boolean click = random.nextFloat() < (inverted ? 1 - prediction : prediction);
      fading.add(click ? 1f : 0f, prediction, 1f);
    }
  }

  @Test
  void theFiguresAreThoseOfWeightsThatFade() {
    FadingQuality fading = new FadingQuality(0.5);
    fading.add(1f, 0.8f, 1f);
    fading.add(0f, 0.4f, 1f);
    fading.add(0f, 0.1f, 2f);

    double loss =
        (-0.25 * Math.log(0.8) - 0.5 * Math.log(0.6) - 2 * Math.log(0.9)) / (0.25 + 0.5 + 2);
    assertThat(fading.quality().logloss()).isCloseTo(loss, within(1e-6));
    assertThat(fading.quality().calibration())
        .isCloseTo((0.25 * 0.8 + 0.5 * 0.4 + 2 * 0.1) / 0.25, within(1e-6));
    assertThat(fading.quality().auc()).isEqualTo(1);
    assertThat(fading.quality().rows()).isEqualTo(3);
  }

  @Test
  void whatIsLongPastDoesntMatter() {
    FadingQuality fading = new FadingQuality(0.999);
    Random random = new Random(1);
    add(fading, random, 300_000, true);
    assertThat(fading.quality().auc()).isLessThan(0.25);
    // More than the sums are scaled after.
    add(fading, random, 300_000, false);

    FadingQuality alone = new FadingQuality(0.999);
    Random same = new Random(1);
    add(new FadingQuality(1), same, 300_000, true);
    add(alone, same, 300_000, false);
    assertThat(fading.quality().auc()).isCloseTo(alone.quality().auc(), within(1e-9));
    assertThat(fading.quality().logloss()).isCloseTo(alone.quality().logloss(), within(1e-9));
  }

  @Test
  void withoutFadingItIsTheMeanOverAll() {
    FadingQuality fading = new FadingQuality(1);
    QualityMeter meter = new QualityMeter();
    float[] labels = {1f, 0f, 1f, 0f, 0f};
    float[] predictions = {0.7f, 0.2f, 0.4f, 0.5f, 0.1f};
    fading.add(labels, predictions, 3f);
    meter.add(labels, predictions, 0, 3f);

    assertThat(fading.quality()).isEqualTo(meter.quality());
  }
}
