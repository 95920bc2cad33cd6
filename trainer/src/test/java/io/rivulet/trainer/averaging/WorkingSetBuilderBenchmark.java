package io.rivulet.trainer.averaging;

import io.rivulet.trainer.BenchmarkFixtures;
import io.rivulet.trainer.HotLoopBenchmark;
import io.rivulet.trainer.averaging.WorkingSetBuilder.Gathered;
import io.rivulet.trainer.averaging.WorkingSetBuilder.Stretch;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings.TowerKind;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The driver's part of a round before the workers: finding distinct keys and copying their rows. An
 * operation is a round of two workers with 1,000 examples of 39 entries each, on two cores where
 * there are two: about 7,300 rows each, of 204 bytes at E = 16 and 972 at 80, out of 200,000. The
 * next operation has other examples; all keys have rows before.
 */
@State(Scope.Thread)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class WorkingSetBuilderBenchmark extends HotLoopBenchmark {
  private static final int STRETCH = 1_000;
  private static final int ROUNDS = 20;

  @Param({"16", "80"})
  private int embDim;

  private ExampleBlock window;
  private WorkingSetBuilder builder;
  private int round;

  @Setup
  public void setUp() {
    window = BenchmarkFixtures.examples(ROUNDS * 2 * STRETCH, 1);
    builder =
        new WorkingSetBuilder(
            BenchmarkFixtures.model(BenchmarkFixtures.settings(TowerKind.BLAS, embDim, STRETCH, 2)),
            Admission.DYNAMIC);
  }

  @Benchmark
  public List<Gathered> forTraining() {
    int from = round * 2 * STRETCH;
    round = (round + 1) % ROUNDS;
    return builder.forTraining(
        window,
        List.of(
            new Stretch(from, from + STRETCH), new Stretch(from + STRETCH, from + 2 * STRETCH)));
  }
}
