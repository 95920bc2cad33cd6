package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A store that is taken back to an older version. Six windows of 100 events are in it. */
class RollbackIT {
  @TempDir Path directory;

  private String partition;

  @BeforeEach
  void learnSixWindows() throws IOException {
    Path events = Rivulet.write(directory.resolve("clicks.tsv"), Rivulet.clicks(600));
    partition = events + "-0";
    assertThat(train()).isEqualTo(600);
  }

  private String store() {
    return directory.resolve("store").toString();
  }

  /** Returns the number of rows that were learned. */
  private int train() {
    return Rivulet.succeed(
            Rivulet.args(
                List.of("train", "--store", store(), "--source", "files"),
                List.of(directory.resolve("clicks.tsv").toString()),
                List.of("--set", "window.rows=100"),
                Rivulet.SMALL))
        .json()
        .get("rows")
        .asInt();
  }

  private String sha256() {
    return Rivulet.succeed("store", "show", "--store", store()).sha256();
  }

  private String verifyLedger() {
    return Rivulet.succeed("store", "verify", "--ledger", "--store", store()).out();
  }

  @Test
  void whatWasRolledBackIsLearnedAgainToTheSameBits() {
    String before = sha256();

    assertThat(Rivulet.succeed("store", "rollback", "4", "--store", store()).out())
        .contains("Training goes on from version 4\n")
        .contains(partition + " at offset 400\n");
    assertThat(sha256()).isNotEqualTo(before);
    assertThat(Rivulet.succeed("store", "list", "--store", store()).out())
        .contains("version 4 ")
        .doesNotContain("version 5 ");

    assertThat(train()).isEqualTo(200);
    assertThat(sha256()).isEqualTo(before);
    assertThat(verifyLedger())
        .contains(partition + "  offsets 0 to 600: 600 trained, 0 quarantined\n")
        .contains("0 lost, 0 doubled");
  }

  @Test
  void aStretchThatIsSkippedIsRetractedForGood() {
    Rivulet.succeed("store", "rollback", "2", "--skip-to", partition + "=450", "--store", store());

    assertThat(train()).isEqualTo(150);
    assertThat(verifyLedger())
        .contains(partition + "  offsets 0 to 600: 350 trained, 0 quarantined, 250 retracted\n")
        .contains("0 lost, 0 doubled");
    assertThat(Rivulet.succeed("store", "replay", "--store", store()).out())
        .contains("The bits are the same");
  }

  @Test
  void whereTheNewestVersionIsDamagedTrainingNamesTheWayBack() throws IOException {
    Path rows = directory.resolve("store/data/v0000000006-e0001-rows.bin");
    byte[] bytes = Files.readAllBytes(rows);
    bytes[40] ^= 1;
    Files.write(rows, bytes);
    List<String> train =
        Rivulet.args(
            List.of("train", "--store", store(), "--source", "files"),
            List.of(directory.resolve("clicks.tsv").toString()),
            List.of("--set", "window.rows=100"),
            Rivulet.SMALL);

    Rivulet.Result refused = Rivulet.run(train);

    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err())
        .contains("v0000000006-e0001-rows.bin is damaged")
        .contains("`store rollback 5`")
        .doesNotContain("\tat ");
    Rivulet.succeed("store", "rollback", "5", "--store", store());
    assertThat(train()).isEqualTo(100);
    assertThat(verifyLedger()).contains("0 lost, 0 doubled");
  }

  @ParameterizedTest
  @CsvSource({
    "6, '', 'Version 6 is the newest; there is nothing to roll back'",
    "7, '', 'No version 7 in '",
    "4, views-0=500, '--skip-to names views-0, which version 4 has not'",
    "4, PARTITION=400, 'would skip nothing: version 4 ends at offset 400'"
  })
  void whatCannotBeDoneIsSaidAndNothingChanges(String version, String skipTo, String sentence) {
    String before = sha256();
    List<String> skip =
        skipTo.isEmpty() ? List.of() : List.of("--skip-to", skipTo.replace("PARTITION", partition));
    Rivulet.Result refused =
        Rivulet.run(Rivulet.args(List.of("store", "rollback", version, "--store", store()), skip));

    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).contains(sentence).doesNotContain("\tat ");
    assertThat(sha256()).isEqualTo(before);
  }
}
