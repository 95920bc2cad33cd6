package io.rivulet.trainer.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.model.DenseState;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class WireFormatTest {
  private static final float[] ROWS = {1.5f, -2f, Float.MIN_VALUE, 4f};

  private static WorkerUpdate update() {
    DenseState dense = DenseState.initial(Fixtures.learner().build());
    dense.step = 77;
    StepTimes times = new StepTimes(1, 2, 3, 4, Long.MAX_VALUE);
    return new WorkerUpdate(3, 2, ROWS, 3, dense, new float[] {0.25f, 0.5f}, true, times);
  }

  @Test
  void anUpdateComesBackAsItWas() {
    WorkerUpdate update = update();
    WorkerUpdate back = WireFormat.decodeUpdate(WireFormat.encode(update));

    assertThat(back).usingRecursiveComparison().ignoringFields("rows").isEqualTo(update);
    assertThat(back.rows()).containsExactly(Arrays.copyOf(ROWS, update.rowFloats()));
  }

  @Test
  void aLengthBeyondTheBytesIsRefused() {
    byte[] bytes = WireFormat.encode(update());
    // Of the rows, after three numbers.
    bytes[15] = 0x7f;

    assertThatThrownBy(() -> WireFormat.decodeUpdate(bytes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("An array of ");
  }
}
