package io.rivulet.trainer.model;

/** Decides under which key an example's key is kept in the embedding table. */
public interface Admission {
  /** Every key gets a row. */
  Admission DYNAMIC = (field, key) -> key;

  /** The key to use for {@code key} of {@code field}: itself, or the field's OOV key. */
  long admit(int field, long key);

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
    long[] oov = oovKeys.clone();
    return (field, key) -> kept.find(key) >= 0 ? key : oov[field];
  }
}
