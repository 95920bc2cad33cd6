package io.rivulet.trainer.model;

import io.rivulet.trainer.optim.Adam;
import io.rivulet.trainer.optim.Ftrl;
import java.io.Serializable;

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
 * @param workers blocks that a window is cut into
 * @param averagingFrequency mini-batches of a worker between two merges
 * @param embeddingMerge how changes of one row by several workers are merged
 * @param tower which implementation of the tower
 * @param seed seed of all random numbers
 * @param wideInit first values of the wide part, its bias included; not written by older versions,
 *     for which it was zero
 * @param engine what learns; not written by older versions, for which it was sparse
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
    Engine engine)
    implements Serializable {

  /** How changes of one embedding row by several workers are merged. */
  public enum EmbeddingMerge {
    /** The row's changes are added. */
    SUM,
    /** The row becomes the mean over the workers that touched it: literal parameter averaging. */
    MEAN
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
    engine = engine == null ? Engine.SPARSE : engine;
    require(l2Coef >= 0, "l2_coef must be at least 0, not " + l2Coef);
    require(keepProb > 0 && keepProb <= 1, "keep_prob must be above 0, at most 1, not " + keepProb);
    require(batchSize >= 1, "batch_size must be at least 1, not " + batchSize);
    require(workers >= 1, "workers must be at least 1, not " + workers);
    require(
        averagingFrequency >= 1,
        "averaging_frequency must be at least 1, not " + averagingFrequency);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
