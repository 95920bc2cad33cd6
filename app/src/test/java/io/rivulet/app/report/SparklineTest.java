package io.rivulet.app.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SparklineTest {
  @Test
  void barsGoFromTheLowestToTheHighest() {
    assertThat(Sparkline.of(new double[] {0.5, 0.6, Double.NaN, 0.7, 0.56})).isEqualTo("▁▅ █▃");
  }

  @Test
  void whatStaysIsALine() {
    assertThat(Sparkline.of(new double[] {0.7, 0.7})).isEqualTo("▅▅");
    assertThat(Sparkline.of(new double[0])).isEmpty();
  }
}
