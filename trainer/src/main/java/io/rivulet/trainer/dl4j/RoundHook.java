package io.rivulet.trainer.dl4j;

import io.rivulet.trainer.model.CounterRandom;
import org.apache.spark.TaskContext;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.api.TrainingHook;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Tells a worker of a round what it can't know: how many mini-batches the parameters have seen,
 * which Adam's bias corrections depend on (a worker's copy of the graph's configuration counts from
 * 0 again), and random numbers for dropout that a repeated task draws again.
 *
 * @param seed seed of the learner
 * @param step mini-batches before the round
 */
record RoundHook(long seed, int step) implements TrainingHook {

  @Override
  public void preUpdate(MultiDataSet miniBatch, Model model) {
    ComputationGraphConfiguration configuration = ((ComputationGraph) model).getConfiguration();
    int iteration = configuration.getIterationCount();
    if (iteration < step) {
      iteration += step;
      configuration.setIterationCount(iteration);
    }
    Nd4j.getRandom()
        .setSeed(CounterRandom.bits(seed, TaskContext.getPartitionId(), iteration + 1L));
  }

  @Override
  public void preUpdate(DataSet miniBatch, Model model) {
    throw new UnsupportedOperationException("The graph has several inputs");
  }

  @Override
  public void postUpdate(MultiDataSet miniBatch, Model model) {
    // Nothing to do.
  }

  @Override
  public void postUpdate(DataSet miniBatch, Model model) {
    // Nothing to do.
  }
}
