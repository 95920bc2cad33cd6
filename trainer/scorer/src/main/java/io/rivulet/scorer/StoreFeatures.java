package io.rivulet.scorer;

import io.rivulet.features.FittedFeatures;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.store.Epoch;
import io.rivulet.trainer.store.StoreException;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;

/** The features with which a store's versions were learned; they lie beside the versions. */
public final class StoreFeatures {
  private static final String FEATURES = "features";

  private StoreFeatures() {}

  /** Where a store at {@code location} keeps all features. */
  public static String path(String location) {
    return location + "/" + FEATURES;
  }

  /** Where it keeps those of a version of the features. */
  public static String path(String location, String featureVersion) {
    return path(location) + "/" + featureVersion;
  }

  /**
   * The features with which an epoch learned.
   *
   * @throws StoreException if they can't be read
   */
  public static FittedFeatures of(String location, Epoch epoch, Configuration hadoop) {
    try {
      return FittedFeatures.open(path(location, epoch.featureVersion()), hadoop);
    } catch (IOException | IllegalArgumentException e) {
      throw new StoreException("Can't read the features of the store: " + e.getMessage(), e);
    }
  }

  /** Which keys of examples by these features get rows. */
  public static Admission admission(FittedFeatures features) {
    return features.frozen()
        ? Admission.frozen(features.vocabulary(), features.oovKeys())
        : Admission.dynamic(features.oovKeys());
  }
}
