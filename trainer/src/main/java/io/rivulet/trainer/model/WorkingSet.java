package io.rivulet.trainer.model;

/**
 * Examples together with the embedding rows that they touch.
 *
 * @param examples number of examples
 * @param fieldCount number of fields F
 * @param labels [examples]
 * @param index for each entry the position of its row in {@code rows}, [entries]
 * @param weights [entries]
 * @param starts as in {@link ExampleBlock}
 * @param fields as in {@link ExampleBlock}
 * @param negativeWeight as in {@link ExampleBlock}
 * @param rowCount number of distinct rows
 * @param rowWidth floats of a row
 * @param rows the rows, [rowCount × rowWidth]; what the array holds beyond means nothing
 */
public record WorkingSet(
    int examples,
    int fieldCount,
    float[] labels,
    int[] index,
    float[] weights,
    int[] starts,
    int[] fields,
    float negativeWeight,
    int rowCount,
    int rowWidth,
    float[] rows) {

  /** Floats of all rows. */
  public int rowFloats() {
    return rowCount * rowWidth;
  }

  /** First entry of example {@code example}, which may be {@link #examples()}. */
  public int start(int example) {
    return starts.length == 0 ? example * fieldCount : starts[example];
  }
}
