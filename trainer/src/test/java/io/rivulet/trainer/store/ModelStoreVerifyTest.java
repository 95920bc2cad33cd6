package io.rivulet.trainer.store;

import static io.rivulet.trainer.store.StoreFixtures.damage;
import static io.rivulet.trainer.store.StoreFixtures.edit;
import static io.rivulet.trainer.store.StoreFixtures.names;
import static io.rivulet.trainer.store.StoreFixtures.read;
import static io.rivulet.trainer.store.StoreFixtures.train;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.trainer.store.ModelStore.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelStoreVerifyTest {
  private static final int COMMITS = 5;

  @TempDir Path directory;

  @Test
  void aSoundStorePassesAndIsCounted() throws IOException {
    train(directory, 2, 2).commitTimes(COMMITS);
    Set<String> data = names(directory.resolve(StoreNames.DATA));
    long bytes = 0;
    for (String name : data) {
      bytes += Files.size(directory.resolve(StoreNames.DATA).resolve(name));
    }

    assertThat(read(directory).verify())
        .isEqualTo(
            new Verification(
                3,
                data.size(),
                bytes,
                (long) COMMITS * StoreFixtures.TRAINED,
                (long) COMMITS * StoreFixtures.QUARANTINED,
                0));
  }

  @Test
  void aStoreWithoutVersionsPasses() {
    train(directory, 2, 2).plan();

    assertThat(read(directory).verify()).isEqualTo(new Verification(0, 0, 0, 0, 0, 0));
  }

  @Test
  void everyDataFileIsChecked() throws IOException {
    train(directory, 2, 2).commitTimes(COMMITS);
    Set<String> data = names(directory.resolve(StoreNames.DATA));
    assertThat(data).anyMatch(name -> name.endsWith("ledger.jsonl"));
    for (String name : data) {
      Path file = directory.resolve(StoreNames.DATA).resolve(name);
      byte[] sound = Files.readAllBytes(file);
      damage(file, sound.length - 1);
      assertThatVerificationFails(name);
      Files.delete(file);
      assertThatVerificationFails(name);
      Files.write(file, sound);
    }
    assertThat(read(directory).verify().versions()).isEqualTo(3);
  }

  @Test
  void aManifestMissingInAChainIsFound() throws IOException {
    train(directory, 9, 9).commitTimes(3);
    Files.delete(directory.resolve(StoreNames.manifest(2, 1)));

    assertThatVerificationFails("Version 3 builds on version 2, whose manifest is missing");
  }

  @Test
  void aMissingSnapshotIsFound() throws IOException {
    train(directory, 9, 9).commitTimes(3);
    Files.delete(directory.resolve(StoreNames.manifest(1, 1)));

    assertThatVerificationFails("builds on version 1, whose manifest is missing");
  }

  @Test
  void offsetsThatTheLedgerDoesNotAddUpToAreFound() throws IOException {
    train(directory, 9, 9).commitTimes(3);
    edit(directory.resolve(StoreNames.manifest(3, 1)), "\"next\" : 30", "\"next\" : 31");

    assertThatVerificationFails("The ledger ends at window 3");
  }

  @Test
  void aRowCountThatTheFilesDoNotHaveIsFound() throws IOException {
    train(directory, 9, 9).commitTimes(3);
    edit(directory.resolve(StoreNames.manifest(3, 1)), "\"rowCount\" : 15", "\"rowCount\" : 16");

    assertThatVerificationFails("should have 16 rows");
  }

  private void assertThatVerificationFails(String why) {
    assertThatThrownBy(() -> read(directory).verify())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(why);
  }
}
