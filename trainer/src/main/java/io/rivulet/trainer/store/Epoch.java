package io.rivulet.trainer.store;

import io.rivulet.trainer.model.LearnerSettings;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * One opening of a store for writing. From the moment an epoch's file exists, manifests above
 * {@code baseVersion} and plans above {@code baseWindow} that carry an older epoch are void,
 * whenever they were written.
 *
 * @param format format of the store, {@link ModelStore#FORMAT}
 * @param epoch number, from 1
 * @param baseVersion newest version that the epoch builds on, 0 for none; the largest long for an
 *     epoch that was abandoned before it was recorded
 * @param baseWindow newest plan that the epoch takes over, 0 for none
 * @param featureVersion names the feature pipeline and all that it was fitted on
 * @param maxEventBytes longer events are refused
 * @param eventForm form of events from Kafka; tsv where an older version didn't write it
 * @param fileForm form of events from files, likewise
 * @param topicIds Kafka's id of each topic; none where an older version didn't write them
 * @param learner settings of every window that the epoch trains
 * @param arrivingNegatives share of the events without a click that come; 1 where an older version
 *     didn't write it
 * @param gated whether its versions are served only when a {@link Publication} names them; not
 *     where an older version didn't write it
 * @param openedAt when
 */
public record Epoch(
    int format,
    int epoch,
    long baseVersion,
    long baseWindow,
    String featureVersion,
    int maxEventBytes,
    String eventForm,
    String fileForm,
    Map<String, String> topicIds,
    LearnerSettings learner,
    Double arrivingNegatives,
    Boolean gated,
    Instant openedAt) {
  private static final String FIRST_FORM = "tsv";
  private static final Set<String> FORMS = Set.of(FIRST_FORM, "json", "mindrec");

  /** Fills in what older versions didn't write, and checks the rest. */
  public Epoch {
    eventForm = eventForm == null ? FIRST_FORM : eventForm;
    fileForm = fileForm == null ? FIRST_FORM : fileForm;
    gated = gated != null && gated;
    arrivingNegatives = arrivingNegatives == null ? 1.0 : arrivingNegatives;
    topicIds = topicIds == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(topicIds));
    Objects.requireNonNull(featureVersion, "featureVersion");
    Objects.requireNonNull(learner, "learner");
    Objects.requireNonNull(openedAt, "openedAt");
    if (epoch < 1
        || baseVersion < 0
        || baseWindow < 0
        || maxEventBytes < 0
        || !(arrivingNegatives > 0 && arrivingNegatives <= 1)
        || !FORMS.contains(eventForm)
        || !FORMS.contains(fileForm)) {
      throw new IllegalArgumentException("Not an epoch: " + epoch);
    }
  }

  static Epoch of(int epoch, long baseVersion, long baseWindow, EpochTerms terms) {
    return new Epoch(
        ModelStore.FORMAT,
        epoch,
        baseVersion,
        baseWindow,
        terms.featureVersion(),
        terms.maxEventBytes(),
        terms.eventForm(),
        terms.fileForm(),
        terms.topicIds(),
        terms.learner(),
        terms.arrivingNegatives(),
        terms.gated(),
        Instant.now());
  }

  /** What was decided when it was opened. */
  public EpochTerms terms() {
    return new EpochTerms(
        learner,
        featureVersion,
        maxEventBytes,
        eventForm,
        fileForm,
        topicIds,
        arrivingNegatives,
        gated);
  }
}
