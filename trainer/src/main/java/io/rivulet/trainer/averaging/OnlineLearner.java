package io.rivulet.trainer.averaging;

import io.rivulet.trainer.averaging.WorkingSetBuilder.Gathered;
import io.rivulet.trainer.averaging.WorkingSetBuilder.Stretch;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Set;

/**
 * Learns windows of examples, round by round: gives each worker a few mini-batches of the rows that
 * come next, lets all of them learn and merges. Owns the model. One thread at a time.
 */
public final class OnlineLearner implements Learner {
  private final WideDeepModel model;
  private final Workers workers;
  private final WorkingSetBuilder builder;
  private final ParameterAveraging averaging;
  private final Guard guard;
  private final Eviction eviction;
  private final Sightings sightings;
  private final BitSet changed = new BitSet();
  private RoundTimes times = RoundTimes.NONE;
  private boolean[] unknown = new boolean[0];

  /** A learner that goes on with {@code model}. */
  public OnlineLearner(WideDeepModel model, Admission admission, Workers workers) {
    this.model = model;
    this.workers = workers;
    this.builder = new WorkingSetBuilder(model, admission);
    this.averaging = new ParameterAveraging(model);
    this.eviction = new Eviction(model, admission);
    this.sightings = new Sightings(model, admission);
    this.guard = new Guard(model, builder, this::unmerged);
  }

  @Override
  public WideDeepModel model() {
    return model;
  }

  @Override
  public float[] learn(ExampleBlock window) {
    if (sightings.active()) {
      Set<Long> admitted = sightings.count(window);
      eviction.makeRoom(window, admitted.size(), changed);
      sightings.add(admitted, changed);
    } else {
      eviction.makeRoom(window, window.keys().length, changed);
    }
    unknown = new boolean[window.keys().length];
    float[] predictions = new float[window.rows()];
    int leftOut = 0;
    for (int from = 0; from < window.rows(); ) {
      List<Stretch> stretches = nextRound(window.rows(), from);
      int to = stretches.get(stretches.size() - 1).to();
      if (!round(window, stretches, predictions, unknown)) {
        leftOut += roundOfSoundRows(window, from, to, predictions);
      }
      from = to;
    }
    guard.requireFew(leftOut, window.rows());
    return predictions;
  }

  /** Learns a round without the rows that ruin it; returns how many these are. */
  private int roundOfSoundRows(ExampleBlock window, int from, int to, float[] predictions) {
    int[] rows = guard.soundRows(window, from, to);
    ExampleBlock block = window.select(rows);
    float[] predicted = new float[rows.length];
    boolean[] met = new boolean[block.keys().length]; // All keys have their rows by now.
    if (rows.length > 0 && !round(block, nextRound(rows.length, 0), predicted, met)) {
      throw new DivergedException();
    }
    Arrays.fill(predictions, from, to, Float.NaN);
    for (int i = 0; i < rows.length; i++) {
      predictions[rows[i]] = predicted[i];
    }
    return to - from - rows.length;
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

  /** Whether a round of these rows leaves the model sound; nothing is merged. */
  private boolean unmerged(ExampleBlock rows) {
    return workers
        .run(model.dense(), tasks(builder.forTraining(rows, nextRound(rows.rows(), 0))))
        .stream()
        .allMatch(WorkerUpdate::sound);
  }

  private List<WorkerTask> tasks(List<Gathered> gathered) {
    List<WorkerTask> tasks = new ArrayList<>();
    int now = eviction.now();
    for (int i = 0; i < gathered.size(); i++) {
      tasks.add(new WorkerTask(i, gathered.get(i).set()));
      for (int row : gathered.get(i).tableRows()) {
        changed.set(row);
        if (model.settings().maxRows() > 0) {
          model.table().stamp(row, now);
        }
      }
    }
    return tasks;
  }

  /** Learns a round and merges it, unless that would ruin the model: then returns false. */
  private boolean round(
      ExampleBlock window, List<Stretch> stretches, float[] predictions, boolean[] unknown) {
    long start = System.nanoTime();
    List<Gathered> gathered = builder.forTraining(window, stretches, unknown);
    List<WorkerTask> tasks = tasks(gathered);
    long gatheredAt = System.nanoTime();
    List<WorkerUpdate> updates = workers.run(model.dense(), tasks);
    long learnedAt = System.nanoTime();
    if (!updates.stream().allMatch(WorkerUpdate::sound)) {
      return false;
    }
    for (int i = 0; i < updates.size(); i++) {
      float[] p = updates.get(i).predictions();
      System.arraycopy(p, 0, predictions, stretches.get(i).from(), p.length);
    }
    averaging.merge(gathered, updates);
    times =
        times.plus(
            new RoundTimes(
                gatheredAt - start,
                learnedAt - gatheredAt,
                System.nanoTime() - learnedAt,
                updates.stream().map(WorkerUpdate::times).reduce(StepTimes.NONE, StepTimes::plus)));
    return true;
  }

  @Override
  public boolean[] unknown() {
    return unknown;
  }

  @Override
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
  public long[] takeEvictedKeys() {
    return eviction.take();
  }

  @Override
  public void close() {
    guard.close();
  }
}
