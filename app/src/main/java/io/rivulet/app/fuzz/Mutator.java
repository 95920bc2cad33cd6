package io.rivulet.app.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Damages bytes in the ways in which files get damaged, and in those in which they lie. */
final class Mutator {
  private static final List<String> VALUES =
      List.of(
          "null",
          "true",
          "false",
          "0",
          "1",
          "2",
          "3",
          "-1",
          "1.5",
          "-0.0",
          "1e999",
          "NaN",
          "\"NaN\"",
          "2147483647",
          "2147483648",
          "4294967296",
          "-2147483648",
          "9223372036854775807",
          "-9223372036854775808",
          "9".repeat(400),
          "\"\"",
          "''",
          "\"1\"",
          "[]",
          "{}",
          "[1, 2]",
          "{\"a\": 1}",
          "[".repeat(2000),
          "{\"a\":".repeat(2000),
          "&a [*a, *a]",
          "!!binary x",
          "\"\\u0000\"",
          "\"\\ud800\"",
          "\u20ac",
          "- ",
          ": ",
          "| ");

  private static final long[] NUMBERS = {
    0,
    1,
    2,
    -1,
    127,
    255,
    65535,
    1 << 20,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    1L << 32,
    1L << 40,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    0x7F800000L,
    0x7FC00000L
  };

  private Mutator() {}

  /**
   * A damaged copy, now and then damaged twice.
   *
   * @param other something of the same kind, to splice with
   */
  static byte[] mutate(byte[] sound, byte[] other, SplittableRandom random) {
    byte[] changed = sound;
    do {
      changed = once(changed, other, random);
    } while (random.nextInt(4) == 0);
    return changed;
  }

  private static byte[] once(byte[] in, byte[] other, SplittableRandom random) {
    int at = random.nextInt(in.length + 1);
    int length = random.nextInt(Math.min(in.length - at, 1 << random.nextInt(10)) + 1);
    return switch (random.nextInt(13)) {
      case 0, 1 -> flip(in, random);
      case 2 -> overwrite(in, at, new byte[] {(byte) random.nextInt(256)});
      case 3 -> overwrite(in, at, new byte[length]);
      case 4 -> Arrays.copyOf(in, at);
      case 5 -> Arrays.copyOf(in, in.length + 1 + random.nextInt(300));
      case 6 -> replace(in, at, at + length, new byte[0]);
      case 7 -> replace(in, at, at, Arrays.copyOfRange(in, at, at + length));
      case 8 -> splice(in, at, other, random);
      case 9 -> overwrite(in, at, number(random));
      // Where binary headers have their lengths.
      case 10 -> overwrite(in, Math.min(in.length, 8 + 4 * random.nextInt(8)), number(random));
      default -> value(in, at, random);
    };
  }

  private static byte[] flip(byte[] in, SplittableRandom random) {
    byte[] out = in.clone();
    if (out.length > 0) {
      out[random.nextInt(out.length)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
    }
    return out;
  }

  private static byte[] number(SplittableRandom random) {
    long number = NUMBERS[random.nextInt(NUMBERS.length)];
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    return Arrays.copyOf(bytes.putLong(0, number).array(), random.nextBoolean() ? 4 : 8);
  }

  private static byte[] overwrite(byte[] in, int at, byte[] with) {
    return replace(in, at, Math.min(in.length, at + with.length), with);
  }

  private static byte[] replace(byte[] in, int from, int until, byte[] with) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(in.length + with.length);
    out.write(in, 0, from);
    out.writeBytes(with);
    out.write(in, until, in.length - until);
    return out.toByteArray();
  }

  private static byte[] splice(byte[] in, int at, byte[] other, SplittableRandom random) {
    int from = random.nextInt(other.length + 1);
    return replace(in, at, in.length, Arrays.copyOfRange(other, from, other.length));
  }

  /** Another value after the next colon, comma or bracket. */
  private static byte[] value(byte[] in, int at, SplittableRandom random) {
    int from = next(in, at, ":,[\t");
    int until = next(in, Math.min(in.length, from + 1), ",]}\n\t");
    byte[] value = VALUES.get(random.nextInt(VALUES.size())).getBytes(UTF_8);
    int begin = Math.min(in.length, from + 1);
    return replace(in, begin, Math.max(begin, until), value);
  }

  private static int next(byte[] in, int at, String ends) {
    int i = at;
    while (i < in.length && ends.indexOf(in[i]) < 0) {
      i++;
    }
    return i;
  }
}
