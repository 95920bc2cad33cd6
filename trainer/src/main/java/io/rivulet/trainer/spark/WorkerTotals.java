package io.rivulet.trainer.spark;

import io.rivulet.trainer.averaging.StepTimes;
import io.rivulet.trainer.averaging.WorkerUpdate;

/**
 * What the workers in one process, an executor for instance, have done since it started; with what
 * isn't merged, since it is repeated or would ruin the model.
 *
 * @param tasks that they finished
 * @param examples that they learned in these
 * @param times where their time went, all together
 */
public record WorkerTotals(long tasks, long examples, StepTimes times) {
  private static WorkerTotals here = new WorkerTotals(0, 0, StepTimes.NONE);

  /** Those of this process. */
  public static synchronized WorkerTotals here() {
    return here;
  }

  static synchronized void add(WorkerUpdate update) {
    here =
        new WorkerTotals(
            here.tasks + 1, here.examples + update.examples(), here.times.plus(update.times()));
  }
}
