package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clicks with more distinct values than the table may have rows. */
class BoundedVocabularyTest {
  private static final int BOUND = 9000;

  @TempDir Path directory;

  private String store() {
    return directory.resolve("store").toString();
  }

  private void train(int rows) throws IOException {
    Path file = Rivulet.write(directory.resolve("clicks.tsv"), Rivulet.clicks(rows));
    Rivulet.succeed(
        Rivulet.args(
            List.of("train", "--source", "files", "--store", store(), file.toString()),
            List.of("--set", "vocabulary.max_rows=" + BOUND, "--set", "window.rows=200"),
            List.of("--set", "commit.snapshot_every=4", "--set", "commit.every=2"),
            Rivulet.SMALL));
  }

  @Test
  void aStoreStaysWithinTheBoundAndReplaysToTheSameBits() throws IOException {
    train(2000);
    train(4000);

    List<Manifest> versions = ModelStore.open(store(), new Configuration()).versions();
    assertThat(versions).allMatch(version -> version.rowCount() <= BOUND);
    assertThat(versions).anyMatch(version -> version.evicted() != null);
    Rivulet.succeed("store", "verify", "--ledger", "--store", store());
    assertThat(Rivulet.succeed("store", "replay", "--store", store()).out())
        .contains("The bits are the same");
  }
}
