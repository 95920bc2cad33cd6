package io.rivulet.features;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * Everything that decides which example an event becomes.
 *
 * @param schema the fields
 * @param scaling how dense values become weights
 * @param minimum smallest value of each dense field, empty unless scaling is MINMAX
 * @param maximum largest value of each dense field, likewise
 * @param vocabulary which categories get keys of their own
 * @param minCount categories of a frozen vocabulary were seen more often than this
 */
public record FeatureSpec(
    Schema schema,
    Scaling scaling,
    List<Long> minimum,
    List<Long> maximum,
    Vocabulary vocabulary,
    int minCount)
    implements Serializable {

  /** How a dense value x becomes a weight; a missing one becomes 0. */
  public enum Scaling {
    /** ln(1 + max(x, 0)) / 8; needs no fitting. */
    LOG1P,
    /** (x − min) / (max − min), held within 0 and 1; fitted by {@code prepare}. */
    MINMAX
  }

  /** Which categories get keys of their own. */
  public enum Vocabulary {
    /** Those that {@code prepare} counted often enough; all others share their field's OOV key. */
    FROZEN,
    /** All. */
    DYNAMIC
  }

  private static final int VERSION = 1;

  /** Checks that the ranges fit the schema. */
  public FeatureSpec {
    int dense = (int) schema.fields().stream().filter(Schema.Field::dense).count();
    int expected = scaling == Scaling.MINMAX ? dense : 0;
    if (minimum.size() != expected || maximum.size() != expected) {
      throw new IllegalArgumentException(
          "minmax scaling of " + dense + " dense fields needs a minimum and a maximum for each");
    }
    minimum = List.copyOf(minimum);
    maximum = List.copyOf(maximum);
  }

  /** A specification that needs no fitting: log1p and a dynamic vocabulary. */
  public static FeatureSpec unfitted(Schema schema) {
    return new FeatureSpec(schema, Scaling.LOG1P, List.of(), List.of(), Vocabulary.DYNAMIC, 0);
  }

  /** Names this specification with its fitted data; two that differ have different names. */
  String version(long[] sortedVocabulary) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    digest.update((VERSION + toString()).getBytes(StandardCharsets.UTF_8));
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES);
    Arrays.stream(sortedVocabulary).forEach(key -> digest.update(bytes.putLong(0, key).array()));
    return String.join(
        "-",
        schema.name(),
        scaling.name().toLowerCase(Locale.ROOT),
        vocabulary.name().toLowerCase(Locale.ROOT),
        HexFormat.of().formatHex(digest.digest(), 0, 6));
  }
}
