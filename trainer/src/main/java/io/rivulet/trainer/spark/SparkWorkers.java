package io.rivulet.trainer.spark;

import io.rivulet.trainer.averaging.RoundBuffers;
import io.rivulet.trainer.averaging.UpdateBuffer;
import io.rivulet.trainer.averaging.WireFormat;
import io.rivulet.trainer.averaging.WorkerTask;
import io.rivulet.trainer.averaging.WorkerUpdate;
import io.rivulet.trainer.averaging.Workers;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.LearnerSettings;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.catalyst.expressions.XXH64;
import org.apache.spark.unsafe.Platform;

/**
 * Workers on Spark's executors: one job a round, one task a worker. A task carries its examples and
 * their rows; the dense parameters come by broadcast, unless the executor has them already. All
 * that travels does so as the bytes of {@link WireFormat}. In local mode nothing travels: the tasks
 * find the round's objects where the driver left them, and leave theirs.
 */
public final class SparkWorkers implements Workers {
  private static final long HASH_SEED = 42;

  private final JavaSparkContext spark;
  private final LearnerSettings settings;
  private final RoundBuffers buffers;

  /** Workers for models of {@code settings}. */
  public SparkWorkers(JavaSparkContext spark, LearnerSettings settings) {
    this.spark = spark;
    this.settings = settings;
    this.buffers = new RoundBuffers(settings);
  }

  @Override
  public List<WorkerUpdate> run(DenseState dense, List<WorkerTask> tasks) {
    // A group of its own, lest stopping the streaming query, whose thread may have started this
    // one, cancels the round.
    spark.setJobGroup("rivulet-learn", "Learn: a round of " + tasks.size() + " workers", false);
    try {
      return spark.isLocal() ? runHere(dense, tasks) : runOnExecutors(dense, tasks);
    } finally {
      spark.clearJobGroup();
    }
  }

  private List<WorkerUpdate> runOnExecutors(DenseState dense, List<WorkerTask> tasks) {
    byte[] encodedDense = WireFormat.encode(dense);
    long hash =
        XXH64.hashUnsafeBytes(
            encodedDense, Platform.BYTE_ARRAY_OFFSET, encodedDense.length, HASH_SEED);
    Broadcast<byte[]> start = spark.broadcast(encodedDense);
    LearnerSettings learner = settings;
    List<byte[]> encoded = tasks.parallelStream().map(WireFormat::encode).toList();
    try {
      return spark
          .parallelize(encoded, encoded.size())
          .map(task -> ExecutorWorkers.train(learner, task, hash, start))
          .collect()
          .parallelStream()
          .map(WireFormat::decodeUpdate)
          .toList();
    } finally {
      start.destroy();
    }
  }

  private List<WorkerUpdate> runHere(DenseState dense, List<WorkerTask> tasks) {
    AtomicReferenceArray<WorkerUpdate> updates = new AtomicReferenceArray<>(tasks.size());
    List<UpdateBuffer> into = IntStream.range(0, tasks.size()).mapToObj(buffers::get).toList();
    List<Integer> numbers = IntStream.range(0, tasks.size()).boxed().toList();
    LocalJobs.run(
        spark.sc(),
        spark.parallelize(numbers, numbers.size()).rdd(),
        (i, number) ->
            updates.set(i, ExecutorWorkers.train(settings, tasks.get(i), dense, into.get(i))));
    return IntStream.range(0, tasks.size()).mapToObj(updates::get).toList();
  }
}
