package io.rivulet.trainer.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.averaging.LocalWorkers;
import io.rivulet.trainer.averaging.OnlineLearner;
import io.rivulet.trainer.averaging.WorkerUpdate;
import io.rivulet.trainer.averaging.Workers;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SparkWorkersTest {
  private final LearnerSettings settings =
      Fixtures.learner().workers(3).averagingFrequency(2).build();
  private final WideDeepModel model = new WideDeepModel(settings);

  /** Predictions for two windows, learned one after the other. */
  private static List<float[]> learn(WideDeepModel model, Workers workers) {
    OnlineLearner learner = new OnlineLearner(model, Admission.DYNAMIC, workers);
    List<float[]> predictions = new ArrayList<>();
    predictions.add(learner.learn(Fixtures.examples(70, 20, 1)));
    predictions.add(learner.learn(Fixtures.examples(50, 20, 2)));
    return predictions;
  }

  @Test
  void executorsLearnTheSameBitsAsTheDriverAlone() {
    WideDeepModel expected = new WideDeepModel(settings);
    List<float[]> local;
    try (LocalWorkers workers = new LocalWorkers(settings)) {
      local = learn(expected, workers);
    }
    List<float[]> distributed = learn(model, new SparkWorkers(LocalSpark.context(), settings));

    assertThat(model.sha256()).isEqualTo(expected.sha256());
    assertThat(distributed.get(0)).isEqualTo(local.get(0));
    assertThat(distributed.get(1)).isEqualTo(local.get(1));
  }

  @Test
  void theDriversDenseParametersStayAsTheyAreWhileWorkersLearn() {
    SparkWorkers workers = new SparkWorkers(LocalSpark.context(), settings);
    List<WorkerUpdate> all = new ArrayList<>();
    learn(
        model,
        (dense, tasks) -> {
          DenseState before = dense.copy();
          List<WorkerUpdate> updates = workers.run(dense, tasks);
          assertThat(dense).usingRecursiveComparison().isEqualTo(before);
          all.addAll(updates);
          return updates;
        });

    assertThat(all).isNotEmpty();
  }

  @Test
  void updatesComeInTheOrderOfTheTasks() {
    SparkWorkers workers = new SparkWorkers(LocalSpark.context(), settings);
    learn(
        model,
        (dense, tasks) -> {
          List<WorkerUpdate> updates = workers.run(dense, tasks);
          for (int i = 0; i < tasks.size(); i++) {
            assertThat(updates.get(i).worker()).isEqualTo(tasks.get(i).worker());
            assertThat(updates.get(i).examples()).isEqualTo(tasks.get(i).workingSet().examples());
          }
          return updates;
        });

    assertThat(model.table().size()).isPositive();
  }
}
