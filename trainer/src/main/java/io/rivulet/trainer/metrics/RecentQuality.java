package io.rivulet.trainer.metrics;

/** Quality over the last so many predictions, whatever the size of the batches. */
public final class RecentQuality {
  private final float[] labels;
  private final float[] predictions;
  private long added;

  /** A meter over the last {@code rows} predictions. */
  public RecentQuality(int rows) {
    labels = new float[rows];
    predictions = new float[rows];
  }

  /** Adds a batch. */
  public void add(float[] batchLabels, float[] batchPredictions) {
    for (int i = 0; i < batchLabels.length; i++) {
      int at = (int) (added++ % labels.length);
      labels[at] = batchLabels[i];
      predictions[at] = batchPredictions[i];
    }
  }

  /** Figures over the last predictions. */
  public Quality quality() {
    int n = (int) Math.min(added, labels.length);
    QualityMeter meter = new QualityMeter();
    meter.add(java.util.Arrays.copyOf(labels, n), java.util.Arrays.copyOf(predictions, n), 0);
    return meter.quality();
  }
}
