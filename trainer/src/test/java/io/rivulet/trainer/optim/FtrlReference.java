package io.rivulet.trainer.optim;

/** Algorithm 1 of McMahan et al. (KDD 2013) for one weight, in doubles; L2 counted twice. */
public final class FtrlReference {
  private final Ftrl ftrl;
  private double weight;
  private double z;
  private double n;

  /** Starts from the weight, z and n at {@code wzn[at …]}. */
  public FtrlReference(Ftrl ftrl, float[] wzn, int at) {
    this.ftrl = ftrl;
    this.weight = wzn[at];
    this.z = wzn[at + 1];
    this.n = wzn[at + 2];
  }

  /** One step with gradient {@code g}. */
  public void step(double g) {
    double alpha = ftrl.learningRate();
    double sigma = (Math.sqrt(n + g * g) - Math.sqrt(n)) / alpha;
    z += g - sigma * weight;
    n += g * g;
    if (Math.abs(z) <= ftrl.l1()) {
      weight = 0;
    } else {
      weight = -(z - Math.signum(z) * ftrl.l1()) / (Math.sqrt(n) / alpha + 2 * ftrl.l2());
    }
  }

  /** Weight, z and n. */
  public double[] state() {
    return new double[] {weight, z, n};
  }
}
