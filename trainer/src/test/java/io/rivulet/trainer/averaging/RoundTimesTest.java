package io.rivulet.trainer.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;

class RoundTimesTest {
  private static final int WORKERS = 2;

  /** Of the workers' 1,000 ns 200 went into waiting: each worked for 800. */
  private static final RoundTimes TIMES =
      new RoundTimes(300, 1000, 500, new StepTimes(100, 400, 800, 200, 100));

  @Test
  void thePartsOfAnExampleAddUpToTheTimeThatLearningTook() {
    Map<String, Double> parts = TIMES.microseconds(WORKERS, 10);

    assertThat(parts.keySet()).containsExactlyElementsOf(RoundTimes.PARTS);
    assertThat(parts.values().stream().mapToDouble(part -> part).sum())
        .isCloseTo(0.18, within(1e-12));
    assertThat(parts)
        .containsEntry("keys", 0.03)
        .containsEntry("backward", 0.04)
        .containsEntry("merge", 0.05);
    assertThat(parts.get("wait")).isCloseTo(0.02, within(1e-12));
  }

  @Test
  void nothingIsKnownWithoutTimesOrRows() {
    assertThat(RoundTimes.NONE.microseconds(WORKERS, 10)).isEmpty();
    assertThat(TIMES.microseconds(WORKERS, 0)).isEmpty();
  }
}
