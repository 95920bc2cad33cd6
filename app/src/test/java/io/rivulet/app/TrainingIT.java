package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.rivulet.app.Rivulet.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole loop through a real broker and Spark: same rows, same bits, whatever the way. */
class TrainingIT {
  private static final int ROWS = 6000;

  @TempDir Path directory;

  private String store(String name) {
    return directory.resolve(name).toString();
  }

  private List<String> train(String store, String... more) {
    return Rivulet.args(
        List.of("train", "--store", store, "--set", "window.rows=1000"),
        Rivulet.SMALL,
        List.of(more));
  }

  private String sha256(String store) {
    return Rivulet.succeed("store", "show", "--store", store).sha256();
  }

  @Test
  void topicAndFilesGiveTheSameBitsAsOftenAsOneLikes() throws IOException {
    List<String> lines = Rivulet.clicks(ROWS);
    Path file = Rivulet.write(directory.resolve("clicks.tsv"), lines);
    Rivulet.succeed(train(store("files"), "--source", "files", file.toString()));
    Rivulet.succeed(train(store("again"), "--source", "files", file.toString()));
    try (KafkaTopic topic = new KafkaTopic(directory.resolve("kafka"), 1)) {
      topic.send(lines);
      JsonNode summary =
          Rivulet.succeed(
                  Rivulet.args(train(store("kafka"), "--until-idle", "1"), topic.settings()))
              .json();
      assertThat(summary.get("rows").asInt()).isEqualTo(ROWS);
      assertThat(summary.get("auc").asDouble()).isGreaterThan(0.5);
      assertThat(summary.fieldNames())
          .toIterable()
          .contains("quarantined", "rows_per_s", "logloss", "ne", "calibration");
    }

    assertThat(sha256(store("again"))).isEqualTo(sha256(store("files")));
    assertThat(sha256(store("kafka"))).isEqualTo(sha256(store("files")));
  }

  @Test
  void commitEveryChangesWhatIsKeptButNotTheBits() throws IOException {
    Path file = Rivulet.write(directory.resolve("clicks.tsv"), Rivulet.clicks(ROWS));
    Rivulet.succeed(train(store("each"), "--source", "files", file.toString()));
    Rivulet.succeed(
        train(store("fourth"), "--source", "files", file.toString(), "--set", "commit.every=4"));

    assertThat(Rivulet.succeed("store", "list", "--store", store("each")).out().lines()).hasSize(6);
    assertThat(Rivulet.succeed("store", "list", "--store", store("fourth")).out().lines())
        .hasSize(2);
    assertThat(sha256(store("fourth"))).isEqualTo(sha256(store("each")));
  }

  @Test
  void filesGoOnWhereTheStoreStands() throws IOException {
    Path file = Rivulet.write(directory.resolve("clicks.tsv"), Rivulet.clicks(ROWS));
    Rivulet.succeed(train(store("whole"), "--source", "files", file.toString()));
    Rivulet.succeed(
        train(store("parts"), "--source", "files", file.toString(), "--max-batches", "2"));
    Result rest = Rivulet.succeed(train(store("parts"), "--source", "files", file.toString()));

    assertThat(rest.json().get("rows").asInt()).isEqualTo(ROWS - 2000);
    assertThat(sha256(store("parts"))).isEqualTo(sha256(store("whole")));
    assertThat(Rivulet.succeed("store", "replay", "--store", store("parts")).out())
        .contains("The bits are the same");
  }

  @Test
  void severalPartitionsAreLearnedToTheLastEvent() {
    try (KafkaTopic topic = new KafkaTopic(directory.resolve("kafka"), 3)) {
      topic.send(Rivulet.clicks(2500));
      Rivulet.succeed(Rivulet.args(train(store("three"), "--until-idle", "1"), topic.settings()));
      topic.send(Rivulet.clicks(500));
      Rivulet.succeed(
          Rivulet.args(
              train(store("three"), "--until-idle", "1", "--set", "window.seconds=1"),
              topic.settings()));

      assertThat(Rivulet.succeed("store", "verify", "--store", store("three")).out())
          .contains("3,000 events trained, 0 quarantined");
      assertThat(
              Rivulet.succeed(
                      Rivulet.args(
                          List.of("store", "replay", "--store", store("three")), topic.settings()))
                  .out())
          .contains("The bits are the same");
    }
  }

  @Test
  void aStoreOfAnotherShapeOrOtherFeaturesIsRefused() throws IOException {
    Path file = Rivulet.write(directory.resolve("clicks.tsv"), Rivulet.clicks(1000));
    Rivulet.succeed(train(store("s"), "--source", "files", file.toString()));
    String before = sha256(store("s"));

    Result shape =
        Rivulet.run(train(store("s"), "--source", "files", file.toString(), "--set", "emb_dim=5"));
    assertThat(shape.code()).isEqualTo(1);
    assertThat(shape.err()).contains("39 fields × 4").contains("39 fields × 5");

    String features = directory.resolve("features").toString();
    List<String> frozen =
        List.of("--set", "features.path=" + features, "--set", "features.vocabulary=frozen");
    Rivulet.succeed(Rivulet.args(List.of("prepare", file.toString()), frozen));
    Result other =
        Rivulet.run(Rivulet.args(train(store("s"), "--source", "files", file.toString()), frozen));
    assertThat(other.code()).isEqualTo(1);
    assertThat(other.err()).contains("criteo-dynamic").contains("criteo-frozen");
    assertThat(sha256(store("s"))).isEqualTo(before);
  }

  @Test
  void fittedFeaturesTrainAndEvaluate() throws IOException {
    Path file = Rivulet.write(directory.resolve("clicks.tsv"), Rivulet.clicks(3000));
    List<String> fitted =
        List.of(
            "--set", "features.path=" + directory.resolve("features"),
            "--set", "features.vocabulary=frozen",
            "--set", "features.scaling=minmax");
    Result prepared = Rivulet.succeed(Rivulet.args(List.of("prepare", file.toString()), fitted));
    assertThat(prepared.out()).contains("criteo-frozen").contains("0 events refused");
    assertThat(Rivulet.run(Rivulet.args(List.of("prepare", file.toString()), fitted)).err())
        .contains("--overwrite");

    Rivulet.succeed(Rivulet.args(train(store("s"), "--source", "files", file.toString()), fitted));
    JsonNode quality = Rivulet.succeed("evaluate", "--store", store("s"), file.toString()).json();
    assertThat(quality.get("rows").asInt()).isEqualTo(3000);
    assertThat(quality.get("auc").asDouble()).isBetween(0.55, 1.0);
    assertThat(quality.get("calibration").asDouble()).isBetween(0.5, 2.0);
  }

  @Test
  void theDemoEndsWithASummaryAndAStoreThatVerifies() {
    String store = store("demo");
    Result demo =
        Rivulet.succeed(
            Rivulet.args(
                List.of("demo", "--rows", "5000", "--warm", "1000", "--store", store),
                Rivulet.SMALL));

    assertThat(demo.json().get("rows").asInt()).isEqualTo(5000);
    assertThat(demo.out()).contains(store);
    assertThat(Rivulet.succeed("store", "verify", "--store", store).out())
        .contains("5,000 events trained");
    assertThat(Rivulet.run("demo", "--store", store).err()).contains("not empty");
  }
}
