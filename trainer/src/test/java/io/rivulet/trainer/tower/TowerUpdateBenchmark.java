package io.rivulet.trainer.tower;

import io.rivulet.trainer.BenchmarkFixtures;
import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.HotLoopBenchmark;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.LearnerSettings.TowerKind;
import io.rivulet.trainer.model.ModelShape;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Adam on the tower, once a mini-batch whatever its size. An operation is one step of all
 * parameters, 1.3 million at E = 16 and 3.9 million at 80: of each, 16 bytes are read and 12
 * written.
 */
@State(Scope.Thread)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class TowerUpdateBenchmark extends HotLoopBenchmark {
  private static final int BATCH = 100;

  @Param private TowerKind tower;

  @Param({"16", "80"})
  private int embDim;

  private TowerKernel kernel;
  private DenseState initial;
  private float[] logitGradient;

  @Setup
  public void setUp() {
    LearnerSettings settings = BenchmarkFixtures.settings(tower, embDim, BATCH, 1);
    ModelShape shape = settings.shape();
    initial = DenseState.initial(settings);
    logitGradient = Fixtures.gaussians(BATCH, 2);
    kernel = TowerKernel.create(settings);
    kernel.load(initial);
    kernel.putInput(0, Fixtures.gaussians(BATCH * shape.towerInput(), 1), BATCH);
    kernel.forward(BATCH, new float[BATCH], Dropout.NONE);
  }

  /** An update of ND4J overwrites the gradient; used again, it would soon be denormal numbers. */
  @Setup(Level.Invocation)
  public void computeGradient() {
    kernel.load(initial);
    kernel.backward(logitGradient);
  }

  @Benchmark
  public void update() {
    kernel.update(BenchmarkFixtures.ADAM, 1);
  }

  @TearDown
  public void close() {
    kernel.close();
  }
}
