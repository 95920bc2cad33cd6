package io.rivulet.trainer.dl4j;

import io.rivulet.trainer.model.RowLayout;
import io.rivulet.trainer.optim.Ftrl;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;

/**
 * FTRL for DL4J, which asks for the change of a weight and doesn't show the weight: the state of
 * each is the weight itself, z and n, laid out as in {@link RowLayout}. A weight whose gradient is
 * zero stays as it is, so that a row that no example has touched keeps its first value.
 */
final class FtrlUpdater implements GradientUpdater<FtrlConfig> {
  /** Floats of state a weight. */
  static final int STATE_SIZE = 3;

  private static final String STATE = "WZN";

  private final FtrlConfig config;
  private final Ftrl ftrl;
  private INDArray state;

  FtrlUpdater(FtrlConfig config) {
    this.config = config;
    this.ftrl = config.ftrl();
  }

  @Override
  public FtrlConfig getConfig() {
    return config;
  }

  @Override
  public void setState(Map<String, INDArray> map, boolean initialize) {
    state = map.get(STATE);
  }

  @Override
  public Map<String, INDArray> getState() {
    return Map.of(STATE, state);
  }

  /** Initialised, it is the state of weights that are zero. */
  @Override
  public void setStateViewArray(INDArray view, long[] shape, char order, boolean initialize) {
    state = view;
    if (initialize) {
      float[] values = new float[Math.toIntExact(view.length())];
      for (int at = RowLayout.WIDE_N; at < values.length; at += STATE_SIZE) {
        values[at] = ftrl.initialAccumulator();
      }
      view.assign(Nd4j.createFromArray(values));
    }
  }

  @Override
  public void applyUpdater(INDArray gradient, int iteration, int epoch) {
    float[] change = gradient.toFloatVector();
    float[] values = state.toFloatVector();
    for (int i = 0; i < change.length; i++) {
      if (change[i] != 0f) {
        int at = STATE_SIZE * i;
        float before = values[at];
        ftrl.step(values, at, change[i]);
        change[i] = before - values[at];
        // What DL4J's subtraction makes of the weight, to the bit.
        values[at] = before - change[i];
      }
    }
    state.assign(Nd4j.createFromArray(values));
    gradient.assign(Nd4j.createFromArray(change));
  }
}
