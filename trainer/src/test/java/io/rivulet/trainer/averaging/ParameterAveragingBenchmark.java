package io.rivulet.trainer.averaging;

import io.rivulet.trainer.BenchmarkFixtures;
import io.rivulet.trainer.HotLoopBenchmark;
import io.rivulet.trainer.averaging.WorkingSetBuilder.Gathered;
import io.rivulet.trainer.averaging.WorkingSetBuilder.Stretch;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.LearnerSettings.TowerKind;
import io.rivulet.trainer.model.WideDeepModel;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The driver's part of a round after the workers. An operation merges the updates of two workers,
 * on all cores: of each, about 7,300 rows of 204 bytes at E = 16 and 972 at 80, as 1,000 examples
 * touch, and dense parameters with moments, 16 MB at E = 16 and 47 MB at 80.
 */
@State(Scope.Thread)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ParameterAveragingBenchmark extends HotLoopBenchmark {
  private static final int STRETCH = 1_000;

  @Param({"16", "80"})
  private int embDim;

  private WideDeepModel model;
  private ParameterAveraging averaging;
  private List<Gathered> gathered;
  private List<WorkerUpdate> updates;

  @Setup
  public void setUp() {
    LearnerSettings settings = BenchmarkFixtures.settings(TowerKind.BLAS, embDim, STRETCH, 2);
    model = BenchmarkFixtures.model(settings);
    averaging = new ParameterAveraging(model);
    gathered =
        new WorkingSetBuilder(model, Admission.DYNAMIC)
            .forTraining(
                BenchmarkFixtures.examples(2 * STRETCH, 1),
                List.of(new Stretch(0, STRETCH), new Stretch(STRETCH, 2 * STRETCH)));
    List<WorkerTask> tasks =
        List.of(new WorkerTask(0, gathered.get(0).set()), new WorkerTask(1, gathered.get(1).set()));
    try (LocalWorkers workers = new LocalWorkers(settings)) {
      updates = workers.run(model.dense(), tasks);
    }
  }

  @Benchmark
  public void merge() {
    // The updates stand for one step from here; merged again, they would stand for none.
    model.dense().step = 0;
    averaging.merge(gathered, updates);
  }
}
