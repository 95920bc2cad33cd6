package io.rivulet.trainer.model;

import java.util.function.LongPredicate;
import java.util.function.LongSupplier;

/** Decides under which key an example's key is kept in the embedding table. */
public interface Admission {
  /** Every key gets a row. */
  Admission DYNAMIC = (field, key) -> key;

  /** The key to use for {@code key} of {@code field}: itself, or the field's OOV key. */
  long admit(int field, long key);

  /**
   * The key that stands for all keys of a field that have no row of their own.
   *
   * @throws UnsupportedOperationException if all may have one
   */
  default long oovKey(int field) {
    throw new UnsupportedOperationException("No OOV keys are known");
  }

  /**
   * Every key may get a row.
   *
   * @param oovKeys the key that stands for those of a field that have none yet, [fields]
   */
  static Admission dynamic(long[] oovKeys) {
    return new ByOovKeys(oovKeys.clone(), key -> true);
  }

  /**
   * Only the keys of a vocabulary get rows of their own.
   *
   * @param vocabulary the keys that are kept
   * @param oovKeys the key that stands for all others of a field, [fields]
   */
  static Admission frozen(long[] vocabulary, long[] oovKeys) {
    EmbeddingTable kept = new EmbeddingTable(1);
    for (long key : vocabulary) {
      if (kept.find(key) < 0) {
        kept.add(key);
      }
    }
    return new ByOovKeys(oovKeys.clone(), key -> kept.find(key) >= 0);
  }

  /** Keys that pass a test, and the OOV keys for the others. */
  record ByOovKeys(long[] oovKeys, LongPredicate admits) implements Admission {
    @Override
    public long admit(int field, long key) {
      return admits.test(key) ? key : oovKeys[field];
    }

    @Override
    public long oovKey(int field) {
      return oovKeys[field];
    }
  }

  /**
   * Keys that have a row in a table, and of the others a share.
   *
   * @param by decides before this does
   * @param rate which share: whether a key is in it follows from {@code draw} and the key
   */
  static Admission toTable(
      Admission by, EmbeddingTable table, double rate, long seed, LongSupplier draw) {
    return (field, key) -> {
      long admitted = by.admit(field, key);
      long oov = by.oovKey(field);
      return admitted == oov
              || table.find(admitted) >= 0
              || (rate > 0 && CounterRandom.uniform(seed, admitted, draw.getAsLong()) < rate)
          ? admitted
          : oov;
    };
  }
}
