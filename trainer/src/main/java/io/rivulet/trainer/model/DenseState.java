package io.rivulet.trainer.model;

/**
 * The parameters that every row uses, with their optimizer state: the tower (see {@link
 * TowerLayout}) with Adam's moments, the wide bias with FTRL's z and n, and the number of optimizer
 * steps so far. Whoever receives one to train on copies it first.
 */
public final class DenseState {
  private static final long TOWER_WEIGHTS = -1;
  private static final long TOWER_BIASES = -2;
  private static final long WIDE_BIAS = -3;

  /** Tower parameters. */
  public final float[] tower;

  /** Adam's first moments of the tower. */
  public final float[] moment1;

  /** Adam's second moments of the tower. */
  public final float[] moment2;

  /** Wide bias, z, n: laid out as the first three floats of a table row. */
  public final float[] wideBias;

  /** Mini-batches that the parameters have seen. */
  public long step;

  /** Wraps the arrays; they aren't copied. */
  public DenseState(float[] tower, float[] moment1, float[] moment2, float[] wideBias, long step) {
    if (moment1.length != tower.length || moment2.length != tower.length || wideBias.length != 3) {
      throw new IllegalArgumentException("Parameters and moments differ in length");
    }
    this.tower = tower;
    this.moment1 = moment1;
    this.moment2 = moment2;
    this.wideBias = wideBias;
    this.step = step;
  }

  /** The parameters of a model that has seen nothing yet. */
  public static DenseState initial(LearnerSettings settings) {
    Initializer weightInit = settings.weightInit();
    Initializer biasInit = settings.biasInit();
    long seed = settings.seed();
    TowerLayout layout = settings.shape().towerLayout();
    float[] tower = new float[layout.size()];
    for (int l = 0; l < layout.layers(); l++) {
      int in = layout.in(l);
      int out = layout.out(l);
      for (int i = layout.weights(l); i < layout.biases(l); i++) {
        tower[i] = weightInit.value(seed, TOWER_WEIGHTS, i, in, out);
      }
      for (int i = layout.biases(l); i < layout.biases(l) + out; i++) {
        tower[i] = biasInit.value(seed, TOWER_BIASES, i, in, out);
      }
    }
    return new DenseState(
        tower,
        new float[tower.length],
        new float[tower.length],
        new float[] {
          settings.wideInit().value(seed, WIDE_BIAS, 0, 1, 1),
          0f,
          settings.ftrl().initialAccumulator()
        },
        0);
  }

  /** Room for the parameters of a model of {@code shape}. */
  public static DenseState zeros(ModelShape shape) {
    int size = shape.towerLayout().size();
    return new DenseState(new float[size], new float[size], new float[size], new float[3], 0);
  }

  /** A deep copy. */
  public DenseState copy() {
    return new DenseState(tower.clone(), moment1.clone(), moment2.clone(), wideBias.clone(), step);
  }
}
