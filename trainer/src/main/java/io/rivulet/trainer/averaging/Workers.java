package io.rivulet.trainer.averaging;

import io.rivulet.trainer.model.DenseState;
import java.util.List;

/** Runs the tasks of a round, wherever the workers are. */
public interface Workers {
  /**
   * Runs every task from the same dense parameters, which it leaves unchanged.
   *
   * @return the updates in the order of the tasks; the next call may overwrite them
   */
  List<WorkerUpdate> run(DenseState dense, List<WorkerTask> tasks);
}
