package io.rivulet.trainer.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.averaging.LocalWorkers;
import io.rivulet.trainer.averaging.OnlineLearner;
import io.rivulet.trainer.averaging.RoundBuffers;
import io.rivulet.trainer.averaging.UpdateBuffer;
import io.rivulet.trainer.averaging.WireFormat;
import io.rivulet.trainer.averaging.WorkerTask;
import io.rivulet.trainer.averaging.WorkerUpdate;
import io.rivulet.trainer.averaging.Workers;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.spark.broadcast.Broadcast;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A worker's task runs twice: a copy of a straggler, or again after its executor was lost. Spark
 * takes the result of one attempt; so that it doesn't matter which, all must be the same.
 */
class RepeatedTaskTest {
  private final LearnerSettings settings =
      Fixtures.learner().workers(3).averagingFrequency(2).build();

  private final ExecutorService executor = Executors.newFixedThreadPool(2);
  private long rounds;

  @AfterEach
  void stop() {
    executor.shutdown();
  }

  private String learn(Workers workers) {
    WideDeepModel model = new WideDeepModel(settings);
    OnlineLearner learner = new OnlineLearner(model, Admission.DYNAMIC, workers);
    learner.learn(Fixtures.examples(70, 20, 1));
    learner.learn(Fixtures.examples(50, 20, 2));
    return model.sha256();
  }

  private String expected() {
    try (LocalWorkers workers = new LocalWorkers(settings)) {
      return learn(workers);
    }
  }

  @Test
  void twoAttemptsAtTheSameTimeGiveTheSameBytes() {
    assertThat(learn(this::eachTwice)).isEqualTo(expected());
    assertThat(rounds).isGreaterThan(2);
  }

  /** Each task by two threads of an executor; the later attempts are those that are merged. */
  private List<WorkerUpdate> eachTwice(DenseState dense, List<WorkerTask> tasks) {
    Broadcast<byte[]> start = LocalSpark.context().broadcast(WireFormat.encode(dense));
    long hash = ++rounds;
    List<WorkerUpdate> updates = new ArrayList<>();
    for (WorkerTask task : tasks) {
      byte[] encoded = WireFormat.encode(task);
      CyclicBarrier together = new CyclicBarrier(2);
      CompletableFuture<byte[]> one = attempt(together, encoded, hash, start);
      CompletableFuture<byte[]> other = attempt(together, encoded, hash, start);
      assertThat(withoutTimes(other.join())).isEqualTo(withoutTimes(one.join()));
      updates.add(WireFormat.decodeUpdate(ExecutorWorkers.train(settings, encoded, hash, start)));
    }
    return updates;
  }

  private static byte[] withoutTimes(byte[] update) {
    return Arrays.copyOf(update, update.length - 5 * Long.BYTES);
  }

  private CompletableFuture<byte[]> attempt(
      CyclicBarrier together, byte[] task, long hash, Broadcast<byte[]> start) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            together.await();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
          return ExecutorWorkers.train(settings, task, hash, start);
        },
        executor);
  }

  /** In local mode attempts leave their update where the driver will look for it. */
  @Test
  void anAttemptAfterAnotherLeavesTheSameInItsPlace() {
    assertThat(
            learn(
                (dense, tasks) -> {
                  RoundBuffers buffers = new RoundBuffers(settings);
                  List<WorkerUpdate> updates = new ArrayList<>();
                  for (int i = 0; i < tasks.size(); i++) {
                    UpdateBuffer place = buffers.get(i);
                    ExecutorWorkers.train(settings, tasks.get(i), dense, place);
                    updates.add(ExecutorWorkers.train(settings, tasks.get(i), dense, place));
                  }
                  return updates;
                }))
        .isEqualTo(expected());
  }
}
