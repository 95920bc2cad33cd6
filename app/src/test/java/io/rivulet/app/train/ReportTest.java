package io.rivulet.app.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.trainer.metrics.Quality;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {

  @Test
  void valuesStandInOneLineInTheirOrder() {
    String line =
        new Report()
            .put("window", 7L)
            .put("name", "a \"b\"\nc")
            .put("offsets", List.of(1, 2))
            .put("again", 7)
            .line();

    assertThat(line)
        .isEqualTo("{\"window\":7,\"name\":\"a \\\"b\\\"\\nc\",\"offsets\":[1,2],\"again\":7}");
  }

  @Test
  void numbersAreRoundedToFiveDigits() {
    String line =
        new Report()
            .put("up", 0.123456)
            .put("down", -1.000004)
            .put("large", 12345.678914)
            .put("short", 0.5)
            .line();

    assertThat(line)
        .isEqualTo("{\"up\":0.12346,\"down\":-1.0,\"large\":12345.67891,\"short\":0.5}");
  }

  @Test
  void whatIsNotDefinedIsNull() {
    String line =
        new Report()
            .put("nan", Double.NaN)
            .put("above", Double.POSITIVE_INFINITY)
            .put("below", Double.NEGATIVE_INFINITY)
            .line();

    assertThat(line).isEqualTo("{\"nan\":null,\"above\":null,\"below\":null}");
  }

  @Test
  void qualityIsAucLoglossNeAndCalibration() {
    Quality quality = new Quality(1000, 0.75, 0.25, Double.NaN, 1.0000049);

    assertThat(new Report().put(quality).line())
        .isEqualTo("{\"auc\":0.75,\"logloss\":0.25,\"ne\":null,\"calibration\":1.0}");
  }

  @Test
  void aLaterValueReplacesAnEarlierOne() {
    assertThat(new Report().put("rows", 1L).put("rows", 2L).line()).isEqualTo("{\"rows\":2}");
  }
}
