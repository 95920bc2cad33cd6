package io.rivulet.app.bench;

import io.rivulet.trainer.averaging.OnlineLearner;
import io.rivulet.trainer.averaging.RoundTimes;
import io.rivulet.trainer.averaging.StepTimes;
import io.rivulet.trainer.model.ExampleBlock;
import java.util.List;

/**
 * One measurement of a contender, and of Rivulet's learner where the time went.
 *
 * @param rate rows a second, or GFLOP/s
 * @param gather share of the workers' time
 * @param forward share of the workers' time
 * @param backward share of the workers' time
 * @param towerOptimizer share of the workers' time
 * @param sparseOptimizer share of the workers' time
 * @param driverGather share of all time
 * @param merge share of all time
 */
record KernelSample(
    double rate,
    double gather,
    double forward,
    double backward,
    double towerOptimizer,
    double sparseOptimizer,
    double driverGather,
    double merge) {

  /** A contender that tells its rate alone. */
  static KernelSample of(double rate) {
    return new KernelSample(rate, 0, 0, 0, 0, 0, 0, 0);
  }

  /** Lets a learner learn the windows. */
  static KernelSample measure(OnlineLearner learner, List<ExampleBlock> windows) {
    RoundTimes before = learner.times();
    long start = System.nanoTime();
    long rows = 0;
    for (ExampleBlock window : windows) {
      rows += learner.learn(window).length;
    }
    double wall = System.nanoTime() - start;
    RoundTimes rounds = learner.times().minus(before);
    StepTimes steps = rounds.steps();
    double workerTime = (double) rounds.workers() * learner.model().settings().workers();
    return new KernelSample(
        rows * 1e9 / wall,
        steps.gather() / workerTime,
        steps.forward() / workerTime,
        steps.backward() / workerTime,
        steps.towerOptimizer() / workerTime,
        steps.sparseOptimizer() / workerTime,
        rounds.gather() / wall,
        rounds.merge() / wall);
  }
}
