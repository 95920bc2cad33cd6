package io.rivulet.features;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.time.Year;

/**
 * Numbers and times in the ways in which they are usually written. What is written otherwise may
 * still be one for Spark's casts; here it isn't plain. All texts are {@code text[from … until -
 * 1]}.
 */
final class PlainTexts {
  /** What {@link #integer} gives for a text that isn't plain. */
  static final long NO_INTEGER = Long.MIN_VALUE;

  /** So many digits are less than 2⁶³. */
  private static final int MAX_DIGITS = 18;

  /** Up to here a double holds every integer. */
  static final long MAX_EXACT = 1L << 53;

  private static final int MAX_DECIMAL_BYTES = 64;

  /** 10ⁿ, exact in a double. */
  private static final double[] POWERS = new double[23];

  static {
    POWERS[0] = 1;
    for (int n = 1; n < POWERS.length; n++) {
      POWERS[n] = 10 * POWERS[n - 1];
    }
  }

  private PlainTexts() {}

  /** The number of {@code -?[0-9]{1,18}}, else {@link #NO_INTEGER}. */
  static long integer(byte[] text, int from, int until) {
    boolean negative = from < until && text[from] == '-';
    int first = negative ? from + 1 : from;
    if (first >= until || until - first > MAX_DIGITS) {
      return NO_INTEGER;
    }
    long number = 0;
    for (int i = first; i < until; i++) {
      int digit = text[i] - '0';
      if (digit < 0 || digit > 9) {
        return NO_INTEGER;
      }
      number = 10 * number + digit;
    }
    return negative ? -number : number;
  }

  /** Whether a text has a letter or a point: then no cast makes an integer of it. */
  static boolean isNoInteger(byte[] text, int from, int until) {
    for (int i = from; i < until; i++) {
      int lower = text[i] | 0x20;
      if (text[i] == '.' || (lower >= 'a' && lower <= 'z')) {
        return true;
      }
    }
    return false;
  }

  /**
   * The double next to {@code -?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?}, at most 64 bytes, as
   * {@link Double#parseDouble} gives it; else NaN.
   */
  static double decimal(byte[] text, int from, int until) {
    if (until - from > MAX_DECIMAL_BYTES) {
      return Double.NaN;
    }
    boolean negative = from < until && text[from] == '-';
    int first = negative ? from + 1 : from;
    int point = endOfDigits(text, first, until);
    int end = point;
    if (point < until && text[point] == '.') {
      end = endOfDigits(text, point + 1, until);
      if (end == point + 1) {
        return Double.NaN;
      }
    }
    if (point == first || (end < until && !isExponent(text, end, until))) {
      return Double.NaN;
    }
    int digits = end == point ? end - first : end - first - 1;
    if (digits <= MAX_DIGITS) {
      long mantissa = digits(text, point + 1, end, digits(text, first, point, 0));
      int power = exponent(text, end, until) - (digits - (point - first));
      // Both are exact, so the result is rounded once (Clinger 1990).
      if (mantissa <= MAX_EXACT && Math.abs(power) < POWERS.length) {
        double number = power < 0 ? mantissa / POWERS[-power] : mantissa * POWERS[power];
        return negative ? -number : number;
      }
    }
    return Double.parseDouble(new String(text, from, until - from, ISO_8859_1));
  }

  private static boolean isDigit(byte[] text, int i) {
    return text[i] >= '0' && text[i] <= '9';
  }

  /** Where the digits that begin at {@code i} end. */
  private static int endOfDigits(byte[] text, int i, int until) {
    int end = i;
    while (end < until && isDigit(text, end)) {
      end++;
    }
    return end;
  }

  /** Appends digits to a number. */
  private static long digits(byte[] text, int from, int until, long before) {
    long number = before;
    for (int i = from; i < until; i++) {
      number = 10 * number + (text[i] - '0');
    }
    return number;
  }

  /** Whether the rest of a text is {@code [eE][+-]?[0-9]{1,3}}. */
  private static boolean isExponent(byte[] text, int from, int until) {
    if (text[from] != 'e' && text[from] != 'E') {
      return false;
    }
    int first = afterSign(text, from + 1, until);
    return first < until && until - first <= 3 && endOfDigits(text, first, until) == until;
  }

  private static int exponent(byte[] text, int from, int until) {
    if (from == until) {
      return 0;
    }
    int number = (int) digits(text, afterSign(text, from + 1, until), until, 0);
    return text[from + 1] == '-' ? -number : number;
  }

  private static int afterSign(byte[] text, int i, int until) {
    return i < until && (text[i] == '-' || text[i] == '+') ? i + 1 : i;
  }

  /**
   * Whether this is a day of the years 1000 to 9999, as in 2024-01-02, or a time of it, as in
   * 2024-01-02T03:04:05.678+01:00, with a blank for the T, fewer or more digits of the second, a Z
   * or no zone.
   */
  static boolean isIsoTime(byte[] text, int from, int until) {
    int length = until - from;
    if (length < 10 || !isDay(text, from)) {
      return false;
    }
    if (length == 10) {
      return true;
    }
    if (length < 19
        || (text[from + 10] != 'T' && text[from + 10] != ' ')
        || !isTwoDigits(text, from + 11, 23)
        || text[from + 13] != ':'
        || !isTwoDigits(text, from + 14, 59)
        || text[from + 16] != ':'
        || !isTwoDigits(text, from + 17, 59)) {
      return false;
    }
    int zone = from + 19;
    if (zone < until && text[zone] == '.') {
      int end = endOfDigits(text, zone + 1, until);
      if (end == zone + 1 || end > zone + 10) {
        return false;
      }
      zone = end;
    }
    return switch (until - zone) {
      case 0 -> true;
      case 1 -> text[zone] == 'Z';
      case 6 ->
          (text[zone] == '+' || text[zone] == '-')
              && isTwoDigits(text, zone + 1, 17)
              && text[zone + 3] == ':'
              && isTwoDigits(text, zone + 4, 59);
      default -> false;
    };
  }

  private static boolean isDay(byte[] text, int from) {
    if (!isTwoDigits(text, from, 99)
        || text[from] == '0'
        || !isTwoDigits(text, from + 2, 99)
        || text[from + 4] != '-'
        || !isTwoDigits(text, from + 5, 12)
        || text[from + 7] != '-'
        || !isTwoDigits(text, from + 8, 31)) {
      return false;
    }
    int year = (int) digits(text, from, from + 4, 0);
    int month = (int) digits(text, from + 5, from + 7, 0);
    int day = (int) digits(text, from + 8, from + 10, 0);
    return month >= 1 && day >= 1 && day <= days(year, month);
  }

  private static int days(int year, int month) {
    return switch (month) {
      case 2 -> Year.isLeap(year) ? 29 : 28;
      case 4, 6, 9, 11 -> 30;
      default -> 31;
    };
  }

  private static boolean isTwoDigits(byte[] text, int from, int max) {
    return isDigit(text, from) && isDigit(text, from + 1) && digits(text, from, from + 2, 0) <= max;
  }
}
