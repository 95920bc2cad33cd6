package io.rivulet.trainer.store;

import static io.rivulet.trainer.store.StoreFixtures.read;
import static io.rivulet.trainer.store.StoreFixtures.train;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.trainer.store.StoreFixtures.Training;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {
  private static final int WINDOWS = 200;
  private static final int MAX_SEGMENTS = 10;

  @TempDir Path directory;

  @Test
  void everyWindowIsListedOnceAndSegmentsStayFew() throws IOException {
    Training training = train(directory, 3, 2);
    for (int window = 1; window <= WINDOWS; window++) {
      assertThatSegmentsAreFewAndContiguous(training.commit());
    }

    ModelStore store = read(directory);
    List<TrainedWindow> ledger = store.ledger(store.newest().orElseThrow());
    assertThat(ledger)
        .extracting(trained -> trained.plan().window())
        .containsExactlyElementsOf(LongStream.rangeClosed(1, WINDOWS).boxed().toList());
    assertThat(StoreFixtures.names(directory.resolve(StoreNames.DATA)))
        .isEqualTo(StoreFixtures.namedData(store));
  }

  private static void assertThatSegmentsAreFewAndContiguous(Manifest manifest) {
    List<LedgerSegment> segments = manifest.ledger();
    assertThat(segments.isEmpty()).isEqualTo(!manifest.full());
    assertThat(segments).hasSizeLessThanOrEqualTo(MAX_SEGMENTS);
    long last = 0;
    for (LedgerSegment segment : segments) {
      assertThat(segment.firstWindow()).isEqualTo(last + 1);
      last = segment.lastWindow();
    }
    assertThat(last).isEqualTo(manifest.full() ? manifest.lastWindow() : 0);
  }

  @Test
  void eachVersionListsTheWindowsUpToItself() {
    Training training = train(directory, 3, 9);
    for (int commit = 1; commit <= 5; commit++) {
      training.commit(List.of(training.plan(), training.plan()));
    }

    ModelStore store = read(directory);
    for (Manifest manifest : store.versions()) {
      assertThat(store.ledger(manifest)).hasSize(2 * (int) manifest.version());
    }
  }

  @Test
  void aWindowMissingFromALedgerIsFound() {
    Manifest manifest = train(directory, 3, 9).commitTimes(5).get(4);
    List<TrainedWindow> ledger = new ArrayList<>(read(directory).ledger(manifest));
    assertThatCode(() -> OffsetLedger.check(ledger, manifest)).doesNotThrowAnyException();

    ledger.remove(2);

    assertThatCheckFails(ledger, manifest, "Window 3 is missing");
  }

  @Test
  void offsetsMissingFromALedgerAreFound() {
    Manifest manifest = train(directory, 3, 9).commitTimes(5).get(4);
    List<TrainedWindow> ledger = new ArrayList<>(read(directory).ledger(manifest));
    ledger.set(2, with(ledger.get(2), ledger.get(3).plan().ranges(), StoreFixtures.TRAINED));

    assertThatCheckFails(ledger, manifest, "Events are missing");
  }

  @Test
  void offsetsThatAreTwiceInALedgerAreFound() {
    Manifest manifest = train(directory, 3, 9).commitTimes(5).get(4);
    List<TrainedWindow> ledger = new ArrayList<>(read(directory).ledger(manifest));
    ledger.set(2, with(ledger.get(2), ledger.get(1).plan().ranges(), StoreFixtures.TRAINED));

    assertThatCheckFails(ledger, manifest, "Events would repeat");
  }

  @Test
  void moreEventsThanOffsetsAreFound() {
    Manifest manifest = train(directory, 3, 9).commitTimes(5).get(4);
    List<TrainedWindow> ledger = new ArrayList<>(read(directory).ledger(manifest));
    ledger.set(2, with(ledger.get(2), ledger.get(2).plan().ranges(), 15));

    assertThatCheckFails(ledger, manifest, "Window 3 has more events than the 15 offsets");
  }

  @Test
  void aLedgerThatEndsTooEarlyIsFound() {
    Manifest manifest = train(directory, 3, 9).commitTimes(5).get(4);
    List<TrainedWindow> ledger = read(directory).ledger(manifest);

    assertThatCheckFails(ledger.subList(0, 4), manifest, "The ledger ends at window 4");
  }

  private static TrainedWindow with(TrainedWindow window, List<OffsetRange> ranges, long trained) {
    WindowPlan plan = window.plan();
    return new TrainedWindow(
        new WindowPlan(plan.window(), plan.epoch(), plan.source(), ranges),
        window.epoch(),
        trained,
        window.quarantined());
  }

  private static void assertThatCheckFails(
      List<TrainedWindow> ledger, Manifest manifest, String why) {
    assertThatThrownBy(() -> OffsetLedger.check(ledger, manifest))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(why);
  }
}
