package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.s3.S3Service;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands on a store on S3, set up as by spark-submit's --conf. */
class S3StoreIT {
  private static final String STORE = "s3a://" + S3Service.BUCKET + "/models/clicks";

  @TempDir Path directory;

  private final Map<String, String> settings = new TreeMap<>();
  private S3Service service;

  @BeforeEach
  void startS3() throws Exception {
    service = S3Service.start();
    S3Service.settings(service.endpoint())
        .forEach((name, value) -> settings.put("spark.hadoop." + name, value));
    settings.forEach(System::setProperty);
  }

  @AfterEach
  void stopS3() throws IOException {
    settings.keySet().forEach(System::clearProperty);
    FileSystem.closeAll();
    service.close();
  }

  private static Rivulet.Result store(String... args) {
    return Rivulet.succeed(
        Rivulet.args(List.of("store"), List.of(args), List.of("--store", STORE)));
  }

  @Test
  void aStoreOnS3IsTrainedVerifiedAndRolledBack() throws IOException {
    List<String> lines = new ArrayList<>(Rivulet.clicks(300));
    lines.set(250, "damaged");
    Path events = Rivulet.write(directory.resolve("clicks.tsv"), lines);
    List<String> train =
        Rivulet.args(
            List.of("train", "--store", STORE, "--source", "files", events.toString()),
            List.of("--set", "window.rows=100"),
            Rivulet.SMALL);

    assertThat(Rivulet.succeed(train).json().get("rows").asInt()).isEqualTo(299);
    String trained = store("show").sha256();
    assertThat(store("rollback", "2").out()).contains("Training goes on from version 2\n");
    assertThat(store("show").sha256()).isNotEqualTo(trained);
    assertThat(Rivulet.succeed(train).json().get("rows").asInt()).isEqualTo(99);

    assertThat(store("show").sha256()).isEqualTo(trained);
    assertThat(store("verify", "--ledger").out())
        .contains(events + "-0  offsets 0 to 300: 299 trained, 1 quarantined\n")
        .contains("0 lost, 0 doubled");
  }
}
