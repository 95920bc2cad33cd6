package io.rivulet.features;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rivulet.features.Schema.Label;
import java.util.Arrays;
import java.util.List;

/** The label of a plain row. All texts are {@code text[from … until - 1]}. */
final class PlainLabel {
  private final double atLeast;
  private final byte[][] click;

  /** Empty: every text but the empty one. */
  private final byte[][] noClick;

  PlainLabel(Label label) {
    boolean zeroOrOne = label.click().isEmpty();
    atLeast = label.atLeast();
    click = bytes(zeroOrOne ? Label.CLICK : label.click());
    noClick = bytes(zeroOrOne ? Label.NO_CLICK : label.noClick());
  }

  private static byte[][] bytes(List<String> texts) {
    return texts.stream().map(text -> text.getBytes(UTF_8)).toArray(byte[][]::new);
  }

  /**
   * Whether every label is plain that Spark SQL accepts: texts are compared whole, while a number
   * may be written in more ways than the plain ones.
   */
  boolean knowsAll() {
    return Double.isNaN(atLeast);
  }

  /** 0, 1, or NaN for a label that isn't plain. */
  float read(byte[] text, int from, int until) {
    if (!Double.isNaN(atLeast)) {
      double number = PlainTexts.decimal(text, from, until);
      return Double.isNaN(number) ? Float.NaN : number >= atLeast ? 1 : 0;
    }
    if (isOneOf(click, text, from, until)) {
      return 1;
    }
    boolean none = noClick.length == 0 ? from < until : isOneOf(noClick, text, from, until);
    return none ? 0 : Float.NaN;
  }

  private static boolean isOneOf(byte[][] texts, byte[] text, int from, int until) {
    for (byte[] one : texts) {
      if (Arrays.equals(one, 0, one.length, text, from, until)) {
        return true;
      }
    }
    return false;
  }
}
