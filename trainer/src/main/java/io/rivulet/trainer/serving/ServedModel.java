package io.rivulet.trainer.serving;

import io.rivulet.trainer.model.Activation;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.EmbeddingTable;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.RowLayout;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.TowerParameters;
import io.rivulet.trainer.tower.TowerScorer;
import java.util.Arrays;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * One version's parameters without the optimizers' moments. Many threads score, or one brings it to
 * another version; never both.
 */
final class ServedModel {
  /** Rows of a matrix product: more don't make it faster. */
  private static final int BLOCK = 128;

  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private final Admission admission;
  private LearnerSettings settings;

  /** Wide weight, FTRL's z and n, embedding. */
  private EmbeddingTable table;

  private TowerScorer tower;
  private float wideBias;

  /** Null before the first version, and where the last couldn't be read. */
  private Manifest manifest;

  ServedModel(Admission admission) {
    this.admission = admission;
  }

  /** Scores of one thread at a time are made in it. */
  static final class Workspace implements AutoCloseable {
    private final TowerScorer.Workspace tower;
    private final float[] input;
    private final float[] row;

    Workspace(LearnerSettings settings) {
      tower = new TowerScorer.Workspace(settings, BLOCK);
      input = new float[Math.multiplyExact(BLOCK, settings.shape().towerInput())];
      row = new float[RowLayout.EMBEDDING + settings.shape().embDim()];
    }

    @Override
    public void close() {
      tower.close();
    }
  }

  /** Waits for those who score, then brings the parameters to a version. */
  void advance(ModelStore store, Manifest to) {
    lock.writeLock().lock();
    try {
      Manifest from = manifest;
      // Whatever fails from here on leaves parameters of no version.
      manifest = null;
      settings = store.epoch(to.epoch()).learner();
      if (from == null || !store.descends(to, from)) {
        from = null;
        table = new EmbeddingTable(RowLayout.EMBEDDING + settings.shape().embDim());
      }
      store.readRows(to, from, table);
      TowerParameters dense = store.readTower(to);
      close();
      tower = new TowerScorer(settings, dense.tower());
      wideBias = dense.wideBias();
      manifest = to;
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** Probabilities by one version, or null while this is brought to another. */
  Scores score(ExampleBlock examples, Workspace space) {
    if (!lock.readLock().tryLock()) {
      return null;
    }
    try {
      float[] scores = new float[examples.rows()];
      for (int from = 0; from < scores.length; from += BLOCK) {
        int rows = Math.min(BLOCK, scores.length - from);
        gather(examples, from, rows, space, scores);
        tower.addLogits(space.tower, space.input, rows, scores, from);
      }
      for (int r = 0; r < scores.length; r++) {
        scores[r] = Activation.sigmoid(scores[r]);
      }
      return new Scores(manifest.version(), scores);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** The tower's input, and the wide part of the logits. */
  private void gather(ExampleBlock examples, int from, int rows, Workspace space, float[] logits) {
    int embDim = settings.shape().embDim();
    int width = settings.shape().towerInput();
    int deepFields = settings.shape().deepFields();
    Arrays.fill(space.input, 0, rows * width, 0f);
    for (int r = 0; r < rows; r++) {
      float logit = wideBias;
      int end = examples.start(from + r + 1);
      for (int i = examples.start(from + r); i < end; i++) {
        float weight = examples.weights()[i];
        int field = examples.field(i);
        read(field, examples.keys()[i], space.row);
        logit += space.row[RowLayout.WIDE] * weight;
        int target = r * width + field * embDim;
        for (int e = 0; field < deepFields && e < embDim; e++) {
          space.input[target + e] += space.row[RowLayout.EMBEDDING + e] * weight;
        }
      }
      logits[from + r] = logit;
    }
  }

  private void read(int field, long exampleKey, float[] row) {
    long key = admission.admit(field, exampleKey);
    int number = table.find(key);
    if (number < 0 && settings.admitsLate()) {
      key = admission.oovKey(field);
      number = table.find(key);
    }
    if (number >= 0) {
      table.read(number, row, 0);
    } else {
      WideDeepModel.initialParameters(settings, key, row, 0);
    }
  }

  /** Frees what isn't on the heap; nobody may be scoring. */
  void close() {
    if (tower != null) {
      tower.close();
      tower = null;
    }
  }
}
