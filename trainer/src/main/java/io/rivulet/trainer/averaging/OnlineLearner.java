package io.rivulet.trainer.averaging;

import io.rivulet.trainer.averaging.WorkingSetBuilder.Gathered;
import io.rivulet.trainer.averaging.WorkingSetBuilder.Stretch;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Learns windows of examples, round by round: gives each worker a few mini-batches of the rows that
 * come next, lets all of them learn and merges. Owns the model. One thread at a time.
 */
public final class OnlineLearner implements Learner {
  private final WideDeepModel model;
  private final Workers workers;
  private final WorkingSetBuilder builder;
  private final ParameterAveraging averaging;
  private final BitSet changed = new BitSet();
  private RoundTimes times = new RoundTimes(0, 0, 0);

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
    float[] predictions = new float[window.rows()];
    for (int from = 0; from < window.rows(); ) {
      List<Stretch> stretches = nextRound(window.rows(), from);
      round(window, stretches, predictions);
      from = stretches.get(stretches.size() - 1).to();
    }
    return predictions;
  }

  /**
   * The next rows of the window, as many as the workers learn between two merges, one stretch a
   * worker: so a row is predicted by a model that misses no more than the rows of its own round.
   * What is left at the end of a window is shared evenly, but nobody gets less than a mini-batch.
   */
  private List<Stretch> nextRound(int rows, int from) {
    LearnerSettings settings = model.settings();
    int left = rows - from;
    long even = (left + settings.workers() - 1L) / settings.workers();
    long most = (long) settings.batchSize() * settings.averagingFrequency();
    long share = Math.min(most, Math.max(even, settings.batchSize()));
    List<Stretch> stretches = new ArrayList<>();
    for (int w = 0; w < settings.workers() && from < rows; w++) {
      int to = (int) Math.min(rows, from + share);
      stretches.add(new Stretch(from, to));
      from = to;
    }
    return stretches;
  }

  private void round(ExampleBlock window, List<Stretch> stretches, float[] predictions) {
    long start = System.nanoTime();
    List<Gathered> gathered = builder.forTraining(window, stretches);
    List<WorkerTask> tasks = new ArrayList<>();
    for (int i = 0; i < gathered.size(); i++) {
      tasks.add(new WorkerTask(i, gathered.get(i).set()));
      for (int row : gathered.get(i).tableRows()) {
        changed.set(row);
      }
    }
    long gatheredAt = System.nanoTime();
    List<WorkerUpdate> updates = workers.run(model.dense(), tasks);
    long learnedAt = System.nanoTime();
    for (int i = 0; i < updates.size(); i++) {
      float[] p = updates.get(i).predictions();
      System.arraycopy(p, 0, predictions, stretches.get(i).from(), p.length);
    }
    averaging.merge(gathered, updates);
    times =
        new RoundTimes(
            times.gather() + gatheredAt - start,
            times.workers() + learnedAt - gatheredAt,
            times.merge() + System.nanoTime() - learnedAt);
  }

  /** Where the time of {@link #learn} went since this learner was made. */
  public RoundTimes times() {
    return times;
  }

  @Override
  public int tableRows() {
    return model.table().size();
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
