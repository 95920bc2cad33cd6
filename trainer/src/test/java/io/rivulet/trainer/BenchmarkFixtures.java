package io.rivulet.trainer;

import io.rivulet.trainer.model.Activation;
import io.rivulet.trainer.model.CounterRandom;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.Initializer;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.LearnerSettings.TowerKind;
import io.rivulet.trainer.model.ModelShape;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.optim.Adam;
import io.rivulet.trainer.optim.Ftrl;
import java.util.List;

/** Models of the default size, 39 fields × E → 1024 → 512 → 256 → 128 → 1, and made-up clicks. */
public final class BenchmarkFixtures {
  /** Keys with rows in the table of {@link #model}. */
  public static final int KEYS = 200_000;

  /** Adam as the default settings have it. */
  public static final Adam ADAM = new Adam(3.5e-4f, 0.9f, 0.999f, 1e-8f);

  private static final int FIELDS = 39;
  private static final int DENSE_FIELDS = 13;
  private static final int CATEGORIES = (KEYS - DENSE_FIELDS) / (FIELDS - DENSE_FIELDS);
  private static final double CLICK_SHARE = 0.25;

  private BenchmarkFixtures() {}

  /** The default settings, but with a merge after each mini-batch. */
  public static LearnerSettings settings(TowerKind tower, int embDim, int batch, int workers) {
    return settings(tower, false, embDim, batch, workers);
  }

  /** The same with factors of products in bfloat16, or not. */
  public static LearnerSettings settings(
      TowerKind tower, boolean mixedPrecision, int embDim, int batch, int workers) {
    Initializer zero = new Initializer(Initializer.Kind.ZERO, 0f, 0f);
    Initializer fanIn = new Initializer(Initializer.Kind.FAN_IN_UNIFORM, 0f, 0f);
    return new LearnerSettings(
        new ModelShape(FIELDS, embDim, List.of(1024, 512, 256, 128), Activation.RELU),
        new Initializer(Initializer.Kind.NORMAL, 0f, 0f),
        fanIn,
        fanIn,
        ADAM,
        new Ftrl(5e-2f, 1e-8f, 1e-8f, 1f, Ftrl.Reduction.SUM),
        0f,
        1f,
        batch,
        workers,
        1,
        LearnerSettings.EmbeddingMerge.SCALED,
        tower,
        1,
        zero,
        LearnerSettings.TowerMerge.SCALED,
        LearnerSettings.Engine.SPARSE,
        0f,
        mixedPrecision,
        0,
        1f,
        1);
  }

  /** A model with rows for the keys 0 to {@link #KEYS} − 1. */
  public static WideDeepModel model(LearnerSettings settings) {
    WideDeepModel model = new WideDeepModel(settings);
    float[] row = new float[model.table().rowWidth()];
    // The same for all: normal deviates for each would take longer than what is measured.
    model.initialRow(0, row, 0);
    for (int key = 0; key < KEYS; key++) {
      model.table().write(model.table().add(key), row, 0);
    }
    return model;
  }

  /**
   * Clicks in Criteo's form: 13 dense fields with a key each, and 26 categories. How often each
   * category occurs follows Zipf's law with exponent 4/3, so that the number of distinct keys grows
   * as in Criteo's clicks, with the power 3/4 of the rows; 1,000 rows have 7,300 or so.
   */
  public static ExampleBlock examples(int rows, long seed) {
    float[] labels = new float[rows];
    long[] keys = new long[rows * FIELDS];
    float[] weights = new float[keys.length];
    for (int r = 0; r < rows; r++) {
      labels[r] = CounterRandom.uniform(seed, FIELDS, r) < CLICK_SHARE ? 1f : 0f;
      for (int field = 0; field < FIELDS; field++) {
        double u = CounterRandom.uniform(seed, field, r);
        boolean dense = field < DENSE_FIELDS;
        keys[r * FIELDS + field] = dense ? field : category(field, u);
        weights[r * FIELDS + field] = dense ? (float) u : 1f;
      }
    }
    return ExampleBlock.ofOneKeyPerField(FIELDS, labels, keys, weights);
  }

  private static long category(int field, double u) {
    long rank = (long) (1 / (u * u * u));
    return DENSE_FIELDS + (long) (field - DENSE_FIELDS) * CATEGORIES + rank % CATEGORIES;
  }
}
