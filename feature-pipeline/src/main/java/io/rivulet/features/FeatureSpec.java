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
 * @param ranges of each dense field that is scaled by MINMAX, in the order of the fields
 * @param vocabulary which categories get keys of their own
 * @param minCount categories of a frozen vocabulary were seen more often than this, unless their
 *     field says otherwise
 */
public record FeatureSpec(Schema schema, List<Range> ranges, Vocabulary vocabulary, int minCount)
    implements Serializable {

  /** How a dense value x becomes a weight, where a missing one becomes 0, or a category. */
  public enum Scaling {
    /** A category for each {@link Buckets bucket}, as all others; needs no fitting. */
    BUCKETS,
    /** ln(1 + max(x, 0)) / 8; needs no fitting. */
    LOG1P,
    /** (x − min) / (max − min), held within 0 and 1; fitted by {@code prepare}. */
    MINMAX,
    /** x as it is. */
    NONE;

    static final float LOG_SCALE = 8f;

    /**
     * The weight of a number that is there; {@link FeatureColumns} has the same for Spark, to the
     * bit.
     *
     * @param range of a field that is scaled by MINMAX
     */
    float weight(Range range, double number) {
      double weight =
          switch (this) {
            case LOG1P -> StrictMath.log1p(number < 0.0 ? 0.0 : number) / LOG_SCALE;
            case MINMAX -> {
              double width = range.maximum() - range.minimum();
              double part = (number - range.minimum()) / width;
              double positive = part < 0.0 ? 0.0 : part;
              // For Spark a NaN, which infinite ranges give, is greater than 1.
              yield width > 0 ? (positive <= 1.0 ? positive : 1.0) : 0.0;
            }
            case NONE -> number;
            case BUCKETS -> 1;
          };
      return (float) weight;
    }
  }

  /** Which categories get keys of their own. */
  public enum Vocabulary {
    /** Those that {@code prepare} counted often enough; all others share their field's OOV key. */
    FROZEN,
    /** All. */
    DYNAMIC
  }

  /**
   * Smallest and largest value of a dense field.
   *
   * @param minimum smallest
   * @param maximum largest
   */
  public record Range(double minimum, double maximum) implements Serializable {
    /** Checks the order. */
    public Range {
      if (!(minimum <= maximum)) {
        throw new IllegalArgumentException("No range from " + minimum + " to " + maximum);
      }
    }
  }

  private static final int VERSION = 2;

  /** Checks that the ranges fit the schema. */
  public FeatureSpec {
    long expected = schema.fields().stream().filter(Schema.Field::minmax).count();
    if (ranges.size() != expected) {
      throw new IllegalArgumentException(
          "minmax scaling of " + expected + " fields needs a range for each, not " + ranges);
    }
    ranges = List.copyOf(ranges);
  }

  /**
   * A specification that needs no fitting: a dynamic vocabulary.
   *
   * @throws IllegalArgumentException if the schema scales a field by minmax
   */
  public static FeatureSpec unfitted(Schema schema) {
    return new FeatureSpec(schema, List.of(), Vocabulary.DYNAMIC, 0);
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
        vocabulary.name().toLowerCase(Locale.ROOT),
        HexFormat.of().formatHex(digest.digest(), 0, 6));
  }
}
