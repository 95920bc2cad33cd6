package io.rivulet.trainer.serving;

import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.store.Epoch;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.PartitionOffset;
import io.rivulet.trainer.store.StoreException;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * Scores examples with the newest version that it knows of those that a store serves, and takes
 * newer ones over while it does. An answer is always by one version, dense and sparse parameters
 * alike: there are two models, of which one is scored with while the other is brought to the next
 * version (the left-right technique; Ramalhete and Correia, 2015). Any number of threads may score.
 */
public final class Scorer implements AutoCloseable {
  private final ModelStore store;
  private final Epoch opened;
  private final ServedModel[] models = new ServedModel[2];
  private final Deque<ServedModel.Workspace> spaces = new ConcurrentLinkedDeque<>();
  private volatile int current;
  private volatile Manifest served;

  /**
   * A scorer with the newest version that a store serves.
   *
   * @param admission of the features with which the store's newest epoch learns
   * @throws StoreException if the store has no version to serve yet, or a damaged one
   */
  public Scorer(ModelStore store, Admission admission) {
    this.store = store;
    this.served = newest();
    this.opened = store.epoch(served.epoch());
    for (int i = 0; i < models.length; i++) {
      models[i] = new ServedModel(admission);
    }
    models[current].advance(store, served);
  }

  private Manifest newest() {
    return store
        .newestPublished()
        .orElseThrow(
            () ->
                new StoreException(
                    store.newestNumber() == 0
                        ? store.location() + " has no committed version yet"
                        : "No version of "
                            + store.location()
                            + " has passed the gate yet; `store publish` lets one be served all the"
                            + " same, see gate.policy"));
  }

  /** The version that is scored with. */
  public long version() {
    return served.version();
  }

  /** How far that version has learned each partition. */
  public List<PartitionOffset> offsets() {
    return served.offsets();
  }

  /**
   * Takes the newest version that the store serves over, if it is another. Those who score
   * meanwhile do so with the version before.
   *
   * @return whether it was another
   * @throws StoreException if it can't be read, or was learned with other features or another shape
   *     than when this scorer was opened; scoring goes on with the version before
   */
  public synchronized boolean refresh() {
    Manifest newest = newest();
    if (newest.version() == served.version() && newest.epoch() == served.epoch()) {
      return false;
    }
    Epoch epoch = store.epoch(newest.epoch());
    if (!epoch.featureVersion().equals(opened.featureVersion())
        || !epoch.learner().shape().equals(opened.learner().shape())) {
      throw new StoreException(
          "Version "
              + newest.version()
              + " of "
              + store.location()
              + " has other features or another shape than version "
              + served.version()
              + ", which is scored with; start again to go on with it");
    }
    int next = 1 - current;
    models[next].advance(store, newest);
    current = next;
    served = newest;
    return true;
  }

  /** Probability of a click for each example. A key without a row counts as one just added. */
  public Scores score(ExampleBlock examples) {
    ServedModel.Workspace space = spaces.poll();
    if (space == null) {
      space = new ServedModel.Workspace(opened.learner());
    }
    try {
      Scores scores;
      do {
        // Null if this one was the current when it was looked up and isn't any more.
        scores = models[current].score(examples, space);
      } while (scores == null);
      return scores;
    } finally {
      spaces.push(space);
    }
  }

  /** Nobody may be scoring. */
  @Override
  public synchronized void close() {
    for (ServedModel model : models) {
      model.close();
    }
    spaces.forEach(ServedModel.Workspace::close);
    spaces.clear();
  }
}
