package io.rivulet.trainer.store;

import static io.rivulet.trainer.store.StoreFixtures.names;
import static io.rivulet.trainer.store.StoreFixtures.read;
import static io.rivulet.trainer.store.StoreFixtures.settings;
import static io.rivulet.trainer.store.StoreFixtures.train;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.trainer.store.StoreFixtures.Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EpochTest {
  @TempDir Path directory;

  @Test
  void eachOpeningForWritingBeginsAnEpoch() {
    Training first = train(directory, 3, 9);
    first.commit();
    first.plan();

    Epoch second = train(directory, 3, 9).writer.epoch();

    assertThat(first.writer.epoch().epoch()).isEqualTo(1);
    assertThat(second.epoch()).isEqualTo(2);
    assertThat(second.baseVersion()).isEqualTo(1);
    assertThat(second.baseWindow()).isEqualTo(2);
    assertThat(read(directory).epochs()).containsExactly(first.writer.epoch(), second);
  }

  @Test
  void anEpochThatWasClaimedAndNeverRecordedIsSealed() throws IOException {
    Training first = train(directory, 3, 9);
    first.commit();
    Files.createFile(directory.resolve(StoreNames.claim(2)));

    Training third = train(directory, 3, 9);

    assertThat(third.writer.epoch().epoch()).isEqualTo(3);
    assertThat(read(directory).epoch(2).baseVersion()).isEqualTo(Long.MAX_VALUE);
    assertThat(third.commit().version()).isEqualTo(2);
    assertThat(read(directory).versions()).hasSize(2);
  }

  @Test
  void anOpeningThatIsRefusedDoesNotEndTheOneThatRuns() {
    Training running = train(directory, 3, 9);
    running.commit();

    assertThatThrownBy(
            () ->
                StoreWriter.open(
                    directory.toString(),
                    new Configuration(),
                    OpenMode.GO_ON,
                    StoreFixtures.terms(settings(), "other features"),
                    3,
                    9))
        .isInstanceOf(StoreException.class);

    assertThat(running.commit().version()).isEqualTo(2);
  }

  @Test
  void anOlderEpochCanNoLongerCommit() {
    Training first = train(directory, 3, 9);
    first.commit();
    Training second = train(directory, 3, 9);

    assertThatThrownBy(first::commit)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(directory.toString())
        .hasMessageContaining("epoch 2")
        .hasMessageContaining("this one (epoch 1) can no longer commit");

    assertThat(read(directory).versions()).extracting(Manifest::version).containsExactly(1L);
    assertThat(second.commit().version()).isEqualTo(2);
    assertThatVersionTwoIs(second);
  }

  @Test
  void aManifestThatAnOlderEpochWritesLateIsVoid() throws IOException {
    Training first = train(directory, 3, 9);
    first.commit();
    first.commit();
    Path late = directory.resolve(StoreNames.manifest(2, 1));
    byte[] manifest = Files.readAllBytes(late);
    Files.delete(late);
    Training second = train(directory, 3, 9);
    Files.write(late, manifest);

    assertThat(read(directory).versions()).extracting(Manifest::version).containsExactly(1L);
    assertThat(read(directory).newest()).get().extracting(Manifest::version).isEqualTo(1L);

    second.commit();
    assertThat(read(directory).versions()).extracting(Manifest::epoch).containsExactly(1, 2);
    assertThatVersionTwoIs(second);
  }

  @Test
  void aPlanThatAnOlderEpochWritesLateIsVoid() {
    Training first = train(directory, 3, 9);
    first.commit();
    Training second = train(directory, 3, 9);
    first.plan();

    assertThat(read(directory).openPlans()).isEmpty();
    assertThat(train(directory, 3, 9).writer.openPlans()).isEmpty();
    assertThat(second.writer.plannedOffsets()).isEqualTo(second.writer.newest().get().offsets());
  }

  @Test
  void anEpochTakesOverThePlansOfTheEpochBefore() {
    Training first = train(directory, 3, 9);
    first.commit();
    WindowPlan open = first.plan();
    Training second = train(directory, 3, 9);

    Manifest manifest = second.commit(second.writer.openPlans());

    assertThat(manifest.windows())
        .containsExactly(
            new TrainedWindow(open, 2, StoreFixtures.TRAINED, StoreFixtures.QUARANTINED));
    assertThat(read(directory).ledger(manifest))
        .extracting(TrainedWindow::epoch)
        .containsExactly(1, 2);
  }

  @Test
  void theNextOpeningDeletesWhatOlderEpochsLeft() throws IOException {
    Training first = train(directory, 3, 9);
    first.commitTimes(2);
    WindowPlan open = first.plan();
    TreeSet<String> data = names(directory.resolve(StoreNames.DATA));
    TreeSet<String> manifests = names(directory.resolve(StoreNames.MANIFESTS));
    TreeSet<String> plans = names(directory.resolve(StoreNames.PLANS));
    train(directory, 3, 9);
    assertThatThrownBy(() -> first.commit(List.of(open))).isInstanceOf(StoreException.class);
    first.plan();
    Files.copy(
        directory.resolve(StoreNames.manifest(2, 1)), directory.resolve(StoreNames.manifest(3, 1)));
    assertThat(names(directory.resolve(StoreNames.DATA))).hasSizeGreaterThan(data.size());
    assertThat(names(directory.resolve(StoreNames.PLANS))).hasSizeGreaterThan(plans.size());

    Training third = train(directory, 3, 9);

    assertThat(names(directory.resolve(StoreNames.DATA))).isEqualTo(data);
    assertThat(names(directory.resolve(StoreNames.MANIFESTS))).isEqualTo(manifests);
    assertThat(names(directory.resolve(StoreNames.PLANS))).isEqualTo(plans);
    assertThat(third.writer.openPlans()).containsExactly(open);
    assertThat(third.model.table().size()).isEqualTo(10);
  }

  @Test
  void anOpeningLeavesFilesAloneThatAreNotTheStores() throws IOException {
    train(directory, 3, 9).commit();
    Path notes = Files.writeString(directory.resolve("data/notes.txt"), "mine");
    Path other = Files.writeString(directory.resolve("notes.txt"), "mine too");

    train(directory, 3, 9);

    assertThat(notes).hasContent("mine");
    assertThat(other).hasContent("mine too");
  }

  private void assertThatVersionTwoIs(Training training) {
    ModelStore store = read(directory);
    assertThat(store.load(store.version(2), settings()).sha256())
        .isEqualTo(training.model.sha256());
  }
}
