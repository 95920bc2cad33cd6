package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The tower by ND4J, with -Pgpu on the GPU, learns what oneDNN's does. With {@code
 * -Drivulet.criteo=FILE}, 50,000 of Criteo's rows, as well as docs/quality.md says.
 */
@Tag("gpu")
class TowerQualityTest {
  @TempDir Path directory;

  private JsonNode train(String tower, Path clicks, String warm, String... settings) {
    return Rivulet.succeed(
            Rivulet.args(
                List.of("train", "--source", "files", clicks.toString(), "--warm", warm),
                List.of("--store", directory.resolve(tower).toString()),
                List.of("--set", "tower=" + tower),
                List.of(settings)))
        .json();
  }

  @Test
  void bothTowersLearnTheSame() throws IOException {
    Path clicks = Rivulet.write(directory.resolve("clicks.tsv"), Rivulet.clicks(8000));
    String[] small = {"--set", "emb_dim=4", "--set", "deep_layer_dim=[64, 32]"};
    JsonNode blas = train("blas", clicks, "2000", small);
    JsonNode nd4j = train("nd4j", clicks, "2000", small);

    assertThat(blas.get("auc").asDouble()).isGreaterThan(0.55);
    assertThat(nd4j.get("auc").asDouble()).isCloseTo(blas.get("auc").asDouble(), within(1e-3));
    assertThat(nd4j.get("logloss").asDouble())
        .isCloseTo(blas.get("logloss").asDouble(), within(1e-4));
  }

  @TestFactory
  Stream<DynamicTest> criteosRowsAreLearnedAsWellAsByBlas() {
    return Stream.ofNullable(System.getProperty("rivulet.criteo"))
        .map(
            file ->
                DynamicTest.dynamicTest(
                    file,
                    () -> {
                      JsonNode nd4j = train("nd4j", Path.of("..").resolve(file), "20000");
                      assertThat(nd4j.get("auc").asDouble()).isGreaterThan(0.744);
                      assertThat(nd4j.get("logloss").asDouble()).isLessThan(0.4965);
                    }));
  }
}
