package io.rivulet.app.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class StopSignalTest {

  private static StopSignal unlimited() {
    return new StopSignal(0, Duration.ZERO);
  }

  @Test
  void nothingIsRequestedAtFirst() throws InterruptedException {
    StopSignal stop = unlimited();

    assertThat(stop.requested()).isFalse();
    assertThat(stop.await(Duration.ZERO)).isFalse();
    assertThat(stop.await(Duration.ofMillis(1))).isFalse();
  }

  @Test
  void aRequestLastsAndMayBeRepeated() throws InterruptedException {
    StopSignal stop = unlimited();
    stop.request();
    stop.request();

    assertThat(stop.requested()).isTrue();
    assertThat(stop.await(Duration.ZERO)).isTrue();
    assertThat(stop.requested()).isTrue();
  }

  @Test
  @Timeout(value = 20, unit = TimeUnit.SECONDS)
  void aRequestOfAnotherThreadEndsTheWait() throws Exception {
    StopSignal stop = unlimited();
    CompletableFuture<Void> other = CompletableFuture.runAsync(stop::request);

    assertThat(stop.await(Duration.ofHours(1))).isTrue();
    other.get();
  }

  @Test
  void theLastWindowOfTheLimitRequestsTheStop() {
    StopSignal stop = new StopSignal(3, Duration.ZERO);
    stop.windowTaken();
    stop.windowTaken();
    assertThat(stop.requested()).isFalse();

    stop.windowTaken();
    assertThat(stop.requested()).isTrue();
  }

  @Test
  void withoutALimitWindowsRequestNothing() {
    StopSignal stop = unlimited();
    for (int window = 0; window < 1000; window++) {
      stop.windowTaken();
    }

    assertThat(stop.requested()).isFalse();
  }

  @Test
  void aSourceIsToldHowLongItMayBeIdle() {
    assertThat(new StopSignal(0, Duration.ofSeconds(7)).untilIdle())
        .isEqualTo(Duration.ofSeconds(7));
  }

  @Test
  void afterTheLastEventNothingIsWaitedFor() {
    StopSignal stop = new StopSignal(0, Duration.ZERO);
    stop.endOfEvents();

    assertThat(stop.untilIdle()).isPositive().isLessThan(Duration.ofMillis(1));
    assertThat(stop.requested()).isFalse();
  }
}
