package io.rivulet.trainer.metrics;

import java.util.Arrays;

/** Quality over the last so many predictions, whatever the size of the batches. */
public final class RecentQuality {
  private final float[] labels;
  private final float[] predictions;
  private final float[] weights;
  private long added;

  /** A meter over the last {@code rows} predictions. */
  public RecentQuality(int rows) {
    labels = new float[rows];
    predictions = new float[rows];
    weights = new float[rows];
  }

  /** Adds a batch, as {@link QualityMeter#add(float[], float[], int, float)} does. */
  public void add(float[] batchLabels, float[] batchPredictions, float negativeWeight) {
    for (int i = 0; i < batchLabels.length; i++) {
      int at = (int) (added++ % labels.length);
      labels[at] = batchLabels[i];
      predictions[at] = batchPredictions[i];
      weights[at] = batchLabels[i] > 0.5f ? 1f : negativeWeight;
    }
  }

  /**
   * The calibration curve of the last predictions: they are sorted and cut into parts of equal
   * number.
   *
   * @return for each part the mean prediction and the share of clicks, [parts × 2]; fewer parts if
   *     there are fewer predictions
   */
  public double[][] curve(int parts) {
    int n = (int) Math.min(added, labels.length);
    // Of floats from 0 on the bits are in the order of the numbers.
    long[] order = new long[n];
    for (int i = 0; i < n; i++) {
      order[i] = (long) Float.floatToIntBits(Math.max(0f, predictions[i])) << Integer.SIZE | i;
    }
    Arrays.sort(order);
    double[][] curve = new double[Math.min(parts, n)][2];
    for (int part = 0; part < curve.length; part++) {
      double weight = 0;
      int until = (int) ((part + 1L) * n / curve.length);
      for (int at = (int) ((long) part * n / curve.length); at < until; at++) {
        int i = (int) order[at];
        weight += weights[i];
        curve[part][0] += weights[i] * predictions[i];
        curve[part][1] += weights[i] * labels[i];
      }
      curve[part][0] /= weight;
      curve[part][1] /= weight;
    }
    return curve;
  }

  /** Figures over the last predictions. */
  public Quality quality() {
    int n = (int) Math.min(added, labels.length);
    QualityMeter meter = new QualityMeter();
    for (int i = 0; i < n; i++) {
      meter.add(labels[i], predictions[i], weights[i]);
    }
    return meter.quality();
  }
}
