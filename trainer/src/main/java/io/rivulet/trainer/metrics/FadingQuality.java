package io.rivulet.trainer.metrics;

/**
 * Quality over all predictions, of which each weighs less than the next by a factor (Gama et al.,
 * "On evaluating stream learning algorithms", Machine Learning 90, 2013).
 */
public final class FadingQuality {
  /** The sums are scaled down before they lose what they began with. */
  private static final double LARGE = 1e100;

  private final QualityMeter meter = new QualityMeter();
  private final double growth;

  /** Of the next prediction; that of those before stays, which comes to the same. */
  private double weight = 1;

  /**
   * A meter.
   *
   * @param fading weight of a prediction over that of the next, above 0 and at most 1
   */
  public FadingQuality(double fading) {
    if (!(fading > 0 && fading <= 1)) {
      throw new IllegalArgumentException("Not a fading factor: " + fading);
    }
    growth = 1 / fading;
  }

  /** Adds a prediction; see {@link QualityMeter#add(float[], float[], int, float)}. */
  public void add(float label, float prediction, float negativeWeight) {
    meter.add(label, prediction, weight * (label > 0.5f ? 1f : negativeWeight));
    weight *= growth;
    if (weight > LARGE) {
      meter.scale(1 / weight);
      weight = 1;
    }
  }

  /** Adds predictions. */
  public void add(float[] labels, float[] predictions, float negativeWeight) {
    for (int i = 0; i < labels.length; i++) {
      add(labels[i], predictions[i], negativeWeight);
    }
  }

  /** Figures, fading into the past. */
  public Quality quality() {
    return meter.quality();
  }
}
