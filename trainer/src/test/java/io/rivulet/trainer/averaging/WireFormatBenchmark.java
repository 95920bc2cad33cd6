package io.rivulet.trainer.averaging;

import io.rivulet.trainer.BenchmarkFixtures;
import io.rivulet.trainer.HotLoopBenchmark;
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
 * What a cluster adds to a round. An operation encodes or decodes, of one worker, the task of 1,000
 * examples, 1.8 MB at E = 16, or its update with the dense parameters, 17 MB.
 */
@State(Scope.Thread)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class WireFormatBenchmark extends HotLoopBenchmark {
  private static final int EXAMPLES = 1_000;

  @Param("16")
  private int embDim;

  private WorkerTask task;
  private WorkerUpdate update;
  private byte[] taskBytes;
  private byte[] updateBytes;

  @Setup
  public void setUp() {
    LearnerSettings settings = BenchmarkFixtures.settings(TowerKind.BLAS, embDim, EXAMPLES, 1);
    WideDeepModel model = new WideDeepModel(settings);
    task =
        new WorkerTask(
            0,
            new WorkingSetBuilder(model, Admission.DYNAMIC)
                .forTraining(
                    BenchmarkFixtures.examples(EXAMPLES, 1), List.of(new Stretch(0, EXAMPLES)))
                .get(0)
                .set());
    try (LocalWorkers workers = new LocalWorkers(settings)) {
      update = workers.run(model.dense(), List.of(task)).get(0);
    }
    taskBytes = WireFormat.encode(task);
    updateBytes = WireFormat.encode(update);
  }

  @Benchmark
  public byte[] encodeTask() {
    return WireFormat.encode(task);
  }

  @Benchmark
  public WorkerTask decodeTask() {
    return WireFormat.decodeTask(taskBytes);
  }

  @Benchmark
  public byte[] encodeUpdate() {
    return WireFormat.encode(update);
  }

  @Benchmark
  public WorkerUpdate decodeUpdate() {
    return WireFormat.decodeUpdate(updateBytes);
  }
}
