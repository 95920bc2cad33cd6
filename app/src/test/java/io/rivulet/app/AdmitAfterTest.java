package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Values that wait for their rows, over a restart. */
class AdmitAfterTest {
  @TempDir Path directory;

  private long rowsAfter(String store, int after, int rows) throws IOException {
    Path file = Rivulet.write(directory.resolve("clicks.tsv"), Rivulet.clicks(rows));
    Rivulet.succeed(
        Rivulet.args(
            List.of("train", "--source", "files", "--store", store, file.toString()),
            List.of("--set", "window.rows=500", "--set", "gate.policy=off"),
            List.of("--set", "vocabulary.admit_after=" + after),
            Rivulet.SMALL));
    return Rivulet.newest(store).orElseThrow().rowCount();
  }

  @Test
  void aReplayGivesTheBitsThoughEachStartCountsAnew() throws IOException {
    String store = directory.resolve("store").toString();
    long first = rowsAfter(store, 3, 2000);
    long second = rowsAfter(store, 3, 4000);

    assertThat(second).isGreaterThan(first);
    assertThat(second).isLessThan(rowsAfter(directory.resolve("all").toString(), 1, 4000) / 2);
    assertThat(Rivulet.succeed("store", "replay", "--store", store).out())
        .contains("The bits are the same");
  }
}
