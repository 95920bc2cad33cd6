package io.rivulet.trainer.averaging;

import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.LearnerSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs the tasks of a round at the same time, each worker in a thread of this process. */
public final class ThreadedWorkers implements Workers, AutoCloseable {
  private final LearnerSettings settings;
  private final List<Worker> workers = new ArrayList<>();
  private final RoundBuffers buffers;
  private final ExecutorService threads;

  /** Workers for models of {@code settings}, as many as these say. */
  public ThreadedWorkers(LearnerSettings settings) {
    this.settings = settings;
    this.buffers = new RoundBuffers(settings);
    this.threads =
        Executors.newFixedThreadPool(
            settings.workers(),
            task -> {
              Thread thread = new Thread(task, "rivulet-worker");
              thread.setDaemon(true);
              return thread;
            });
  }

  @Override
  public List<WorkerUpdate> run(DenseState dense, List<WorkerTask> tasks) {
    while (workers.size() < tasks.size()) {
      workers.add(new Worker(settings));
    }
    List<Future<WorkerUpdate>> running = new ArrayList<>();
    for (int i = 0; i < tasks.size(); i++) {
      Worker worker = workers.get(i);
      WorkerTask task = tasks.get(i);
      UpdateBuffer into = buffers.get(i);
      running.add(threads.submit(() -> worker.train(task, dense, into)));
    }
    List<WorkerUpdate> updates = new ArrayList<>();
    try {
      for (Future<WorkerUpdate> update : running) {
        updates.add(update.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while workers learned", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
    return updates;
  }

  @Override
  public void close() {
    threads.shutdownNow();
    workers.forEach(Worker::close);
  }
}
