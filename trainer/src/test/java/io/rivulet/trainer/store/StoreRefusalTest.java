package io.rivulet.trainer.store;

import static io.rivulet.trainer.store.StoreFixtures.FEATURES;
import static io.rivulet.trainer.store.StoreFixtures.edit;
import static io.rivulet.trainer.store.StoreFixtures.read;
import static io.rivulet.trainer.store.StoreFixtures.settings;
import static io.rivulet.trainer.store.StoreFixtures.train;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.trainer.model.LearnerSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a store refuses, and that the message names both sides. */
class StoreRefusalTest {
  @TempDir Path directory;

  @Test
  void aModelOfAnotherShapeIsNotTrainedOn() {
    train(directory, 3, 9).commit();

    assertThatBothShapesAreNamed(() -> open(settings(4), FEATURES));
  }

  @Test
  void aModelOfAnotherShapeIsNotLoaded() {
    Manifest manifest = train(directory, 3, 9).commit();

    assertThatBothShapesAreNamed(() -> read(directory).load(manifest, settings(4)));
  }

  private void assertThatBothShapesAreNamed(ThrowingCallable refused) {
    assertThatThrownBy(refused)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(directory.toString())
        .hasMessageContaining("3 fields × 2 → 4 → 1, relu")
        .hasMessageContaining("3 fields × 4 → 4 → 1, relu");
  }

  @Test
  void aModelOfOtherFeaturesIsNotTrainedOn() {
    train(directory, 3, 9).commit();

    assertThatThrownBy(() -> open(settings(), "criteo-minmax-frozen-ba9876543210"))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(directory.toString())
        .hasMessageContaining(FEATURES)
        .hasMessageContaining("criteo-minmax-frozen-ba9876543210");
  }

  @Test
  void aRefusedOpeningBeginsNoEpoch() {
    train(directory, 3, 9).commit();

    assertThatThrownBy(() -> open(settings(4), FEATURES)).isInstanceOf(StoreException.class);

    assertThat(read(directory).epochs()).hasSize(1);
  }

  @Test
  void aManifestOfANewerFormatIsNotRead() throws IOException {
    train(directory, 3, 9).commit();

    assertThatNewerFormatIsRefused(StoreNames.manifest(1, 1));
  }

  @Test
  void anEpochOfANewerFormatIsNotRead() throws IOException {
    train(directory, 3, 9).commit();

    assertThatNewerFormatIsRefused(StoreNames.epoch(1));
  }

  private void assertThatNewerFormatIsRefused(String path) throws IOException {
    edit(directory.resolve(path), "\"format\" : 3,", "\"format\" : 4, \"unheardOf\" : [],");
    ThrowingCallable reading = () -> read(directory).newest();
    ThrowingCallable writing = () -> train(directory, 3, 9);
    for (ThrowingCallable opening : new ThrowingCallable[] {reading, writing}) {
      assertThatThrownBy(opening)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining(path)
          .hasMessageContaining("format 4")
          .hasMessageContaining("up to 3")
          .hasMessageContaining("newer Rivulet");
    }
  }

  @Test
  void aManifestMayHavePropertiesOfALaterRivulet() throws IOException {
    Manifest manifest = train(directory, 3, 9).commit();
    edit(
        directory.resolve(StoreNames.manifest(1, 1)),
        "\"format\" : 3,",
        "\"format\" : 3, \"unheardOf\" : [],");

    assertThat(read(directory).newest()).contains(manifest);
  }

  @Test
  void aManifestThatNamesAFileOutsideTheStoreIsRefused() throws IOException {
    Manifest manifest = train(directory, 3, 9).commit();
    String path = StoreNames.manifest(1, 1);
    edit(directory.resolve(path), manifest.rows().path(), "data/../../elsewhere/rows.bin");

    assertThatThrownBy(() -> read(directory).newest())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(path)
        .hasMessageContaining("damaged");
  }

  @Test
  void aManifestThatIsNotJsonIsRefused() throws IOException {
    train(directory, 3, 9).commit();
    String path = StoreNames.manifest(1, 1);
    edit(directory.resolve(path), "\"committedAt\"", "");

    assertThatThrownBy(() -> read(directory).versions())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(path)
        .hasMessageContaining("damaged");
  }

  @Test
  void aPathWithoutAStoreIsNotRead() {
    assertThatThrownBy(() -> read(directory.resolve("nothing")))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("no model store")
        .hasMessageContaining(directory.resolve("nothing").toString())
        .hasMessageContaining("store.path");
  }

  @Test
  void aFileSystemWithoutAnAtomicCommitIsRefusedBeforeAnythingIsWritten() {
    Configuration hadoop = new Configuration();
    hadoop.setClass("fs.odd.impl", OddFileSystem.class, FileSystem.class);

    assertThatThrownBy(() -> train("odd://" + directory.resolve("store"), hadoop, 3, 9))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("odd")
        .hasMessageContaining("store.path");
    assertThat(directory).isEmptyDirectory();
  }

  private StoreWriter open(LearnerSettings learner, String featureVersion) {
    return StoreWriter.open(
        directory.toString(),
        new Configuration(),
        OpenMode.GO_ON,
        StoreFixtures.terms(learner, featureVersion),
        3,
        9);
  }

  /** The local disk under a scheme of which a store knows nothing. */
  static final class OddFileSystem extends RawLocalFileSystem {
    private static final URI ODD = URI.create("odd:///");

    @Override
    public URI getUri() {
      return ODD;
    }

    @Override
    public String getScheme() {
      return ODD.getScheme();
    }
  }
}
