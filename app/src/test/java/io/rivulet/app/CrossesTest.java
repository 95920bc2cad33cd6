package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pairs of fields in the wide part. */
class CrossesTest {
  @TempDir Path directory;

  private String store() {
    return directory.resolve("store").toString();
  }

  private Rivulet.Result train(String... settings) throws IOException {
    Path file = Rivulet.write(directory.resolve("clicks.tsv"), Rivulet.clicks(2000));
    return Rivulet.run(
        Rivulet.args(
            List.of("train", "--source", "files", "--store", store(), file.toString()),
            List.of("--set", "window.rows=500", "--set", "gate.policy=off"),
            List.of(settings),
            Rivulet.SMALL));
  }

  @Test
  void theyAreLearnedServedReplayedAndExported() throws IOException {
    Rivulet.Result trained = train("--set", "features.crosses=[C1*C2, I1*C9]");
    assertThat(trained.code()).as(trained.err()).isZero();
    assertThat(Rivulet.succeed("store", "show", "--store", store()).out())
        .contains("39 fields × ")
        .contains("2 more fields in the wide part");

    JsonNode compared =
        Rivulet.succeed(
                "evaluate",
                "--store",
                store(),
                "--compare-serving",
                directory.resolve("clicks.tsv").toString())
            .json();
    assertThat(compared.get("different_features").asLong()).isZero();
    assertThat(compared.get("rows").asLong()).isEqualTo(2000);

    Rivulet.succeed("store", "replay", "--store", store());
    String onnx = directory.resolve("model.onnx").toString();
    assertThat(Rivulet.succeed("export", "onnx", onnx, "--store", store()).out())
        .contains(" rows, is in ");
    assertThat(
            Rivulet.run("export", "dl4j", directory.resolve("z").toString(), "--store", store())
                .err())
        .contains("export as onnx");
  }

  @ParameterizedTest
  @CsvSource({
    "features.crosses=[C1*X], 'X is none'",
    "features.crosses=[C1], 'FIELD*FIELD'",
    "'features.crosses=[C1*C2, C1 * C2]', 'two fields C1_x_C2'"
  })
  void whatIsNoPairOfFieldsIsRefused(String setting, String why) throws IOException {
    Rivulet.Result refused = train("--set", setting);
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).contains("features.crosses: ", why).doesNotContain("\tat ");
  }

  @Test
  void mindRecsPicklesHaveNone() {
    Rivulet.Result refused =
        Rivulet.run(
            "prepare",
            "--from-pickles",
            directory.toString(),
            "--set",
            "features.path=" + directory.resolve("features"),
            "--set",
            "features.crosses=[I1*C14]");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).contains("features.crosses must be empty").doesNotContain("\tat ");
  }

  @Test
  void dl4jHasNone() throws IOException {
    Rivulet.Result refused = train("--set", "features.crosses=[C1*C2]", "--set", "engine=dl4j");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).contains("features.crosses must be empty");
  }
}
