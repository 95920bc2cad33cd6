package io.rivulet.trainer.averaging;

import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.LearnerSettings;
import java.util.ArrayList;
import java.util.List;

/** Runs the tasks of a round one after the other in the calling thread. */
public final class LocalWorkers implements Workers, AutoCloseable {
  private final Worker worker;
  private final RoundBuffers buffers;

  /** Workers for models of {@code settings}. */
  public LocalWorkers(LearnerSettings settings) {
    this.worker = new Worker(settings);
    this.buffers = new RoundBuffers(settings);
  }

  @Override
  public List<WorkerUpdate> run(DenseState dense, List<WorkerTask> tasks) {
    List<WorkerUpdate> updates = new ArrayList<>();
    for (int i = 0; i < tasks.size(); i++) {
      updates.add(worker.train(tasks.get(i), dense, buffers.get(i)));
    }
    return updates;
  }

  @Override
  public void close() {
    worker.close();
  }
}
