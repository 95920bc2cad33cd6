package io.rivulet.trainer.store;

import static io.rivulet.trainer.store.StoreFixtures.read;
import static io.rivulet.trainer.store.StoreFixtures.train;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.trainer.store.StoreFixtures.Training;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RollbackTest {
  @TempDir Path directory;

  private StoreWriter rollBack(long version) {
    return StoreWriter.rollBack(directory.toString(), new Configuration(), version, 3, 9, false);
  }

  @Test
  void laterVersionsAndAllThatOnlyTheyNameGo() throws IOException {
    Training first = train(directory, 3, 9);
    for (int i = 0; i < 5; i++) {
      first.commit();
    }

    StoreWriter back = rollBack(2);

    assertThat(back.newest().orElseThrow().version()).isEqualTo(2);
    assertThat(read(directory).versions()).extracting(Manifest::version).containsExactly(1L, 2L);
    assertThat(StoreFixtures.names(directory.resolve("data")))
        .isEqualTo(StoreFixtures.namedData(read(directory)));
    read(directory).verify();
    assertThat(train(directory, 3, 9).commit().version()).isEqualTo(3);
    read(directory).verify();
  }

  @Test
  void aTrainingThatRunsCanNoLongerCommit() {
    Training running = train(directory, 3, 9);
    running.commit();
    running.commit();

    rollBack(1);

    assertThatThrownBy(running::commit).isInstanceOf(StoreException.class);
    assertThat(read(directory).newest().orElseThrow().version()).isEqualTo(1);
  }

  @Test
  void aDamagedVersionIsNotGoneBackTo() throws IOException {
    Training first = train(directory, 3, 9);
    DataFile rows = first.commit().rows();
    first.commit();
    StoreFixtures.damage(directory.resolve(rows.path()), 40);

    assertThatThrownBy(() -> rollBack(1))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(rows.path());

    assertThat(read(directory).epochs()).hasSize(1);
    assertThat(first.commit().version()).isEqualTo(3);
  }

  @Test
  void whereTheNewestVersionIsDamagedTheWayBackIsNamedAndOpen() throws IOException {
    Training first = train(directory, 3, 9);
    first.commit();
    String whole = first.model.sha256();
    DataFile rows = first.commit().rows();
    first.commit();
    StoreFixtures.damage(directory.resolve(rows.path()), 40);

    assertThatThrownBy(() -> read(directory).loadNewest(StoreFixtures.settings()))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(rows.path() + " is damaged")
        .hasMessageContaining("`store rollback 1`");

    rollBack(1);
    read(directory).verify();
    assertThat(read(directory).loadNewest(StoreFixtures.settings()).orElseThrow().sha256())
        .isEqualTo(whole);
  }

  @Test
  void aDamagedManifestIsNotOpenedButRolledBack() throws IOException {
    Training first = train(directory, 3, 9);
    first.commit();
    first.commit();
    String newest = StoreNames.manifest(2, 1);
    StoreFixtures.damage(directory.resolve(newest), 40);

    assertThatThrownBy(() -> train(directory, 3, 9))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(newest + " is damaged")
        .hasMessageContaining("`store rollback 1`");
    assertThat(read(directory).epochs()).hasSize(1);
    assertThat(read(directory).newestNumber()).isEqualTo(2);

    rollBack(1);
    assertThat(read(directory).newestNumber()).isEqualTo(1);
    assertThat(train(directory, 3, 9).commit().version()).isEqualTo(2);
    read(directory).verify();
  }

  @Test
  void whereNoVersionIsWholeOnlyTheDamageIsNamed() throws IOException {
    DataFile dense = train(directory, 3, 9).commit().dense();
    StoreFixtures.damage(directory.resolve(dense.path()), 40);

    assertThatThrownBy(() -> read(directory).loadNewest(StoreFixtures.settings()))
        .hasMessageContaining(dense.path() + " is damaged")
        .hasMessageNotContaining("rollback");
  }

  @Test
  void aVersionWhoseLedgerIsDamagedIsNotGoneBackTo() throws IOException {
    Training first = train(directory, 3, 9);
    DataFile ledger = first.commit().ledger().get(0).file();
    first.commit();
    StoreFixtures.damage(directory.resolve(ledger.path()), 40);

    assertThatThrownBy(() -> rollBack(1))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(ledger.path());
  }

  @Test
  void eventsThatAreLeftOutCountAsTaken() {
    Training first = train(directory, 3, 9);
    first.commit();
    first.commit();
    StoreWriter back = rollBack(1);
    PartitionOffset from = back.newest().orElseThrow().offsets().get(0);
    WindowPlan plan =
        back.planWithoutTraining(
            WindowPlan.RETRACTED,
            List.of(
                new OffsetRange(from.topic(), from.partition(), from.next(), from.next() + 70)));

    Manifest made =
        back.commit(
            first.model,
            new int[0],
            List.of(new TrainedWindow(plan, back.epoch().epoch(), 0, 0)),
            StoreFixtures.QUALITY);

    assertThat(made.offsets())
        .contains(new PartitionOffset(from.topic(), from.partition(), from.next() + 70));
    assertThat(read(directory).ledger(made).get(1).plan().retracted()).isTrue();
  }
}
