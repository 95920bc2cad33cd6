package io.rivulet.trainer.tower;

import io.rivulet.trainer.BenchmarkFixtures;
import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.HotLoopBenchmark;
import io.rivulet.trainer.model.LearnerSettings.TowerKind;
import io.rivulet.trainer.model.TowerLayout;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.FloatPointer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The matrix products of the tower's first layer alone. An operation is one product, 2 · batch ·
 * 39·E · 1024 floating-point operations.
 */
@State(Scope.Thread)
@Warmup(iterations = 1, time = 1)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SgemmBenchmark extends HotLoopBenchmark {
  /** The name of a {@link Sgemm}, which what JMH generates can't see. */
  @Param("ONE_DNN")
  private String sgemm;

  @Param({"16", "80"})
  private int embDim;

  @Param({"100", "1000"})
  private int batch;

  private Sgemm products;
  private int in;
  private int out;
  private FloatPointer input;
  private FloatPointer weights;
  private FloatPointer output;
  private FloatPointer weightGradient;
  private FloatPointer inputGradient;

  @Setup
  public void setUp() {
    TowerLayout layout =
        BenchmarkFixtures.settings(TowerKind.BLAS, embDim, batch, 1).shape().towerLayout();
    in = layout.in(0);
    out = layout.out(0);
    input = new FloatPointer(Fixtures.gaussians(batch * in, 1));
    weights = new FloatPointer(Fixtures.gaussians(in * out, 2));
    output = new FloatPointer(Fixtures.gaussians(batch * out, 3));
    weightGradient = new FloatPointer((long) in * out);
    inputGradient = new FloatPointer((long) batch * in);
    products = Sgemm.valueOf(sgemm);
    products.oneThread();
  }

  /** Input · weights. */
  @Benchmark
  public void forward() {
    products.multiply(false, false, batch, out, in, input, weights, output);
  }

  /** Transposed input · derivative by the output. */
  @Benchmark
  public void byWeights() {
    products.multiply(true, false, in, out, batch, input, output, weightGradient);
  }

  /** Derivative by the output · transposed weights. */
  @Benchmark
  public void byInput() {
    products.multiply(false, true, batch, in, out, output, weights, inputGradient);
  }

  @TearDown
  public void close() {
    input.close();
    weights.close();
    output.close();
    weightGradient.close();
    inputGradient.close();
  }
}
