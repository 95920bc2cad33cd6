package io.rivulet.trainer.model;

import io.rivulet.trainer.optim.Adam;
import io.rivulet.trainer.optim.Ftrl;
import java.io.Serializable;
import java.util.Locale;
import java.util.Objects;

/**
 * Everything that decides which bits come out of a window: recorded with each epoch of a store, so
 * that its windows can be replayed.
 *
 * @param shape the model's shape
 * @param embInit first values of embeddings
 * @param weightInit first values of tower weights
 * @param biasInit first values of tower biases
 * @param adam optimizer of tower (dense) and embeddings (lazy: touched rows only)
 * @param ftrl optimizer of the wide part
 * @param l2Coef L2 on the embedding rows that a mini-batch touches
 * @param keepProb probability that dropout keeps an input of a layer; 1 for no dropout
 * @param batchSize rows of a mini-batch
 * @param workers workers that share the rows of a round
 * @param averagingFrequency mini-batches of a worker between two merges
 * @param embeddingMerge how changes of one row by several workers are merged
 * @param tower which implementation of the tower
 * @param seed seed of all random numbers
 * @param wideInit first values of the wide part, its bias included; not written by older versions,
 *     for which it was zero
 * @param towerMerge how changes of the tower by several workers are merged; not written by older
 *     versions, for which it was mean
 * @param engine what learns; not written by older versions, for which it was sparse
 * @param maxLoss a row of a larger loss than this, in nats, isn't learned from; 0 for no bound; not
 *     written by older versions, which had none
 * @param mixedPrecision whether the factors of the tower's products are rounded to bfloat16 where
 *     the processor multiplies these; not written by older versions, for which it was false
 * @param maxRows embedding rows that there may be, those used longest ago being removed for new
 *     ones; 0 for no bound; not written by older versions, which had none
 * @param admitRate probability that a key without a row gets one in a round in which it comes; not
 *     written by older versions, for which it was 1
 * @param admitAfter times that a key comes before it gets a row; not written by older versions, for
 *     which it was 1
 */
public record LearnerSettings(
    ModelShape shape,
    Initializer embInit,
    Initializer weightInit,
    Initializer biasInit,
    Adam adam,
    Ftrl ftrl,
    float l2Coef,
    float keepProb,
    int batchSize,
    int workers,
    int averagingFrequency,
    EmbeddingMerge embeddingMerge,
    TowerKind tower,
    long seed,
    Initializer wideInit,
    TowerMerge towerMerge,
    Engine engine,
    Float maxLoss,
    Boolean mixedPrecision,
    Integer maxRows,
    Float admitRate,
    Integer admitAfter)
    implements Serializable {

  /**
   * How the changes that workers made to one embedding row are merged. But for the means, FTRL's z
   * and n, which are sums, take the sum of their changes, the wide weight follows from them, and
   * Adam's moments, which are means, become the mean over the workers that touched the row.
   */
  public enum EmbeddingMerge {
    /**
     * The embedding moves, for W workers, W times as far as the mean over those that touched the
     * row: as one worker would whose mini-batch and learning rate are W times as large (linear
     * scaling; Goyal et al., "Accurate, Large Minibatch SGD", 2017).
     */
    SCALED,
    /** The embedding's changes are added. */
    SUM,
    /** All becomes the mean over the workers that touched the row. */
    TOUCHED,
    /** All becomes the mean over all workers of the round: literal parameter averaging. */
    MEAN
  }

  /**
   * How far the tower goes from where a round began towards the mean over its workers; Adam's
   * moments become their mean.
   */
  public enum TowerMerge {
    /**
     * W times as far for W workers, as rows do, but no more than 4 times, and √k times less for k
     * mini-batches between merges; never less than to the mean. See docs/averaging.md.
     */
    SCALED,
    /** W times as far for W workers: the changes are added. */
    SUM,
    /** To the mean: literal parameter averaging. */
    MEAN;

    private static final float MOST = 4f;

    /**
     * How many times as far as to the mean.
     *
     * @param steps mini-batches since the last merge
     */
    public float reach(int workers, int steps) {
      return switch (this) {
        case SCALED -> Math.max(1f, Math.min(workers, MOST) / (float) Math.sqrt(steps));
        case SUM -> workers;
        case MEAN -> 1f;
      };
    }
  }

  /** Implementations of the tower. */
  public enum TowerKind {
    BLAS,
    ND4J
  }

  /** What learns. */
  public enum Engine {
    /** Rivulet's own: touches only the rows of a mini-batch. */
    SPARSE,
    /** Stock deeplearning4j-spark with its parameter averaging; dense gradients. */
    DL4J
  }

  /** Checks every range; messages name the setting as users know it. */
  public LearnerSettings {
    wideInit = wideInit == null ? new Initializer(Initializer.Kind.ZERO, 0f, 0f) : wideInit;
    towerMerge = towerMerge == null ? TowerMerge.MEAN : towerMerge;
    engine = engine == null ? Engine.SPARSE : engine;
    maxLoss = maxLoss == null ? 0f : maxLoss;
    mixedPrecision = mixedPrecision != null && mixedPrecision;
    maxRows = maxRows == null ? 0 : maxRows;
    admitRate = admitRate == null ? 1f : admitRate;
    admitAfter = admitAfter == null ? 1 : admitAfter;
    for (Object part :
        new Object[] {shape, embInit, weightInit, biasInit, adam, ftrl, embeddingMerge, tower}) {
      Objects.requireNonNull(part);
    }
    require(l2Coef >= 0, "l2_coef must be at least 0, not " + l2Coef);
    require(keepProb > 0 && keepProb <= 1, "keep_prob must be above 0, at most 1, not " + keepProb);
    require(batchSize >= 1, "batch_size must be at least 1, not " + batchSize);
    require(workers >= 1, "workers must be at least 1, not " + workers);
    require(
        averagingFrequency >= 1,
        "averaging_frequency must be at least 1, not " + averagingFrequency);
    require(
        tower == TowerKind.BLAS || !mixedPrecision,
        "use_mixed_precision: true needs tower: blas, not "
            + tower.name().toLowerCase(Locale.ROOT));
    require(
        admitRate > 0 && admitRate <= 1,
        "vocabulary.admit_rate must be above 0, at most 1, not " + admitRate);
    require(
        admitRate == 1 || engine == Engine.SPARSE,
        "engine dl4j has a row for every key: vocabulary.admit_rate must be 1");
    require(
        admitAfter >= 1 && admitAfter <= CountMinSketch.MOST,
        "vocabulary.admit_after must be 1 to " + CountMinSketch.MOST + ", not " + admitAfter);
    require(
        admitAfter == 1 || admitRate == 1,
        "vocabulary.admit_after above 1 needs vocabulary.admit_rate 1, not " + admitRate);
    require(
        admitAfter == 1 || engine == Engine.SPARSE,
        "engine dl4j has a row for every key: vocabulary.admit_after must be 1");
    require(maxRows >= 0, "vocabulary.max_rows must be at least 0, not " + maxRows);
    require(
        maxRows == 0 || engine == Engine.SPARSE,
        "engine dl4j can't remove rows: vocabulary.max_rows must be 0");
    require(maxLoss >= 0, "guard.max_loss must be at least 0, not " + maxLoss);
  }

  /** Whether a key that comes may have no row, but share its field's OOV row. */
  public boolean admitsLate() {
    return admitRate < 1f || admitAfter > 1;
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
