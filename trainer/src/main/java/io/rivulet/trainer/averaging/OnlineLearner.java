package io.rivulet.trainer.averaging;

import io.rivulet.trainer.averaging.WorkingSetBuilder.Gathered;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Learns windows of examples: cuts a window into one block a worker, lets the workers learn a few
 * mini-batches of their blocks, merges, and so on to the end of the window. Owns the model. One
 * thread at a time.
 */
public final class OnlineLearner implements Learner {
  private final WideDeepModel model;
  private final Workers workers;
  private final WorkingSetBuilder builder;
  private final ParameterAveraging averaging;
  private final BitSet changed = new BitSet();

  /** A learner that goes on with {@code model}. */
  public OnlineLearner(WideDeepModel model, Admission admission, Workers workers) {
    this.model = model;
    this.workers = workers;
    this.builder = new WorkingSetBuilder(model, admission);
    this.averaging = new ParameterAveraging(model);
  }

  @Override
  public WideDeepModel model() {
    return model;
  }

  @Override
  public float[] learn(ExampleBlock window) {
    LearnerSettings settings = model.settings();
    int workerCount = settings.workers();
    long perRound = (long) settings.batchSize() * settings.averagingFrequency();
    float[] predictions = new float[window.rows()];
    int[] next = new int[workerCount];
    for (int w = 0; w < workerCount; w++) {
      next[w] = blockStart(window, w);
    }
    while (true) {
      List<WorkerTask> tasks = new ArrayList<>();
      List<Gathered> gathered = new ArrayList<>();
      List<Integer> starts = new ArrayList<>();
      for (int w = 0; w < workerCount; w++) {
        int end = (int) Math.min(blockStart(window, w + 1), next[w] + perRound);
        if (next[w] < end) {
          Gathered g = builder.forTraining(window, next[w], end);
          gathered.add(g);
          tasks.add(new WorkerTask(w, g.set()));
          starts.add(next[w]);
          next[w] = end;
          Arrays.stream(g.tableRows()).forEach(changed::set);
        }
      }
      if (tasks.isEmpty()) {
        return predictions;
      }
      List<WorkerUpdate> updates = workers.run(model.dense(), tasks);
      for (int i = 0; i < updates.size(); i++) {
        float[] p = updates.get(i).predictions();
        System.arraycopy(p, 0, predictions, starts.get(i), p.length);
      }
      averaging.merge(gathered, updates);
    }
  }

  @Override
  public int tableRows() {
    return model.table().size();
  }

  private int blockStart(ExampleBlock window, int worker) {
    return (int) ((long) window.rows() * worker / model.settings().workers());
  }

  @Override
  public int[] takeChangedRows() {
    int[] rows = changed.stream().toArray();
    changed.clear();
    return rows;
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
