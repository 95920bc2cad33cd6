package io.rivulet.trainer.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class GateTest {
  private static final int WINDOW = 3000;
  private static final int CONFIRM = 1000;
  private static final double GOOD = 0.8;
  private static final double BAD = 0.5;
  private static final Quality EARLIER = new Quality(WINDOW, 0.9, 0.3, 0.5, 1);

  private Gate gate = gate(Optional.empty());

  private static Gate gate(Optional<Quality> reference) {
    return new Gate(new Gate.Bounds(WINDOW, CONFIRM, 0.9, 0.1), reference);
  }

  /** Adds events of which every second is a click; a click is predicted as {@code p}. */
  private void add(int events, double p, boolean alarmed) {
    float[] labels = new float[events];
    float[] predictions = new float[events];
    for (int i = 0; i < events; i++) {
      labels[i] = i % 2;
      predictions[i] = (float) (i % 2 == 1 ? p : 1 - p);
    }
    gate.add(labels, predictions, 1f, alarmed);
  }

  private long[] passed(long committed) {
    return gate.passed(committed).stream().toArray();
  }

  @Test
  void aVersionPassesOnceItsWindowIsFullAndLaterEventsRaisedNoAlarm() {
    add(WINDOW - 1, GOOD, false);
    gate.candidate(1);
    assertThat(gate.open()).isFalse();
    add(1, GOOD, false);
    gate.candidate(2);
    add(CONFIRM - 1, GOOD, false);
    assertThat(passed(2)).isEmpty();
    add(1, GOOD, false);
    assertThat(passed(1)).isEmpty();
    assertThat(passed(2)).containsExactly(2);
    assertThat(passed(2)).isEmpty();
    assertThat(gate.reference().orElseThrow().logloss()).isBetween(0.22, 0.23);
  }

  @Test
  void theNewestOfSeveralPasses() {
    for (int version = 1; version <= 3; version++) {
      add(WINDOW, GOOD, false);
      gate.candidate(version);
    }
    add(CONFIRM, GOOD, false);
    assertThat(passed(2)).containsExactly(2);
    assertThat(passed(3)).containsExactly(3);
  }

  @Test
  void anAlarmTakesBackWhatWasNotPublishedAndAWindowOfGoodEventsOpensAgain() {
    add(WINDOW, GOOD, false);
    gate.candidate(1);
    add(CONFIRM, GOOD, true);
    assertThat(gate.open()).isFalse();
    assertThat(passed(1)).isEmpty();

    // Good again from here on, which a look at the next thousand shows.
    add(999, GOOD, false);
    add(1, GOOD, false);
    add(WINDOW - 1, GOOD, false);
    gate.candidate(2);
    assertThat(gate.open()).isFalse();
    add(1, GOOD, false);
    assertThat(gate.open()).isTrue();
    add(CONFIRM, GOOD, false);
    assertThat(passed(2)).isEmpty();
  }

  @Test
  void badEventsKeepItShut() {
    add(WINDOW, GOOD, false);
    add(1, GOOD, true);
    add(2 * WINDOW, BAD, false);
    add(WINDOW, GOOD, false);
    assertThat(gate.open()).isFalse();
    add(WINDOW, GOOD, false);
    assertThat(gate.open()).isTrue();
  }

  @Test
  void noBetterThanTheMeanIsTooBad() {
    add(2 * WINDOW, BAD, false);
    assertThat(gate.open()).isFalse();
  }

  @Test
  void worseThanTheVersionPublishedLastIsTooBad() {
    gate = gate(Optional.of(EARLIER));
    add(WINDOW, 0.7, false);
    assertThat(gate.open()).isFalse();

    gate = gate(Optional.of(EARLIER));
    add(WINDOW, 0.73, false);
    assertThat(gate.open()).isTrue();
  }
}
