package io.rivulet.trainer.store;

import io.rivulet.trainer.metrics.Quality;
import java.time.Instant;
import java.util.Objects;

/**
 * Says that a version of a gated epoch may be served.
 *
 * @param format format of the store, {@link ModelStore#FORMAT}
 * @param version the version
 * @param epoch the epoch that committed it
 * @param quality the figures by which it passed the gate; those of its manifest if a person
 *     published it
 * @param publishedAt when
 */
public record Publication(
    int format, long version, int epoch, Quality quality, Instant publishedAt) {
  /** Checks all that doesn't need another file. */
  public Publication {
    Objects.requireNonNull(quality, "quality");
    Objects.requireNonNull(publishedAt, "publishedAt");
    if (version < 1 || epoch < 1) {
      throw new IllegalArgumentException("Not a publication: " + version);
    }
  }
}
