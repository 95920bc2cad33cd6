package io.rivulet.trainer.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The whole state of a learner: embedding table and dense parameters, each with optimizer state.
 *
 * <p>Wide&amp;Deep: Cheng et al., "Wide &amp; Deep Learning for Recommender Systems", DLRS 2016.
 */
public final class WideDeepModel {
  /** Keeps the wide weight's random number apart from those of the embedding, 0 to E − 1. */
  private static final long WIDE_INDEX = -1;

  private final LearnerSettings settings;
  private final EmbeddingTable table;
  private final DenseState dense;

  /** A model that has seen nothing yet. */
  public WideDeepModel(LearnerSettings settings) {
    this(settings, DenseState.initial(settings));
  }

  /** A model with the given dense parameters and an empty table. */
  public WideDeepModel(LearnerSettings settings, DenseState dense) {
    if (dense.tower.length != settings.shape().towerLayout().size()) {
      throw new IllegalArgumentException(
          dense.tower.length + " tower parameters don't make " + settings.shape());
    }
    this.settings = settings;
    this.table = new EmbeddingTable(settings.shape().rowWidth());
    this.dense = dense;
  }

  private WideDeepModel(LearnerSettings settings, EmbeddingTable table, DenseState dense) {
    this.settings = settings;
    this.table = table;
    this.dense = dense;
  }

  /** The same parameters, to be trained on with other settings. */
  public WideDeepModel with(LearnerSettings other) {
    if (!other.shape().equals(settings.shape())) {
      throw new IllegalArgumentException(other.shape() + " is not " + settings.shape());
    }
    return new WideDeepModel(other, table, dense);
  }

  /** Shape, seed and the rest. */
  public LearnerSettings settings() {
    return settings;
  }

  /** The rows by key. */
  public EmbeddingTable table() {
    return table;
  }

  /** Tower and wide bias; the learner's own object, changed by each merge. */
  public DenseState dense() {
    return dense;
  }

  /** Writes the first value of the row of {@code key} to {@code target[offset …]}. */
  public void initialRow(long key, float[] target, int offset) {
    int embDim = settings.shape().embDim();
    initialParameters(settings, key, target, offset);
    Arrays.fill(target, offset + RowLayout.moment1(embDim), offset + RowLayout.width(embDim), 0f);
  }

  /** The same without Adam's moments, which are at a row's end. */
  public static void initialParameters(
      LearnerSettings settings, long key, float[] target, int offset) {
    int embDim = settings.shape().embDim();
    target[offset + RowLayout.WIDE] =
        settings.wideInit().value(settings.seed(), key, WIDE_INDEX, 1, 1);
    target[offset + RowLayout.WIDE_Z] = 0f;
    target[offset + RowLayout.WIDE_N] = settings.ftrl().initialAccumulator();
    for (int e = 0; e < embDim; e++) {
      target[offset + RowLayout.EMBEDDING + e] =
          settings.embInit().value(settings.seed(), key, e, embDim, embDim);
    }
  }

  /**
   * SHA-256 over everything that training changes, optimizer state included. Rows enter in the
   * order of their keys, so the hash doesn't depend on how the table lies in memory; their stamps
   * too where the table has a bound.
   */
  public String sha256() {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    update(digest, dense.tower);
    update(digest, dense.moment1);
    update(digest, dense.moment2);
    update(digest, dense.wideBias);
    update(digest, dense.step);
    long[] keys = new long[table.size()];
    for (int row = 0; row < keys.length; row++) {
      keys[row] = table.key(row);
    }
    Arrays.parallelSort(keys);
    float[] row = new float[table.rowWidth()];
    for (long key : keys) {
      update(digest, key);
      int number = table.find(key);
      table.read(number, row, 0);
      update(digest, row);
      if (settings.maxRows() > 0) {
        update(digest, table.stamp(number));
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void update(MessageDigest digest, long value) {
    digest.update(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(0, value));
  }

  private static void update(MessageDigest digest, float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(1 << 13).order(ByteOrder.LITTLE_ENDIAN);
    int chunk = bytes.capacity() / Float.BYTES;
    for (int from = 0; from < values.length; from += chunk) {
      int n = Math.min(chunk, values.length - from);
      bytes.clear().limit(n * Float.BYTES);
      bytes.asFloatBuffer().put(values, from, n);
      digest.update(bytes);
    }
  }
}
