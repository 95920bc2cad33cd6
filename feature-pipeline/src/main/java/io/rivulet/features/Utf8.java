package io.rivulet.features;

/** Which bytes are UTF-8: the Unicode Standard, table 3-7. */
final class Utf8 {
  private Utf8() {}

  /** Whether these bytes are well-formed; Java's decoder and encoder give just those back. */
  static boolean isWellFormed(byte[] text) {
    int i = 0;
    while (i < text.length) {
      int lead = text[i++] & 0xFF;
      if (lead >= 0x80) {
        int more = following(lead);
        if (more == 0 || text.length - i < more || !isSecond(lead, text[i] & 0xFF)) {
          return false;
        }
        for (int k = 1; k < more; k++) {
          if ((text[i + k] & 0xC0) != 0x80) {
            return false;
          }
        }
        i += more;
      }
    }
    return true;
  }

  /** Number of bytes that follow a lead byte; 0 if it is none. */
  private static int following(int lead) {
    if (lead < 0xC2 || lead > 0xF4) {
      return 0;
    }
    return lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
  }

  /** The second byte tells overlong forms, surrogates and what is beyond U+10FFFF. */
  private static boolean isSecond(int lead, int second) {
    return switch (lead) {
      case 0xE0 -> second >= 0xA0 && second <= 0xBF;
      case 0xED -> second >= 0x80 && second <= 0x9F;
      case 0xF0 -> second >= 0x90 && second <= 0xBF;
      case 0xF4 -> second >= 0x80 && second <= 0x8F;
      default -> second >= 0x80 && second <= 0xBF;
    };
  }
}
