package io.rivulet.trainer.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.rivulet.trainer.metrics.DriftDetector.Alarm;
import io.rivulet.trainer.metrics.DriftDetector.Signal;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DriftDetectorTest {
  private final DriftDetector detector = new DriftDetector(1e-6);
  private final Random random = new Random(1);

  /** Events with clicks at a rate, predicted as at another, of which a share lacks all fields. */
  private List<Alarm> add(int events, double rate, double prediction, double lacking) {
    float[] labels = new float[events];
    float[] predictions = new float[events];
    float[] missing = new float[events];
    Arrays.fill(predictions, (float) prediction);
    for (int i = 0; i < events; i++) {
      labels[i] = random.nextDouble() < rate ? 1 : 0;
      missing[i] = random.nextDouble() < lacking ? 1 : 0;
    }
    return detector.add(labels, predictions, missing);
  }

  @Test
  void whatStaysRaisesNoAlarm() {
    assertThat(add(200_000, 0.25, 0.25, 0.1)).isEmpty();
  }

  @Test
  void betterPredictionsRaiseNoAlarm() {
    add(50_000, 0.25, 0.7, 0.1);

    assertThat(add(50_000, 0.25, 0.25, 0.1)).isEmpty();
  }

  @Test
  void worsePredictionsRaiseOne() {
    add(50_000, 0.25, 0.25, 0.1);
    List<Alarm> alarms = add(5000, 0.25, 0.6, 0.1);

    assertThat(alarms).extracting(Alarm::signal).containsOnly(Signal.LOSS);
    assertThat(alarms.get(0).before()).isCloseTo(0.562, within(0.02));
    assertThat(alarms.get(0).after()).isGreaterThan(0.65);
    assertThat(alarms.get(0).events()).isLessThan(5000);
  }

  @Test
  void moreOrFewerClicksRaiseOne() {
    add(50_000, 0.25, 0.5, 0.1);
    List<Alarm> alarms = add(5000, 0.15, 0.5, 0.1);

    assertThat(alarms).extracting(Alarm::signal).containsOnly(Signal.CLICK_RATE);
    assertThat(alarms.get(0).before()).isCloseTo(0.25, within(0.01));
  }

  @Test
  void moreMissingFieldsRaiseOne() {
    add(50_000, 0.25, 0.25, 0.1);
    List<Alarm> alarms = add(5000, 0.25, 0.25, 0.3);

    assertThat(alarms).extracting(Alarm::signal).containsOnly(Signal.MISSING_SHARE);
    assertThat(alarms.get(0).before()).isCloseTo(0.1, within(0.01));
  }

  private List<Alarm> addUnknown(int events, double share) {
    float[] shares = new float[events];
    for (int i = 0; i < events; i++) {
      shares[i] = random.nextDouble() < share ? 1 : 0;
    }
    return detector.addUnknown(shares);
  }

  @Test
  void aVocabularyThatGrowsRaisesNoAlarmAndOneThatNoLongerFitsDoes() {
    for (double share = 1; share > 0.01; share /= 2) {
      assertThat(addUnknown(10_000, share)).isEmpty();
    }
    List<Alarm> alarms = addUnknown(5000, 0.1);

    assertThat(alarms).extracting(Alarm::signal).containsOnly(Signal.OOV_SHARE);
    assertThat(alarms.get(0).before()).isLessThan(0.05);
    assertThat(alarms.get(0).after()).isGreaterThan(0.05);
  }

  @Test
  void rowsThatWereLeftOutDoNotCount() {
    add(50_000, 0.25, 0.25, 0.1);

    assertThat(add(5000, 0.9, Double.NaN, 0.9)).isEmpty();
  }
}
