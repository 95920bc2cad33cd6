package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.rivulet.trainer.model.Activation;
import io.rivulet.trainer.model.ModelShape;
import java.util.List;
import org.junit.jupiter.api.Test;

class CapacityTest {
  private static final double NO_LIMIT = Double.POSITIVE_INFINITY;

  /** 54 operations a row in products, 104 others; a mini-batch of 2 rows touches 3 keys. */
  private static CostModel cost(int workers) {
    ModelShape shape = new ModelShape(2, 1, List.of(3), Activation.RELU);
    return new CostModel(shape, 2, 1, workers, 2L * workers, new KeyGrowth(2, 100, 3, 2));
  }

  @Test
  void aWorkerTakesItsTimeForProductsAndForTheRest() {
    Capacity capacity = new Capacity(cost(1), 0.054, 0.5, NO_LIMIT);

    // 54 at 54 million a second, 104 at 2 billion.
    assertThat(capacity.workerSeconds()).isCloseTo(1.052e-6, within(1e-15));
  }

  @Test
  void driverAndWorkersTakeTurns() {
    Capacity one = new Capacity(cost(1), 0.054, 0.5, NO_LIMIT);
    Capacity two = new Capacity(cost(2), 0.054, 0.5, NO_LIMIT);

    assertThat(one.rowsPerSecond()).isCloseTo(1 / 1.552e-6, within(1e-3));
    assertThat(two.rowsPerSecond()).isCloseTo(2 / 2.052e-6, within(1e-3));
    assertThat(one.driverLimit()).isEqualTo(2);
  }

  @Test
  void saysHowManyWorkersKeepUpUnlessTheDriverCant() {
    Capacity capacity = new Capacity(cost(1), 0.054, 0.5, NO_LIMIT);

    // The driver is busy half of the time: 1.052 / 0.5 workers.
    assertThat(capacity.workersFor(1e6)).hasValue(3);
    assertThat(capacity.workersFor(3e6)).isEmpty();
  }

  @Test
  void estimatesTheDriversTimeWithoutAMeasuredOne() {
    CostModel cost = cost(1);
    Capacity capacity = new Capacity(cost, 0.054, 0, NO_LIMIT);

    double bytes = cost.taskBytes() + cost.denseBytes() + cost.updateBytes();
    assertThat(capacity.driverSeconds())
        .isCloseTo((30e-9 * 4 + 150e-9 * 3 + 1e-9 * bytes) / 2, within(1e-15));
  }

  @Test
  void theNetworkAddsItsTime() {
    CostModel cost = cost(1);
    double bytesOfARow = cost.roundBytes() / 2.0 + 4 + 12 * 2;

    assertThat(new Capacity(cost, 0.054, 0.5, 1e9).driverSeconds())
        .isCloseTo(0.5e-6 + bytesOfARow / 1e9, within(1e-15));
  }
}
