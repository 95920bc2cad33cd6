package io.rivulet.trainer.metrics;

/**
 * How good predictions were. A figure that isn't defined for the rows (one class only, none at all)
 * is NaN.
 *
 * @param rows number of predictions
 * @param auc area under the ROC curve
 * @param logloss mean sigmoid cross-entropy, in nats
 * @param ne normalized entropy: logloss over the entropy of the label's mean (He et al., "Practical
 *     Lessons from Predicting Clicks on Ads at Facebook", ADKDD 2014)
 * @param calibration sum of predictions over sum of labels
 */
public record Quality(long rows, double auc, double logloss, double ne, double calibration) {}
