package io.rivulet.app.bench;

import io.rivulet.trainer.averaging.DivergedException;
import io.rivulet.trainer.averaging.LocalWorkers;
import io.rivulet.trainer.averaging.OnlineLearner;
import io.rivulet.trainer.metrics.Quality;
import io.rivulet.trainer.metrics.QualityMeter;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;

/**
 * How good the predictions of one pass were, each made before its row was learned.
 *
 * @param diverged whether the model was lost; then the figures are NaN
 * @param auc area under the ROC curve
 * @param logloss mean sigmoid cross-entropy
 */
record OnlinePass(boolean diverged, double auc, double logloss) {
  private static final OnlinePass DIVERGED = new OnlinePass(true, Double.NaN, Double.NaN);

  /**
   * Learns the rows in order from nothing, with all workers in this thread one after the other.
   *
   * @param windowRows rows of a window
   * @param warm first rows that the figures leave out
   */
  static OnlinePass run(LearnerSettings settings, ExampleBlock rows, int windowRows, int warm) {
    QualityMeter meter = new QualityMeter();
    try (LocalWorkers workers = new LocalWorkers(settings);
        OnlineLearner learner =
            new OnlineLearner(
                new WideDeepModel(settings), BenchOptions.admission(settings), workers)) {
      for (int from = 0; from < rows.rows(); from += windowRows) {
        int to = Math.min(rows.rows(), from + windowRows);
        ExampleBlock window = BenchRows.slice(rows, from, to);
        float[] predictions = learner.learn(window);
        meter.add(window.labels(), predictions, Math.max(0, Math.min(to, warm) - from));
      }
    } catch (DivergedException e) {
      return DIVERGED;
    }
    Quality quality = meter.quality();
    return Double.isFinite(quality.logloss())
        ? new OnlinePass(false, quality.auc(), quality.logloss())
        : DIVERGED;
  }
}
