package io.rivulet.trainer.dl4j;

import io.rivulet.trainer.optim.Ftrl;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/** {@link Ftrl} as DL4J configures an updater, which it does not have itself. */
final class FtrlConfig implements IUpdater {
  private static final long serialVersionUID = 1L;

  private final float learningRate;
  private final float l1;
  private final float l2;
  private final float initialAccumulator;

  @JsonCreator
  FtrlConfig(
      @JsonProperty("learningRate") float learningRate,
      @JsonProperty("l1") float l1,
      @JsonProperty("l2") float l2,
      @JsonProperty("initialAccumulator") float initialAccumulator) {
    this.learningRate = learningRate;
    this.l1 = l1;
    this.l2 = l2;
    this.initialAccumulator = initialAccumulator;
  }

  static FtrlConfig of(Ftrl ftrl) {
    return new FtrlConfig(ftrl.learningRate(), ftrl.l1(), ftrl.l2(), ftrl.initialAccumulator());
  }

  Ftrl ftrl() {
    return new Ftrl(learningRate, l1, l2, initialAccumulator, Ftrl.Reduction.MEAN);
  }

  @Override
  public long stateSize(long parameters) {
    return FtrlUpdater.STATE_SIZE * parameters;
  }

  @Override
  public FtrlUpdater instantiate(INDArray view, boolean initialize) {
    FtrlUpdater updater = new FtrlUpdater(this);
    updater.setStateViewArray(view, view.shape(), view.ordering(), initialize);
    return updater;
  }

  @Override
  public FtrlUpdater instantiate(Map<String, INDArray> state, boolean initialize) {
    FtrlUpdater updater = new FtrlUpdater(this);
    updater.setState(state, initialize);
    return updater;
  }

  @Override
  public double getLearningRate(int iteration, int epoch) {
    return learningRate;
  }

  @Override
  public boolean hasLearningRate() {
    return true;
  }

  @Override
  public void setLrAndSchedule(double rate, ISchedule schedule) {
    throw new UnsupportedOperationException("The learning rate of FTRL is fixed");
  }

  @Override
  public FtrlConfig clone() {
    return of(ftrl());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FtrlConfig config && config.ftrl().equals(ftrl());
  }

  @Override
  public int hashCode() {
    return Objects.hash(learningRate, l1, l2, initialAccumulator);
  }
}
