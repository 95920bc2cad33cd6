package io.rivulet.trainer.model;

/**
 * Examples in the order in which they are learned, as primitive arrays.
 *
 * <p>Row r has the entries {@code start(r) … start(r + 1)} of {@code keys} and {@code weights}. In
 * the usual case every field has exactly one key; then {@code starts} and {@code fields} are empty
 * and entry j of a row belongs to field j. Otherwise {@code fields} names the field of each entry,
 * and the entries of a field are pooled by weighted sum.
 *
 * @param fieldCount number of fields F
 * @param labels 0 or 1, [rows]
 * @param keys [entries]
 * @param weights [entries]
 * @param starts first entry of each row, then the number of entries; [rows + 1] or empty
 * @param fields field of each entry, [entries] or empty
 * @param negativeWeight how many rows without a click each of them stands for; above 1 where only a
 *     sample of these rows is there
 */
public record ExampleBlock(
    int fieldCount,
    float[] labels,
    long[] keys,
    float[] weights,
    int[] starts,
    int[] fields,
    float negativeWeight) {

  /** Checks that the arrays fit together. */
  public ExampleBlock {
    boolean fixed = fields.length == 0 && starts.length == 0;
    if (keys.length != weights.length
        || (fixed && keys.length != labels.length * fieldCount)
        || (!fixed && (starts.length != labels.length + 1 || fields.length != keys.length))) {
      throw new IllegalArgumentException(
          "The arrays of a block of " + labels.length + " rows don't fit together");
    }
    for (int row = 0; row < starts.length; row++) {
      if (starts[row] != (row == 0 ? 0 : Math.max(starts[row - 1], starts[row]))
          || (row == starts.length - 1 && starts[row] != keys.length)) {
        throw new IllegalArgumentException("Row starts must ascend from 0 to the last entry");
      }
    }
    for (int field : fields) {
      if (field < 0 || field >= fieldCount) {
        throw new IllegalArgumentException("No field " + field + " among " + fieldCount);
      }
    }
  }

  /** A block of all rows that there were. */
  public ExampleBlock(
      int fieldCount, float[] labels, long[] keys, float[] weights, int[] starts, int[] fields) {
    this(fieldCount, labels, keys, weights, starts, fields, 1f);
  }

  /** The same block with another weight of rows without a click. */
  public ExampleBlock withNegativeWeight(float weight) {
    return new ExampleBlock(fieldCount, labels, keys, weights, starts, fields, weight);
  }

  /** A block in which every field of a row has one key: arrays of [rows × fields]. */
  public static ExampleBlock ofOneKeyPerField(
      int fieldCount, float[] labels, long[] keys, float[] weights) {
    return new ExampleBlock(fieldCount, labels, keys, weights, new int[0], new int[0]);
  }

  /** A block of some of these rows, in the order given. */
  public ExampleBlock select(int[] rows) {
    boolean fixed = starts.length == 0;
    int[] chosenStarts = new int[fixed ? 0 : rows.length + 1];
    int entries = 0;
    for (int i = 0; i < rows.length; i++) {
      entries += start(rows[i] + 1) - start(rows[i]);
      if (!fixed) {
        chosenStarts[i + 1] = entries;
      }
    }
    float[] chosenLabels = new float[rows.length];
    long[] chosenKeys = new long[entries];
    float[] chosenWeights = new float[entries];
    int[] chosenFields = new int[fixed ? 0 : entries];
    int at = 0;
    for (int i = 0; i < rows.length; i++) {
      int first = start(rows[i]);
      int count = start(rows[i] + 1) - first;
      chosenLabels[i] = labels[rows[i]];
      System.arraycopy(keys, first, chosenKeys, at, count);
      System.arraycopy(weights, first, chosenWeights, at, count);
      if (!fixed) {
        System.arraycopy(fields, first, chosenFields, at, count);
      }
      at += count;
    }
    return new ExampleBlock(
        fieldCount,
        chosenLabels,
        chosenKeys,
        chosenWeights,
        chosenStarts,
        chosenFields,
        negativeWeight);
  }

  /** Number of rows. */
  public int rows() {
    return labels.length;
  }

  /** First entry of row {@code row}, which may be {@link #rows()}. */
  public int start(int row) {
    return starts.length == 0 ? row * fieldCount : starts[row];
  }

  /** Field of entry {@code entry}. */
  public int field(int entry) {
    return fields.length == 0 ? entry % fieldCount : fields[entry];
  }

  /** Field of an entry of row {@code row}, which is faster to tell. */
  public int field(int row, int entry) {
    return fields.length == 0 ? entry - row * fieldCount : fields[entry];
  }
}
