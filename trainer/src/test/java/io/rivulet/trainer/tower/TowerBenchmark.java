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
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The tower's passes. An operation is one pass over a mini-batch of {@code batch} rows of 39·E
 * floats: with P parameters, 1.3 million at E = 16 and 3.9 million at 80, about 2·P floating-point
 * operations a row forward and 4·P backward. Copying inputs and their gradients isn't part of it.
 */
@State(Scope.Thread)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class TowerBenchmark extends HotLoopBenchmark {
  /** Bfloat16 is the tower of {@code blas} with mixed precision. */
  @Param({"BLAS", "BF16", "ND4J"})
  private String tower;

  @Param({"16", "80"})
  private int embDim;

  @Param({"100", "1000"})
  private int batch;

  private TowerKernel kernel;
  private float[] logits;
  private float[] logitGradient;

  @Setup
  public void setUp() {
    boolean bf16 = tower.equals("BF16");
    LearnerSettings settings =
        BenchmarkFixtures.settings(
            bf16 ? TowerKind.BLAS : TowerKind.valueOf(tower), bf16, embDim, batch, 1);
    ModelShape shape = settings.shape();
    logits = new float[batch];
    logitGradient = Fixtures.gaussians(batch, 2);
    kernel = TowerKernel.create(settings);
    kernel.load(DenseState.initial(settings));
    kernel.putInput(0, Fixtures.gaussians(batch * shape.towerInput(), 1), batch);
    // The backward pass needs it.
    kernel.forward(batch, logits, Dropout.NONE);
  }

  @Benchmark
  public float[] forward() {
    kernel.forward(batch, logits, Dropout.NONE);
    return logits;
  }

  @Benchmark
  public void backward() {
    kernel.backward(logitGradient);
  }

  @TearDown
  public void close() {
    kernel.close();
  }
}
