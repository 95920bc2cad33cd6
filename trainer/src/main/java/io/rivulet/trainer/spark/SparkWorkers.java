package io.rivulet.trainer.spark;

import io.rivulet.trainer.averaging.WireFormat;
import io.rivulet.trainer.averaging.Worker;
import io.rivulet.trainer.averaging.WorkerTask;
import io.rivulet.trainer.averaging.WorkerUpdate;
import io.rivulet.trainer.averaging.Workers;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.LearnerSettings;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * Workers on Spark's executors: one job a round, one task a worker. A task carries its examples and
 * their rows; the dense parameters come by broadcast. Everything travels as the bytes of {@link
 * WireFormat}, so that no task can touch the driver's own objects, in local mode neither.
 */
public final class SparkWorkers implements Workers {
  private final JavaSparkContext spark;
  private final LearnerSettings settings;

  /** Workers for models of {@code settings}. */
  public SparkWorkers(JavaSparkContext spark, LearnerSettings settings) {
    this.spark = spark;
    this.settings = settings;
  }

  @Override
  public List<WorkerUpdate> run(DenseState dense, List<WorkerTask> tasks) {
    Broadcast<byte[]> start = spark.broadcast(WireFormat.encode(dense));
    LearnerSettings learner = settings;
    // A group of its own, lest stopping the streaming query, whose thread may have started this
    // one, cancels the round.
    spark.setJobGroup("rivulet-learn", "Learn: a round of " + tasks.size() + " workers", false);
    List<byte[]> encoded = tasks.stream().map(WireFormat::encode).toList();
    try {
      return spark
          .parallelize(encoded, encoded.size())
          .map(task -> Pool.train(learner, task, start.value()))
          .collect()
          .stream()
          .map(WireFormat::decodeUpdate)
          .toList();
    } finally {
      spark.clearJobGroup();
      start.destroy();
    }
  }

  /** Workers of this executor that no task uses at the moment, kept for their buffers. */
  private static final class Pool {
    private static final ConcurrentLinkedQueue<Pooled> IDLE = new ConcurrentLinkedQueue<>();

    private record Pooled(LearnerSettings settings, Worker worker) {}

    static byte[] train(LearnerSettings settings, byte[] task, byte[] start) {
      Pooled pooled = IDLE.poll();
      if (pooled != null && !pooled.settings.equals(settings)) {
        pooled.worker.close();
        pooled = null;
      }
      if (pooled == null) {
        pooled = new Pooled(settings, new Worker(settings));
      }
      boolean done = false;
      try {
        WorkerUpdate update =
            pooled.worker.train(WireFormat.decodeTask(task), WireFormat.decodeDense(start));
        done = true;
        return WireFormat.encode(update);
      } finally {
        if (done) {
          IDLE.add(pooled);
        } else {
          pooled.worker.close();
        }
      }
    }
  }
}
