package io.rivulet.trainer.tower;

import io.rivulet.trainer.model.CounterRandom;

/**
 * Inverted dropout whose mask is a function of seed and position, so that a repeated task drops the
 * same inputs.
 *
 * @param keepProb probability that an input is kept
 * @param seed differs for each worker and step
 */
public record Dropout(float keepProb, long seed) {
  /** Keeps everything. */
  public static final Dropout NONE = new Dropout(1f, 0);

  /** Whether any input can be dropped. */
  public boolean active() {
    return keepProb < 1f;
  }

  /** Multiplies the inputs of layer {@code layer} by 0 or 1 / keepProb. */
  public void apply(int layer, float[] inputs, int length) {
    apply(layer, 0, inputs, length);
  }

  /** The same for a stretch of the layer's inputs that begins at input {@code first}. */
  void apply(int layer, int first, float[] inputs, int length) {
    if (!active()) {
      return;
    }
    float scale = 1f / keepProb;
    for (int i = 0; i < length; i++) {
      inputs[i] *= CounterRandom.uniform(seed, layer, first + i) < keepProb ? scale : 0f;
    }
  }
}
