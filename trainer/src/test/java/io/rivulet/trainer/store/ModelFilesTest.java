package io.rivulet.trainer.store;

import static io.rivulet.trainer.store.StoreFixtures.damage;
import static io.rivulet.trainer.store.StoreFixtures.edit;
import static io.rivulet.trainer.store.StoreFixtures.read;
import static io.rivulet.trainer.store.StoreFixtures.settings;
import static io.rivulet.trainer.store.StoreFixtures.train;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.trainer.store.StoreFixtures.Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelFilesTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"dense.bin", "rows.bin"})
  void anyChangedByteIsFound(String what) throws IOException {
    Manifest manifest = train(directory, 3, 9).commit();
    Path file = file(1, what);
    byte[] sound = Files.readAllBytes(file);
    Random random = new Random(1);
    for (int i = 0; i < 200; i++) {
      byte[] changed = sound.clone();
      int at = random.nextInt(changed.length);
      changed[at] = (byte) (changed[at] + 1 + random.nextInt(255));
      Files.write(file, changed);
      assertThatLoadNames(file, manifest, "byte " + at);
    }
    Files.write(file, sound);
    assertThat(read(directory).load(manifest, settings()).table().size()).isEqualTo(5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"dense.bin", "rows.bin"})
  void aFileOfAnotherLengthIsFound(String what) throws IOException {
    Manifest manifest = train(directory, 3, 9).commit();
    Path file = file(1, what);
    byte[] sound = Files.readAllBytes(file);
    for (int length : new int[] {0, 7, 8, sound.length / 2, sound.length - 1, sound.length + 1}) {
      Files.write(file, Arrays.copyOf(sound, length));
      assertThatLoadNames(file, manifest, length + " bytes");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"dense.bin", "rows.bin"})
  void aMissingFileIsNamed(String what) throws IOException {
    Manifest manifest = train(directory, 3, 9).commit();
    Files.delete(file(1, what));

    assertThatThrownBy(() -> read(directory).load(manifest, settings()))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(file(1, what).toString())
        .hasMessageContaining("missing");
  }

  @ParameterizedTest
  @CsvSource({"dense.bin, 36, 0000807F", "rows.bin, 32, 0000C07F", "dense.bin, 16, 02000000"})
  void aSoundFileWithParametersThatCannotBeIsRefused(String what, int at, String content)
      throws IOException {
    Manifest manifest = train(directory, 3, 9).commit();
    Path file = file(1, what);
    byte[] bytes = Files.readAllBytes(file);
    byte[] put = HexFormat.of().parseHex(content);
    System.arraycopy(put, 0, bytes, at, put.length);
    Files.write(file, bytes);
    String sound = what.startsWith("dense") ? manifest.dense().sha256() : manifest.rows().sha256();
    edit(directory.resolve(StoreNames.manifest(1, 1)), sound, sha256(bytes));

    assertThatLoadNames(file, read(directory).newest().orElseThrow(), content);
  }

  @Test
  void aSoundFileWithoutAWholeHeaderIsRefused() throws IOException {
    Manifest manifest = train(directory, 3, 9).commit();
    Path file = file(1, "rows.bin");
    byte[] bytes = Arrays.copyOf(Files.readAllBytes(file), 13);
    Files.write(file, bytes);
    Path record = directory.resolve(StoreNames.manifest(1, 1));
    edit(record, manifest.rows().sha256(), sha256(bytes));
    edit(record, "\"bytes\" : " + manifest.rows().bytes(), "\"bytes\" : 13");

    assertThatLoadNames(file, read(directory).newest().orElseThrow(), "13 bytes");
  }

  @Test
  void aKeyThatComesTwiceIsFound() throws IOException {
    Manifest manifest = train(directory, 3, 9).commit();
    Path file = file(1, "rows.bin");
    byte[] bytes = Files.readAllBytes(file);
    int row = (bytes.length - 20) / 5;
    System.arraycopy(bytes, 20 + row, bytes, 20 + 3 * row, Long.BYTES);
    Files.write(file, bytes);
    edit(directory.resolve(StoreNames.manifest(1, 1)), manifest.rows().sha256(), sha256(bytes));

    assertThatLoadNames(file, read(directory).newest().orElseThrow(), "a key twice");
  }

  private static String sha256(byte[] content) {
    return HexFormat.of().formatHex(StoreFiles.sha256().digest(content));
  }

  @Test
  void damageInTheMiddleOfAChainIsFound() throws IOException {
    List<Manifest> manifests = train(directory, 9, 9).commitTimes(3);
    Path middle = file(2, "rows.bin");
    damage(middle, (int) Files.size(middle) - 1);

    assertThatLoadNames(middle, manifests.get(1), "the changes themselves");
    assertThatLoadNames(middle, manifests.get(2), "changes that build on them");
    assertThat(read(directory).load(manifests.get(0), settings()).table().size()).isEqualTo(5);
  }

  @Test
  void theDenseParametersOfOlderVersionsAreNotNeeded() throws IOException {
    Training training = train(directory, 9, 9);
    List<Manifest> manifests = training.commitTimes(2);
    Files.delete(file(1, "dense.bin"));

    assertThat(read(directory).load(manifests.get(1), settings()).sha256())
        .isEqualTo(training.model.sha256());
  }

  @Test
  void aTableKeepsTheOrderOfItsRows() {
    Training training = train(directory, 9, 9);
    Manifest manifest = training.commitTimes(3).get(2);

    var table = read(directory).load(manifest, settings()).table();

    for (int row = 0; row < table.size(); row++) {
      assertThat(table.key(row)).isEqualTo(training.model.table().key(row));
    }
  }

  @Test
  void verificationNamesTheFileAndBothLengths() throws IOException {
    DataFile rows = train(directory, 3, 9).commit().rows();
    StoreFiles files = new StoreFiles(directory.toString(), new Configuration());
    ModelFiles.verify(files, rows);
    Files.write(file(1, "rows.bin"), new byte[3]);

    assertThatThrownBy(() -> ModelFiles.verify(files, rows))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(rows.path())
        .hasMessageContaining("3 bytes")
        .hasMessageContaining(rows.bytes() + " bytes");
  }

  private Path file(long version, String what) {
    return directory.resolve(StoreNames.data(version, 1, what));
  }

  private void assertThatLoadNames(Path file, Manifest manifest, String damage) {
    assertThatThrownBy(() -> read(directory).load(manifest, settings()))
        .as(damage)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(file.getFileName().toString())
        .hasMessageContaining("damaged");
  }
}
