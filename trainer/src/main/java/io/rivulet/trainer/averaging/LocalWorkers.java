package io.rivulet.trainer.averaging;

import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.LearnerSettings;
import java.util.ArrayList;
import java.util.List;

/** Runs the tasks of a round one after the other in the calling thread. */
public final class LocalWorkers implements Workers, AutoCloseable {
  private final Worker worker;

  /** Workers for models of {@code settings}. */
  public LocalWorkers(LearnerSettings settings) {
    this.worker = new Worker(settings);
  }

  @Override
  public List<WorkerUpdate> run(DenseState dense, List<WorkerTask> tasks) {
    List<WorkerUpdate> updates = new ArrayList<>();
    for (WorkerTask task : tasks) {
      updates.add(worker.train(task, dense));
    }
    return updates;
  }

  @Override
  public void close() {
    worker.close();
  }
}
