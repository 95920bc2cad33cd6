package io.rivulet.trainer.store;

import static io.rivulet.trainer.store.StoreFixtures.read;
import static io.rivulet.trainer.store.StoreFixtures.settings;
import static io.rivulet.trainer.store.StoreFixtures.train;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.trainer.store.StoreFixtures.Training;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreWriterTest {
  private static final int ROWS_HEADER = 8 + Integer.BYTES + Long.BYTES;

  @TempDir Path directory;

  @Test
  void everyVersionLoadsAsItWasCommitted() {
    Map<Long, String> committed = commit(train(directory, 3, 9), 7);

    assertThat(committed).containsOnlyKeys(1L, 2L, 3L, 4L, 5L, 6L, 7L);
    assertThat(committed.values()).doesNotHaveDuplicates();
    assertThatVersionsLoadAs(committed);
  }

  @Test
  void aSnapshotComesFirstAndThenEverySoManyCommits() {
    List<Manifest> manifests = train(directory, 3, 9).commitTimes(7);

    assertThat(manifests)
        .extracting(Manifest::full)
        .containsExactly(true, false, false, true, false, false, true);
    assertThat(manifests)
        .extracting(Manifest::snapshot)
        .containsExactly(1L, 1L, 1L, 4L, 4L, 4L, 7L);
  }

  @Test
  void aSnapshotHoldsAllRowsAndAChangeOnlyThoseThatChanged() {
    Training training = train(directory, 3, 9);
    long rowBytes = Long.BYTES + Integer.BYTES + (long) settings().shape().rowWidth() * Float.BYTES;

    for (Manifest manifest : List.of(training.commit(), training.commit(), training.commit())) {
      assertThat(manifest.full()).isEqualTo(manifest.version() == 1);
    }
    Manifest snapshot = training.commit();
    assertThat(snapshot.rowCount()).isEqualTo(training.model.table().size());
    assertThat(snapshot.rows().bytes()).isEqualTo(ROWS_HEADER + snapshot.rowCount() * rowBytes);

    Manifest change = training.commit();
    assertThat(change.rowCount()).isEqualTo(training.model.table().size());
    assertThat(change.rows().bytes()).isEqualTo(ROWS_HEADER + training.changedRows() * rowBytes);
    assertThat((long) training.changedRows()).isLessThan(change.rowCount());
  }

  @Test
  void whatIsLearnedWhileAVersionIsWrittenIsNotInIt() {
    Training training = train(directory, 9, 9);
    training.commit();
    PendingVersion pending = training.prepare();
    String then = training.model.sha256();
    training.change();
    Manifest manifest = training.writer.commit(pending);

    assertThat(pending.full()).isFalse();
    assertThat(training.model.sha256()).isNotEqualTo(then);
    assertThat(read(directory).load(manifest, settings()).sha256()).isEqualTo(then);
  }

  @Test
  void aSnapshotIsNotCopied() {
    assertThat(train(directory, 9, 9).prepare().full()).isTrue();
  }

  @Test
  void oldSnapshotsGoWithAllThatOnlyTheyName() throws IOException {
    Map<Long, String> committed = commit(train(directory, 2, 2), 9);

    ModelStore store = read(directory);
    assertThat(store.versions()).extracting(Manifest::version).containsExactly(7L, 8L, 9L);
    assertThat(StoreFixtures.names(directory.resolve(StoreNames.MANIFESTS))).hasSize(3);
    assertThat(StoreFixtures.names(directory.resolve(StoreNames.DATA)))
        .isEqualTo(StoreFixtures.namedData(store));
    committed.keySet().removeIf(version -> version < 7);
    assertThatVersionsLoadAs(committed);
    assertThatThrownBy(() -> store.version(6))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("No version 6")
        .hasMessageContaining(directory.toString());
  }

  @Test
  void aCommitMayCoverSeveralWindows() {
    Training training = train(directory, 3, 9);
    training.commit();
    List<WindowPlan> plans = List.of(training.plan(), training.plan(), training.plan());

    Manifest manifest = training.commit(plans);

    assertThat(manifest.version()).isEqualTo(2);
    assertThat(manifest.lastWindow()).isEqualTo(4);
    assertThat(manifest.windows()).extracting(TrainedWindow::plan).isEqualTo(plans);
    assertThat(manifest.offsets())
        .containsExactly(
            new PartitionOffset(StoreFixtures.TOPIC, 0, 40),
            new PartitionOffset(StoreFixtures.TOPIC, 1, 20));
  }

  @Test
  void whatWasCommittedIsReadToTheLastBit() {
    Training training = train(directory, 3, 9);
    List<Manifest> committed = training.commitTimes(4);

    assertThat(read(directory).versions()).isEqualTo(committed);
    assertThat(read(directory).newest()).contains(committed.get(3));
    assertThat(read(directory).epoch(1)).isEqualTo(training.writer.epoch());
    assertThat(read(directory).epoch(1).learner()).isEqualTo(settings());
  }

  @Test
  void aRunGoesOnWhereTheLastOneEnded() {
    Map<Long, String> committed = commit(train(directory, 3, 9), 2);

    Training next = train(directory, 3, 9);
    assertThat(next.model.sha256()).isEqualTo(committed.get(2L));
    Manifest manifest = next.commit();
    committed.put(manifest.version(), next.model.sha256());

    assertThat(manifest.version()).isEqualTo(3);
    assertThat(manifest.parent()).isEqualTo(2);
    assertThat(manifest.snapshot()).isEqualTo(1);
    assertThat(manifest.lastWindow()).isEqualTo(3);
    assertThatVersionsLoadAs(committed);
  }

  @Test
  void metricsGrowByLinesAcrossRuns() {
    train(directory, 3, 9).writer.appendMetrics("{\"a\":1}");
    train(directory, 3, 9).writer.appendMetrics("{\"b\":2}");

    assertThat(directory.resolve(StoreNames.METRICS)).hasContent("{\"a\":1}\n{\"b\":2}\n");
  }

  private static Map<Long, String> commit(Training training, int times) {
    Map<Long, String> committed = new TreeMap<>();
    for (int i = 0; i < times; i++) {
      committed.put(training.commit().version(), training.model.sha256());
    }
    return committed;
  }

  private void assertThatVersionsLoadAs(Map<Long, String> committed) {
    ModelStore store = read(directory);
    committed.forEach(
        (version, sha256) ->
            assertThat(store.load(store.version(version), settings()).sha256())
                .as("version %d", version)
                .isEqualTo(sha256));
  }
}
