package io.rivulet.features;

import io.rivulet.features.Schema.Field;
import io.rivulet.features.Schema.Label;

/** What is said of events that are no examples, wherever that is found out. */
final class Refusals {
  private static final String NULL_VALUE = "null value";
  private static final String EMPTY_VALUE = "empty value";
  private static final String TOO_LONG = "longer than event.max_bytes";
  static final String INVALID_UTF_8 = "invalid UTF-8";
  static final String WRONG_COLUMNS = "wrong number of columns";
  static final String NO_ID = "event id is missing";

  private Refusals() {}

  /** Of an event that isn't looked at; null of one that is. */
  static String unread(byte[] value, int maxBytes) {
    if (value == null) {
      return NULL_VALUE;
    }
    if (value.length == 0) {
      return EMPTY_VALUE;
    }
    return value.length > maxBytes ? TOO_LONG : null;
  }

  /** Of an event whose label can't be told. */
  static String label(Label label) {
    return !Double.isNaN(label.atLeast())
        ? "label is not a number"
        : label.click().isEmpty() ? "label is not 0 or 1" : "label is none of the schema's";
  }

  /** Of a text that should be an integer, and isn't. */
  static String integer(Field field) {
    return field.name() + " is not an integer";
  }
}
