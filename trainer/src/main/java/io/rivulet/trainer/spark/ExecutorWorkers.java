package io.rivulet.trainer.spark;

import io.rivulet.trainer.averaging.RoundBuffers;
import io.rivulet.trainer.averaging.UpdateBuffer;
import io.rivulet.trainer.averaging.WireFormat;
import io.rivulet.trainer.averaging.Worker;
import io.rivulet.trainer.averaging.WorkerTask;
import io.rivulet.trainer.averaging.WorkerUpdate;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.LearnerSettings;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.spark.broadcast.Broadcast;

/**
 * What an executor keeps between tasks, for speed alone: workers with their buffers, and the dense
 * parameters that its tasks saw last.
 */
final class ExecutorWorkers {
  /** Workers that no task uses at the moment. */
  private static final ConcurrentLinkedQueue<Pooled> IDLE = new ConcurrentLinkedQueue<>();

  /** The parameters with which the tasks of the newest round begin. */
  private static volatile Known known;

  private ExecutorWorkers() {}

  private record Pooled(LearnerSettings settings, Worker worker, RoundBuffers buffers) {}

  private record Known(long hash, DenseState state) {}

  /**
   * Runs a task that came over the network.
   *
   * @param hash of the bytes of the dense parameters
   * @param start these bytes, fetched only if no task of this executor had them before
   */
  static byte[] train(LearnerSettings settings, byte[] task, long hash, Broadcast<byte[]> start) {
    DenseState dense = known(hash, start);
    Pooled pooled = take(settings);
    boolean done = false;
    try {
      WorkerUpdate update =
          pooled.worker.train(WireFormat.decodeTask(task), dense, pooled.buffers.get(0));
      byte[] encoded = WireFormat.encode(update);
      WorkerTotals.add(update);
      done = true;
      return encoded;
    } finally {
      give(pooled, done);
    }
  }

  /** Runs a task of this process. */
  static WorkerUpdate train(
      LearnerSettings settings, WorkerTask task, DenseState start, UpdateBuffer into) {
    Pooled pooled = take(settings);
    boolean done = false;
    try {
      WorkerUpdate update = pooled.worker.train(task, start, into);
      WorkerTotals.add(update);
      done = true;
      return update;
    } finally {
      give(pooled, done);
    }
  }

  /** Tasks of an executor with several cores decode them once. */
  private static DenseState known(long hash, Broadcast<byte[]> start) {
    Known last = known;
    if (last == null || last.hash != hash) {
      synchronized (ExecutorWorkers.class) {
        last = known;
        if (last == null || last.hash != hash) {
          last = new Known(hash, WireFormat.decodeDense(start.value()));
          known = last;
        }
      }
    }
    return last.state;
  }

  private static Pooled take(LearnerSettings settings) {
    Pooled pooled = IDLE.poll();
    if (pooled != null && !pooled.settings.equals(settings)) {
      pooled.worker.close();
      pooled = null;
    }
    return pooled != null
        ? pooled
        : new Pooled(settings, new Worker(settings), new RoundBuffers(settings));
  }

  private static void give(Pooled pooled, boolean done) {
    if (done) {
      IDLE.add(pooled);
    } else {
      pooled.worker.close();
    }
  }
}
