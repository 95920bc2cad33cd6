package io.rivulet.trainer.averaging;

import io.rivulet.trainer.BenchmarkFixtures;
import io.rivulet.trainer.HotLoopBenchmark;
import io.rivulet.trainer.averaging.WorkingSetBuilder.Stretch;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.DenseState;
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
import org.openjdk.jmh.annotations.TearDown;

/**
 * A worker's task. An operation is one task of one mini-batch of {@code batch} rows of 39 entries:
 * predict, learn, and copy rows and dense parameters in and out. The latter, 16 MB at E = 16 and 47
 * MB at 80 each way, is done once a task, so with {@code averaging_frequency: 10} a tenth as often.
 */
@State(Scope.Thread)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class WorkerBenchmark extends HotLoopBenchmark {
  @Param({"16", "80"})
  private int embDim;

  @Param({"100", "1000"})
  private int batch;

  private Worker worker;
  private WorkerTask task;
  private DenseState start;
  private UpdateBuffer buffer;

  @Setup
  public void setUp() {
    LearnerSettings settings = BenchmarkFixtures.settings(TowerKind.BLAS, embDim, batch, 1);
    WideDeepModel model = new WideDeepModel(settings);
    task =
        new WorkerTask(
            0,
            new WorkingSetBuilder(model, Admission.DYNAMIC)
                .forTraining(BenchmarkFixtures.examples(batch, 1), List.of(new Stretch(0, batch)))
                .get(0)
                .set());
    start = model.dense();
    buffer = new UpdateBuffer(settings.shape());
    worker = new Worker(settings);
  }

  @Benchmark
  public WorkerUpdate train() {
    return worker.train(task, start, buffer);
  }

  @TearDown
  public void close() {
    worker.close();
  }
}
