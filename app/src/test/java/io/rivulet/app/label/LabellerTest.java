package io.rivulet.app.label;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.app.label.Outcome.Kind;
import java.nio.charset.StandardCharsets;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.streaming.GroupStateTimeout;
import org.apache.spark.sql.streaming.TestGroupState;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One id's events, batch by batch. */
class LabellerTest {
  private static final long HORIZON = 1000;
  private static final long T = 100_000;

  private Labeller labeller = new Labeller(HORIZON, 1, false);
  private Optional<OpenImpression> kept = Optional.empty();
  private final List<Kind> outcomes = new ArrayList<>();

  private static ArrivedEvent impression(long time) {
    ArrivedEvent event = click(time);
    event.setClick(false);
    event.setValue("features".getBytes(StandardCharsets.UTF_8));
    return event;
  }

  private static ArrivedEvent click(long time) {
    ArrivedEvent event = new ArrivedEvent();
    event.setId("id");
    event.setClick(true);
    event.setTime(new Timestamp(time));
    event.setPlace("impressions-0-7");
    return event;
  }

  /** A batch with this watermark; without events it is a timeout. */
  private void batch(long watermark, ArrivedEvent... events) {
    TestGroupState<OpenImpression> state =
        TestGroupState.create(
            kept.map(org.apache.spark.api.java.Optional::of)
                .orElse(org.apache.spark.api.java.Optional.empty()),
            GroupStateTimeout.EventTimeTimeout(),
            0,
            org.apache.spark.api.java.Optional.of(watermark),
            events.length == 0);
    labeller
        .call("id", Arrays.asList(events).iterator(), state)
        .forEachRemaining(outcome -> outcomes.add(Kind.valueOf(outcome.getKind())));
    kept = state.exists() ? Optional.of(state.get()) : Optional.empty();
  }

  @BeforeEach
  void nothing() {
    outcomes.clear();
  }

  @Test
  void aClickWithinTheHorizonMakesAPositiveAtOnceAndOnce() {
    batch(0, impression(T));
    assertThat(outcomes).isEmpty();
    batch(T - 50, click(T + HORIZON), click(T + 3));
    batch(T + HORIZON + 2);
    assertThat(outcomes).containsExactly(Kind.POSITIVE);
    assertThat(kept).isPresent();
    batch(T + 2 * HORIZON + 2);
    assertThat(kept).isEmpty();
    assertThat(outcomes).containsExactly(Kind.POSITIVE);
  }

  @Test
  void clicksMayComeBeforeTheirImpression() {
    batch(0, click(T - 1), click(T + 1));
    batch(0, impression(T));
    assertThat(outcomes).containsExactly(Kind.UNKNOWN_CLICK, Kind.POSITIVE);
  }

  @Test
  void theTimeoutOfAnImpressionIsTheNegative() {
    batch(0, impression(T));
    batch(T + HORIZON + 1);
    assertThat(outcomes).containsExactly(Kind.NEGATIVE);
  }

  @Test
  void anEventInTheBatchOfTheTimeoutDoesntTakeTheNegativeAway() {
    batch(0, impression(T));
    batch(T + HORIZON + 1, click(T + HORIZON + 5));
    assertThat(outcomes).containsExactlyInAnyOrder(Kind.LATE_CLICK, Kind.NEGATIVE);

    labeller = new Labeller(HORIZON, 1, true);
    kept = Optional.empty();
    outcomes.clear();
    batch(0, impression(T));
    batch(T + HORIZON + 1, click(T + HORIZON + 5));
    assertThat(outcomes).containsExactly(Kind.LATE_CLICK, Kind.NEGATIVE, Kind.CORRECTION);
    batch(T + HORIZON + 1, click(T + HORIZON + 6));
    assertThat(outcomes).hasSize(4).endsWith(Kind.LATE_CLICK);
  }

  @Test
  void aClickInTheBatchOfTheTimeoutStillCounts() {
    // Spark lets events pass until the watermark of the batch before.
    batch(0, impression(T));
    batch(T + HORIZON + 1, click(T + HORIZON));
    assertThat(outcomes).containsExactly(Kind.POSITIVE);
  }

  @Test
  void anOldClickOnNothingDoesntTakeANewerOneAway() {
    batch(0, click(T));
    batch(T + 10, click(T + 20));
    assertThat(outcomes).containsExactly(Kind.UNKNOWN_CLICK);
    batch(T + 10, impression(T + 15));
    assertThat(outcomes).containsExactly(Kind.UNKNOWN_CLICK, Kind.POSITIVE);
  }

  @Test
  void aRepeatedImpressionIsNone() {
    batch(0, impression(T), impression(T + 1));
    batch(T + HORIZON + 2);
    assertThat(outcomes).containsExactly(Kind.REPEATED, Kind.NEGATIVE);
  }
}
