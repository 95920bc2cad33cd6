package io.rivulet.trainer;

import io.rivulet.trainer.model.Activation;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.Initializer;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.LearnerSettings.EmbeddingMerge;
import io.rivulet.trainer.model.LearnerSettings.TowerKind;
import io.rivulet.trainer.model.ModelShape;
import io.rivulet.trainer.optim.Adam;
import io.rivulet.trainer.optim.Ftrl;
import java.util.List;
import java.util.Random;

/** Small models and examples that the tests share: 4 fields × 3 → 5 → 4 → 1. */
public final class Fixtures {
  public static final int FIELDS = 4;
  public static final int EMB_DIM = 3;

  private Fixtures() {}

  /** Settings of a small learner, to be changed where a test needs it. */
  public static Learner learner() {
    return new Learner();
  }

  /** The key that stands for {@code value} of {@code field}. */
  public static long key(int field, int value) {
    return 1000L * field + value;
  }

  /** Rows with one of {@code keysPerField} keys a field, weights in [0.5, 1.5), labels 0 or 1. */
  public static ExampleBlock examples(int rows, int keysPerField, long seed) {
    Random random = new Random(seed);
    float[] labels = new float[rows];
    long[] keys = new long[rows * FIELDS];
    float[] weights = new float[keys.length];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = key(i % FIELDS, random.nextInt(keysPerField));
      weights[i] = 0.5f + random.nextFloat();
    }
    for (int r = 0; r < rows; r++) {
      labels[r] = random.nextInt(2);
    }
    return ExampleBlock.ofOneKeyPerField(FIELDS, labels, keys, weights);
  }

  /** Rows whose label says whether the key of field 0 is one of the lower four of eight. */
  public static ExampleBlock separableExamples(int rows, long seed) {
    ExampleBlock block = examples(rows, 8, seed);
    for (int r = 0; r < rows; r++) {
      block.labels()[r] = block.keys()[r * FIELDS] < key(0, 4) ? 1f : 0f;
    }
    return block;
  }

  /** {@code n} standard normal numbers. */
  public static float[] gaussians(int n, long seed) {
    Random random = new Random(seed);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** The same numbers as doubles. */
  public static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  /** Builds {@link LearnerSettings}; MindRec's optimizers, initial values of about 1. */
  public static final class Learner {
    private Activation activation = Activation.RELU;
    private List<Integer> layers = List.of(5, 4);
    private Adam adam = new Adam(3.5e-4f, 0.9f, 0.999f, 1e-8f);
    private float maxLoss;
    private Ftrl.Reduction reduction = Ftrl.Reduction.MEAN;
    private boolean mixedPrecision;
    private int maxRows;
    private float admitRate = 1f;
    private int admitAfter = 1;
    private int wideFields;
    private float l2Coef = 0f;
    private float keepProb = 1f;
    private int batchSize = 10;
    private int workers = 1;
    private int averagingFrequency = 1;
    private EmbeddingMerge embeddingMerge = EmbeddingMerge.SUM;
    private LearnerSettings.TowerMerge towerMerge = LearnerSettings.TowerMerge.MEAN;
    private TowerKind tower = TowerKind.BLAS;
    private long seed = 7;

    private Learner() {}

    public Learner activation(Activation value) {
      activation = value;
      return this;
    }

    public Learner layers(List<Integer> value) {
      layers = value;
      return this;
    }

    public Learner adam(Adam value) {
      adam = value;
      return this;
    }

    public Learner maxLoss(float value) {
      maxLoss = value;
      return this;
    }

    public Learner l2Coef(float value) {
      l2Coef = value;
      return this;
    }

    public Learner keepProb(float value) {
      keepProb = value;
      return this;
    }

    public Learner batchSize(int value) {
      batchSize = value;
      return this;
    }

    public Learner workers(int value) {
      workers = value;
      return this;
    }

    public Learner averagingFrequency(int value) {
      averagingFrequency = value;
      return this;
    }

    public Learner towerMerge(LearnerSettings.TowerMerge value) {
      towerMerge = value;
      return this;
    }

    public Learner embeddingMerge(EmbeddingMerge value) {
      embeddingMerge = value;
      return this;
    }

    public Learner tower(TowerKind value) {
      tower = value;
      return this;
    }

    public Learner reduction(Ftrl.Reduction value) {
      reduction = value;
      return this;
    }

    public Learner mixedPrecision(boolean value) {
      mixedPrecision = value;
      return this;
    }

    public Learner maxRows(int value) {
      maxRows = value;
      return this;
    }

    public Learner admitAfter(int value) {
      admitAfter = value;
      return this;
    }

    public Learner admitRate(float value) {
      admitRate = value;
      return this;
    }

    public Learner wideFields(int value) {
      wideFields = value;
      return this;
    }

    public Learner seed(long value) {
      seed = value;
      return this;
    }

    /** The settings, checked. */
    public LearnerSettings build() {
      return new LearnerSettings(
          new ModelShape(FIELDS, EMB_DIM, layers, activation, wideFields),
          new Initializer(Initializer.Kind.UNIFORM, -0.5f, 0.5f),
          new Initializer(Initializer.Kind.XAVIER_UNIFORM, 0f, 0f),
          new Initializer(Initializer.Kind.UNIFORM, -0.1f, 0.1f),
          adam,
          new Ftrl(5e-2f, 1e-8f, 1e-8f, 1f, reduction),
          l2Coef,
          keepProb,
          batchSize,
          workers,
          averagingFrequency,
          embeddingMerge,
          tower,
          seed,
          new Initializer(Initializer.Kind.ZERO, 0f, 0f),
          towerMerge,
          LearnerSettings.Engine.SPARSE,
          maxLoss,
          mixedPrecision,
          maxRows,
          admitRate,
          admitAfter);
    }
  }
}
