package io.rivulet.trainer.optim;

import io.rivulet.trainer.BenchmarkFixtures;
import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.HotLoopBenchmark;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Adam on a block of parameters in the core's cache, as tower and embedding rows are updated. An
 * operation is one step of 2,048 parameters: of each, 16 bytes are read and 12 written.
 */
@State(Scope.Thread)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AdamBenchmark extends HotLoopBenchmark {
  @Param("2048")
  private int parameters;

  private final Adam adam = BenchmarkFixtures.ADAM;
  private final float stepSize = adam.stepSize(1);
  private float[] p;
  private float[] g;
  private float[] m;
  private float[] v;

  @Setup
  public void setUp() {
    p = Fixtures.gaussians(parameters, 1);
    g = Fixtures.gaussians(parameters, 2);
    m = new float[parameters];
    v = new float[parameters];
  }

  @Benchmark
  public float[] step() {
    adam.step(p, g, m, v, parameters, stepSize);
    return p;
  }
}
