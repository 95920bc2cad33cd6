package io.rivulet.app.train;

import io.rivulet.trainer.averaging.Learner;
import io.rivulet.trainer.spark.WindowExamples;
import java.util.stream.IntStream;

/**
 * A window after it was learned.
 *
 * @param window the examples that were learned; the ruinous ones count as refused
 * @param predictions probability of a click for each of these, made before it was learned
 * @param ruinous rows of the window as it was read that the learner left out, ascending
 */
record LearnedWindow(WindowExamples window, float[] predictions, int[] ruinous) {
  /** Why a ruinous event is in quarantine. */
  static final String REASON = "loss above guard.max_loss, or gradient not finite";

  /** Learns a window. */
  static LearnedWindow learn(Learner learner, WindowExamples window) {
    float[] predictions = learner.learn(window.examples());
    int[] ruinous =
        IntStream.range(0, predictions.length).filter(r -> Float.isNaN(predictions[r])).toArray();
    if (ruinous.length == 0) {
      return new LearnedWindow(window, predictions, ruinous);
    }
    float[] left = new float[predictions.length - ruinous.length];
    int n = 0;
    for (float prediction : predictions) {
      if (!Float.isNaN(prediction)) {
        left[n++] = prediction;
      }
    }
    return new LearnedWindow(window.refuse(ruinous, REASON), left, ruinous);
  }
}
