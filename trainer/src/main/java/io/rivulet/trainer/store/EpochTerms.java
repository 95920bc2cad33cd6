package io.rivulet.trainer.store;

import io.rivulet.trainer.model.LearnerSettings;

/**
 * What decides which model comes out of an epoch's windows.
 *
 * @param learner settings of every window that the epoch trains
 * @param featureVersion names the features, with all that they were fitted on
 * @param maxEventBytes longer events are refused
 * @param eventForm form of events from Kafka
 * @param fileForm form of events from files
 */
public record EpochTerms(
    LearnerSettings learner,
    String featureVersion,
    int maxEventBytes,
    String eventForm,
    String fileForm) {}
