package io.rivulet.app.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rivulet.trainer.metrics.Quality;
import org.junit.jupiter.api.Test;

class RunTotalsTest {
  private static final int RECENT_ROWS = 10;

  private static JsonNode summary(RunTotals totals) throws JsonProcessingException {
    return new ObjectMapper().readTree(totals.summary());
  }

  private static float[] floats(double... values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  @Test
  void theSummaryIsOneLineOfJson() throws JsonProcessingException {
    RunTotals totals = new RunTotals(0, RECENT_ROWS, 0.99);
    totals.add(floats(1, 0), floats(0.9, 0.2), 1f, 0);

    assertThat(totals.summary()).doesNotContain("\n");
    assertThat(summary(totals).fieldNames())
        .toIterable()
        .containsExactly(
            "rows", "quarantined", "rows_per_s", "auc", "logloss", "ne", "calibration");
  }

  @Test
  void windowsAddUp() throws JsonProcessingException {
    RunTotals totals = new RunTotals(0, RECENT_ROWS, 0.99);
    totals.add(floats(1, 0), floats(0.9, 0.2), 1f, 3);
    totals.add(floats(), floats(), 1f, 4);
    totals.add(floats(0), floats(0.95), 1f, 0);

    JsonNode summary = summary(totals);
    assertThat(summary.get("rows").asLong()).isEqualTo(3);
    assertThat(summary.get("quarantined").asLong()).isEqualTo(7);
    assertThat(summary.get("rows_per_s").asDouble()).isPositive();
    assertThat(summary.get("auc").asDouble()).isEqualTo(0.5);
    assertThat(summary.get("calibration").asDouble()).isEqualTo(2.05);
  }

  @Test
  void warmRowsCountAsRowsButNotForQuality() throws JsonProcessingException {
    RunTotals totals = new RunTotals(3, RECENT_ROWS, 0.99);
    totals.add(floats(1, 0), floats(0.1, 0.9), 1f, 0);
    totals.add(floats(0, 1, 0), floats(0.8, 0.9, 0.2), 1f, 0);

    JsonNode summary = summary(totals);
    assertThat(summary.get("rows").asLong()).isEqualTo(5);
    assertThat(summary.get("auc").asDouble()).isEqualTo(1);
    // -(ln 0.9 + ln 0.8) / 2, over ln 2, and 1.1 predicted clicks for one.
    assertThat(summary.get("logloss").asDouble()).isEqualTo(0.16425);
    assertThat(summary.get("ne").asDouble()).isEqualTo(0.23697);
    assertThat(summary.get("calibration").asDouble()).isEqualTo(1.1);
  }

  @Test
  void qualityOfWarmRowsOnlyIsNotDefined() throws JsonProcessingException {
    RunTotals totals = new RunTotals(100, RECENT_ROWS, 0.99);
    totals.add(floats(1, 0), floats(0.9, 0.2), 1f, 0);

    JsonNode summary = summary(totals);
    assertThat(summary.get("rows").asLong()).isEqualTo(2);
    for (String figure : new String[] {"auc", "logloss", "ne", "calibration"}) {
      assertThat(summary.get(figure).isNull()).as(figure).isTrue();
    }
  }

  @Test
  void recentQualityIsOverTheLastRowsWarmOrNot() {
    RunTotals totals = new RunTotals(100, 2, 0.99);
    totals.add(floats(1, 0, 1), floats(0.1, 0.9, 0.9), 1f, 0);
    totals.add(floats(0), floats(0.2), 1f, 0);

    Quality recent = totals.recent();
    assertThat(recent.rows()).isEqualTo(2);
    assertThat(recent.auc()).isEqualTo(1);
  }

  @Test
  void theRateIsThatOfTheWindow() {
    RunTotals totals = new RunTotals(0, RECENT_ROWS, 0.99);

    assertThat(totals.add(floats(1, 0), floats(0.9, 0.2), 1f, 0)).isPositive().isFinite();
    assertThat(totals.add(floats(), floats(), 1f, 5)).isZero();
  }
}
