package io.rivulet.trainer.metrics;

/**
 * Accumulates predictions in constant memory.
 *
 * <p>AUC comes from two histograms over the predictions, whose bins are the floats that share sign,
 * exponent and the upper {@value #MANTISSA_BITS} bits of the mantissa: 2^-{@value #MANTISSA_BITS}
 * relative width. Pairs within a bin count one half; {@link #aucErrorBound} tells how far that can
 * be from the exact AUC.
 */
public final class QualityMeter {
  private static final int MANTISSA_BITS = 11;
  private static final int SHIFT = 23 - MANTISSA_BITS;

  /** Bins of the floats with the same exponent. */
  private static final int OCTAVE = 1 << MANTISSA_BITS;

  private static final double SMALLEST = 1e-7;

  /** The bin with which both arrays begin; they end with the last octave that was needed. */
  private int first;

  private double[] clicks = {};
  private double[] others = {};
  private long rows;
  private double weightSum;
  private double lossSum;
  private double predictionSum;
  private double labelSum;

  /** Adds {@code predictions[from …]} with their labels. */
  public void add(float[] labels, float[] predictions, int from) {
    add(labels, predictions, from, 1f);
  }

  /**
   * The same, where a prediction without a click stands for several.
   *
   * @param negativeWeight for how many
   */
  public void add(float[] labels, float[] predictions, int from, float negativeWeight) {
    for (int i = from; i < labels.length; i++) {
      add(labels[i], predictions[i], labels[i] > 0.5f ? 1f : negativeWeight);
    }
  }

  /** Adds one prediction; NaN, which a learner gives for a row that it left out, doesn't count. */
  void add(float label, float prediction, double weight) {
    if (Float.isNaN(prediction)) {
      return;
    }
    int bin = place(Float.floatToIntBits(Math.max(0f, Math.min(1f, prediction))) >>> SHIFT);
    boolean click = label > 0.5f;
    if (click) {
      clicks[bin] += weight;
    } else {
      others[bin] += weight;
    }
    rows++;
    weightSum += weight;
    lossSum += weight * logloss(click, prediction);
    predictionSum += weight * prediction;
    labelSum += weight * label;
  }

  /** Where a bin is in the arrays, which are widened to have it: few octaves are ever needed. */
  private int place(int bin) {
    int octave = bin / OCTAVE * OCTAVE;
    if (clicks.length == 0) {
      first = octave;
    }
    if (octave < first || octave >= first + clicks.length) {
      int from = Math.min(first, octave);
      int until = Math.max(first + clicks.length, octave + OCTAVE);
      clicks = widened(clicks, from, until);
      others = widened(others, from, until);
      first = from;
    }
    return bin - first;
  }

  private double[] widened(double[] bins, int from, int until) {
    double[] wide = new double[until - from];
    System.arraycopy(bins, 0, wide, first - from, bins.length);
    return wide;
  }

  /** Makes all that was added weigh {@code factor} times as much as it did; rows stay rows. */
  void scale(double factor) {
    for (int bin = 0; bin < clicks.length; bin++) {
      clicks[bin] *= factor;
      others[bin] *= factor;
    }
    weightSum *= factor;
    lossSum *= factor;
    predictionSum *= factor;
    labelSum *= factor;
  }

  /** Figures over everything added so far. */
  public Quality quality() {
    double mean = labelSum / weightSum;
    double entropy = -(mean * Math.log(mean) + (1 - mean) * Math.log(1 - mean));
    double loss = rows == 0 ? Double.NaN : lossSum / weightSum;
    return new Quality(
        rows,
        auc(),
        loss,
        entropy > 0 ? loss / entropy : Double.NaN,
        labelSum > 0 ? predictionSum / labelSum : Double.NaN);
  }

  private double auc() {
    double ordered = 0;
    double below = 0;
    double clickSum = 0;
    for (int bin = 0; bin < clicks.length; bin++) {
      ordered += clicks[bin] * (below + others[bin] / 2.0);
      below += others[bin];
      clickSum += clicks[bin];
    }
    return clickSum == 0 || below == 0 ? Double.NaN : ordered / clickSum / below;
  }

  /** Largest possible difference between the AUC given and the exact one. */
  public double aucErrorBound() {
    double tied = 0;
    double clickSum = 0;
    double otherSum = 0;
    for (int bin = 0; bin < clicks.length; bin++) {
      tied += clicks[bin] * others[bin];
      clickSum += clicks[bin];
      otherSum += others[bin];
    }
    return clickSum == 0 || otherSum == 0 ? 0 : tied / 2 / clickSum / otherSum;
  }

  static double logloss(boolean click, double prediction) {
    double p = Math.max(SMALLEST, Math.min(1 - SMALLEST, prediction));
    return -Math.log(click ? p : 1 - p);
  }
}
