package io.rivulet.trainer.metrics;

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
