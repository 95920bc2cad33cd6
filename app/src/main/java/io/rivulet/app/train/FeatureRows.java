package io.rivulet.app.train;

import io.rivulet.features.FeatureSpec;
import io.rivulet.features.RowFeatures;
import io.rivulet.features.WireForm;
import io.rivulet.trainer.spark.RowDecoder;

/** The features of single rows, as the trainer asks for them. */
public final class FeatureRows implements RowDecoder {
  private final RowFeatures features;

  private FeatureRows(RowFeatures features) {
    this.features = features;
  }

  /**
   * What the executors need to make them.
   *
   * @param maxBytes longer events are refused
   */
  public record Recipe(FeatureSpec spec, WireForm form, int maxBytes)
      implements RowDecoder.Factory {
    /** Whether events of this form can be read so. */
    boolean possible() {
      return RowFeatures.of(spec, form, maxBytes).isPresent();
    }

    @Override
    public RowDecoder create() {
      return new FeatureRows(RowFeatures.of(spec, form, maxBytes).orElseThrow());
    }
  }

  @Override
  public boolean read(byte[] value) {
    return features.read(value);
  }

  @Override
  public String refusal() {
    return features.refusal();
  }

  @Override
  public float label() {
    return features.label();
  }

  @Override
  public int entries() {
    return features.entries();
  }

  @Override
  public long[] keys() {
    return features.keys();
  }

  @Override
  public float[] weights() {
    return features.weights();
  }

  @Override
  public int[] fields() {
    return features.fields();
  }
}
