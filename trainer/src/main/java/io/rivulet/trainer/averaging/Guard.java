package io.rivulet.trainer.averaging;

import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.WideDeepModel;
import java.util.Arrays;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Finds the rows that would ruin the model. A round that ends in numbers that aren't finite, or in
 * which a row's loss is above {@link io.rivulet.trainer.model.LearnerSettings#maxLoss}, isn't
 * merged. Its rows whose loss is too large from the start are to blame; if it goes wrong without
 * them too, the rest is bisected. All follows from the model and the rows alone, so a replay leaves
 * out the same.
 */
final class Guard implements AutoCloseable {
  /** So many rows of a window may be left out, however small it is. */
  private static final int FEW = 100;

  private final WideDeepModel model;
  private final WorkingSetBuilder builder;
  private final Predicate<ExampleBlock> sound;

  /** Made when it is first needed. */
  private Worker worker;

  /**
   * A guard of {@code model}.
   *
   * @param sound whether a round of these rows leaves the model sound
   */
  Guard(WideDeepModel model, WorkingSetBuilder builder, Predicate<ExampleBlock> sound) {
    this.model = model;
    this.builder = builder;
    this.sound = sound;
  }

  /**
   * Those of a round's rows that can be learned together, ascending.
   *
   * @throws DivergedException if rows ruin the model together of which none does alone
   */
  int[] soundRows(ExampleBlock window, int from, int to) {
    int[] rows = ofSmallLoss(window, from, to);
    while (rows.length > 0 && !sound.test(window.select(rows))) {
      int[] guilty = guilty(window, rows);
      if (guilty.length == 0) {
        throw new DivergedException();
      }
      rows = without(rows, guilty);
    }
    return rows;
  }

  private int[] ofSmallLoss(ExampleBlock window, int from, int to) {
    if (worker == null) {
      worker = new Worker(model.settings());
    }
    float[] losses = worker.losses(builder.forPrediction(window, from, to), model.dense());
    return IntStream.range(from, to)
        .filter(row -> Worker.acceptable(losses[row - from], model.settings()))
        .toArray();
  }

  /** The rows that ruin a round alone, of rows that do so together. */
  private int[] guilty(ExampleBlock window, int[] rows) {
    if (rows.length == 1) {
      return rows;
    }
    int middle = rows.length / 2;
    int[][] halves = {Arrays.copyOf(rows, middle), Arrays.copyOfRange(rows, middle, rows.length)};
    return Arrays.stream(halves)
        .filter(half -> !sound.test(window.select(half)))
        .flatMapToInt(half -> Arrays.stream(guilty(window, half)))
        .toArray();
  }

  private static int[] without(int[] rows, int[] removed) {
    return Arrays.stream(rows).filter(row -> Arrays.binarySearch(removed, row) < 0).toArray();
  }

  /**
   * Checks that the rows are to blame and not the model.
   *
   * @throws DivergedException if most rows of a window were left out
   */
  void requireFew(int leftOut, int rows) {
    if (leftOut > FEW && leftOut > rows / 4 * 3) {
      throw new DivergedException();
    }
  }

  @Override
  public void close() {
    if (worker != null) {
      worker.close();
    }
  }
}
