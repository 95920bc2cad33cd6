package io.rivulet.trainer.store;

import static io.rivulet.trainer.store.StoreFixtures.edit;
import static io.rivulet.trainer.store.StoreFixtures.read;
import static io.rivulet.trainer.store.StoreFixtures.toFormat1;
import static io.rivulet.trainer.store.StoreFixtures.train;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.trainer.store.StoreFixtures.Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Records carry a checksum, and say nothing that can't be. */
class RecordTest {
  private static final String MANIFEST = "manifests/v0000000002-e0001.json";
  private static final String EPOCH = "epochs/e0001.json";
  private static final String PLAN = "plans/w0000000003-e0001.json";

  @TempDir Path directory;

  private Training training() {
    Training training = train(directory, 3, 9);
    training.commitTimes(2);
    training.plan();
    return training;
  }

  @ParameterizedTest
  @ValueSource(strings = {MANIFEST, EPOCH, PLAN})
  void eachBitCounts(String path) throws IOException {
    training();
    byte[] sound = Files.readAllBytes(directory.resolve(path));
    parse(sound, path);
    for (int bit = 0; bit < Byte.SIZE * sound.length; bit++) {
      byte[] changed = sound.clone();
      changed[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
      assertThatParsingFails(changed, path, "bit " + bit);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MANIFEST, EPOCH, PLAN})
  void aRecordOfAnotherLengthIsRefused(String path) throws IOException {
    training();
    byte[] sound = Files.readAllBytes(directory.resolve(path));
    for (int length = 0; length <= sound.length + 1; length++) {
      if (length != sound.length) {
        assertThatParsingFails(Arrays.copyOf(sound, length), path, length + " bytes");
      }
    }
  }

  private static void assertThatParsingFails(byte[] record, String path, String damage) {
    assertThatThrownBy(() -> parse(record, path), damage)
        .isInstanceOf(StoreException.class)
        .hasMessageStartingWith(path + " ");
  }

  private static void parse(byte[] record, String path) {
    switch (path) {
      case MANIFEST -> StoreJson.readRecord(record, Manifest.class, path);
      case EPOCH -> StoreJson.readRecord(record, Epoch.class, path);
      default -> StoreJson.readRecord(record, ModelStore.FORMAT, WindowPlan.class, path);
    }
  }

  @ParameterizedTest
  @CsvSource({
    MANIFEST + ", manifests/v0000000001-e0001.json",
    PLAN + ", plans/w0000000004-e0001.json",
    EPOCH + ", epochs/e0002.json"
  })
  void aRecordUnderAnotherNameIsRefused(String path, String other) throws IOException {
    training().plan();
    train(directory, 3, 9);
    Files.copy(
        directory.resolve(other), directory.resolve(path), StandardCopyOption.REPLACE_EXISTING);

    assertThatRecordIsRefused(path, other);
  }

  private void assertThatRecordIsRefused(String path, String damage) {
    assertThatThrownBy(() -> read(directory).openPlans(), damage)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(path)
        .hasMessageNotContaining("\n");
  }

  @ParameterizedTest
  @CsvSource({
    MANIFEST + ", '\"parent\" : 1', '\"parent\" : 0'",
    MANIFEST + ", '\"parent\" : 1', '\"parent\" : 1.5'",
    MANIFEST + ", '\"parent\" : 1', '\"parent\" : \"1\"'",
    MANIFEST + ", '\"parent\" : 1', '\"parent\" : 1, \"parent\" : 1'",
    MANIFEST + ", '\"lastWindow\" : 2', '\"lastWindow\" : 3'",
    MANIFEST + ", '\"rowCount\" : 10', '\"rowCount\" : -10'",
    MANIFEST + ", '\"fields\" : 3', '\"fields\" : 2000000000'",
    MANIFEST + ", '\"offsets\" : [', '\"offsets\" : [ null, '",
    MANIFEST + ", '\"quality\"', '\"quantity\"'",
    MANIFEST + ", '\"next\" : 20', '\"next\" : -20'",
    MANIFEST + ", '\"trained\" : 13', '\"trained\" : -13'",
    EPOCH + ", '\"baseVersion\" : 0', '\"baseVersion\" : -1'",
    EPOCH + ", '\"eventForm\" : \"tsv\"', '\"eventForm\" : \"xml\"'",
    EPOCH + ", '\"embeddingMerge\" : \"SUM\"', '\"embeddingMerge\" : 1'",
    EPOCH + ", '\"tower\"', '\"power\"'",
    PLAN + ", '\"source\"', '\"sauce\"'",
    PLAN + ", '\"partition\" : 1', '\"partition\" : 0'"
  })
  void aSealedRecordThatCannotBeIsRefused(String path, String from, String to) throws IOException {
    training();
    edit(directory.resolve(path), from, to);

    assertThatRecordIsRefused(path, to);
  }

  @Test
  void aMissingEpochIsNamed() throws IOException {
    training();
    train(directory, 3, 9);
    Files.delete(directory.resolve(EPOCH));

    assertThatThrownBy(() -> read(directory).openPlans())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(EPOCH + " is missing");
  }

  @Test
  void twoVersionsOfOneNumberAreRefused() throws IOException {
    training();
    train(directory, 3, 9);
    String twin = "v0000000002-e0002.json";
    Files.copy(directory.resolve(MANIFEST), directory.resolve("manifests").resolve(twin));

    assertThatThrownBy(() -> read(directory).versions())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(directory.toString())
        .hasMessageContaining(twin);
  }

  @Test
  void aStoreOfFormat1GoesOnInTheNewest() throws IOException {
    training();
    Manifest before = read(directory).newest().orElseThrow();
    toFormat1(directory);

    assertThat(read(directory).newest()).get().extracting(Manifest::format).isEqualTo(1);
    assertThat(read(directory).openPlans()).hasSize(1);
    read(directory).verify();
    Training later = train(directory, 3, 9);
    later.commit(later.writer.openPlans());
    Manifest after = later.commit();

    assertThat(read(directory).versions()).extracting(Manifest::format).containsExactly(1, 1, 3, 3);
    assertThat(after.lastWindow()).isEqualTo(before.lastWindow() + 2);
    read(directory).verify();
  }
}
