package io.rivulet.features;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * XXH64 (Collet, <a href="https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md">xxHash
 * specification</a>), which Spark SQL's {@code xxhash64} is as well; without Spark, for those who
 * serve.
 */
final class XxHash64 {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long PRIME_1 = 0x9E3779B185EBCA87L;
  private static final long PRIME_2 = 0xC2B2AE3D27D4EB4FL;
  private static final long PRIME_3 = 0x165667B19E3779F9L;
  private static final long PRIME_4 = 0x85EBCA77C2B2AE63L;
  private static final long PRIME_5 = 0x27D4EB2F165667C5L;

  private XxHash64() {}

  /** Of the eight bytes of {@code value}, the lowest first. */
  static long hash(long value, long seed) {
    return avalanche(withLong(seed + PRIME_5 + Long.BYTES, value));
  }

  /** Of {@code bytes[from … until - 1]}. */
  static long hash(byte[] bytes, int from, int until, long seed) {
    int i = from;
    long hash;
    if (until - from >= 4 * Long.BYTES) {
      long a = seed + PRIME_1 + PRIME_2;
      long b = seed + PRIME_2;
      long c = seed;
      long d = seed - PRIME_1;
      for (; i <= until - 4 * Long.BYTES; i += 4 * Long.BYTES) {
        a = round(a, (long) LONGS.get(bytes, i));
        b = round(b, (long) LONGS.get(bytes, i + Long.BYTES));
        c = round(c, (long) LONGS.get(bytes, i + 2 * Long.BYTES));
        d = round(d, (long) LONGS.get(bytes, i + 3 * Long.BYTES));
      }
      hash =
          Long.rotateLeft(a, 1)
              + Long.rotateLeft(b, 7)
              + Long.rotateLeft(c, 12)
              + Long.rotateLeft(d, 18);
      hash = merge(merge(merge(merge(hash, a), b), c), d);
    } else {
      hash = seed + PRIME_5;
    }
    hash += until - from;
    for (; i <= until - Long.BYTES; i += Long.BYTES) {
      hash = withLong(hash, (long) LONGS.get(bytes, i));
    }
    if (i <= until - Integer.BYTES) {
      hash ^= ((int) INTS.get(bytes, i) & 0xFFFFFFFFL) * PRIME_1;
      hash = Long.rotateLeft(hash, 23) * PRIME_2 + PRIME_3;
      i += Integer.BYTES;
    }
    for (; i < until; i++) {
      hash ^= (bytes[i] & 0xFFL) * PRIME_5;
      hash = Long.rotateLeft(hash, 11) * PRIME_1;
    }
    return avalanche(hash);
  }

  private static long round(long sum, long value) {
    return Long.rotateLeft(sum + value * PRIME_2, 31) * PRIME_1;
  }

  private static long merge(long hash, long sum) {
    return (hash ^ round(0, sum)) * PRIME_1 + PRIME_4;
  }

  private static long withLong(long hash, long value) {
    return Long.rotateLeft(hash ^ round(0, value), 27) * PRIME_1 + PRIME_4;
  }

  private static long avalanche(long hash) {
    long mixed = (hash ^ (hash >>> 33)) * PRIME_2;
    mixed = (mixed ^ (mixed >>> 29)) * PRIME_3;
    return mixed ^ (mixed >>> 32);
  }
}
