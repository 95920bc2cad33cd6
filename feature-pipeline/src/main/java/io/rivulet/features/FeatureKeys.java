package io.rivulet.features;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rivulet.features.Schema.Field;

/**
 * The keys of examples. A field is known by the hash of its name, so that keys don't depend on
 * where it stands: a key is {@code xxhash64(xxhash64(name), value)}, with a bucket's number as the
 * value; a field's own key, which is the key of a dense field without buckets and the OOV key of
 * all others, is {@code xxhash64(xxhash64(name))}. A cross of two fields has {@code
 * xxhash64(xxhash64(name), key, key)}. {@link FeatureColumns} has the same for Spark.
 */
final class FeatureKeys {
  /** The seed of Spark's xxhash64. */
  private static final long SEED = 42;

  private FeatureKeys() {}

  private static long hash(String text, long seed) {
    byte[] bytes = text.getBytes(UTF_8);
    return XxHash64.hash(bytes, 0, bytes.length, seed);
  }

  /** What a field's keys are derived from. */
  static long id(Field field) {
    return hash(field.name(), SEED);
  }

  static long ownKey(Field field) {
    return XxHash64.hash(id(field), SEED);
  }

  /** The key of a value. */
  static long key(Field field, String value) {
    return hash(value, ownKey(field));
  }

  /** As above, of a value that is UTF-8 within {@code text}, in a field with that own key. */
  static long key(long ownKey, byte[] text, int from, int until) {
    return XxHash64.hash(text, from, until, ownKey);
  }

  /** As above, of a bucket. */
  static long key(long ownKey, long bucket) {
    return XxHash64.hash(bucket, ownKey);
  }

  /** The key of a cross with that own key, by the keys of its two fields. */
  static long crossKey(long ownKey, long first, long second) {
    return XxHash64.hash(second, XxHash64.hash(first, ownKey));
  }
}
