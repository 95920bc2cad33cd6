package io.rivulet.trainer.store;

import io.rivulet.trainer.model.LearnerSettings;
import java.util.Map;

/**
 * What decides which model comes out of an epoch's windows, and which versions are served.
 *
 * @param learner settings of every window that the epoch trains
 * @param featureVersion names the features, with all that they were fitted on
 * @param maxEventBytes longer events are refused
 * @param eventForm form of events from Kafka
 * @param fileForm form of events from files
 * @param topicIds what Kafka calls each topic of this name, so that another of the same name is
 *     known
 * @param arrivingNegatives share of the events without a click that come; the others were left out
 *     before
 * @param gated whether its versions are served only once they are published
 */
public record EpochTerms(
    LearnerSettings learner,
    String featureVersion,
    int maxEventBytes,
    String eventForm,
    String fileForm,
    Map<String, String> topicIds,
    double arrivingNegatives,
    boolean gated) {

  /**
   * Terms of events that come from no topic, all of which come, and of versions that all are
   * served.
   */
  public EpochTerms(
      LearnerSettings learner,
      String featureVersion,
      int maxEventBytes,
      String eventForm,
      String fileForm) {
    this(learner, featureVersion, maxEventBytes, eventForm, fileForm, Map.of(), 1, false);
  }

  /** The same for events of these topics. */
  public EpochTerms withTopics(Map<String, String> ids) {
    return new EpochTerms(
        learner, featureVersion, maxEventBytes, eventForm, fileForm, ids, arrivingNegatives, gated);
  }

  /** The same, where a version is served or not as {@code gate} says. */
  public EpochTerms withGate(boolean gate) {
    return new EpochTerms(
        learner,
        featureVersion,
        maxEventBytes,
        eventForm,
        fileForm,
        topicIds,
        arrivingNegatives,
        gate);
  }

  /** The same for events of which those without a click are a sample. */
  public EpochTerms withArrivingNegatives(double share) {
    return new EpochTerms(
        learner, featureVersion, maxEventBytes, eventForm, fileForm, topicIds, share, gated);
  }
}
