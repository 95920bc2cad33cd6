package io.rivulet.features;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rivulet.features.FeatureSpec.Range;
import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.Schema.Field;
import io.rivulet.features.Schema.Missing;
import io.rivulet.features.Schema.Pooling;
import java.util.Arrays;

/** One field of a plain row: its cell becomes entries of the example. */
abstract class PlainField {
  /** The field's place among the fields. */
  final int number;

  final long ownKey;

  private PlainField(Field field, int number) {
    this.number = number;
    this.ownKey = FeatureColumns.ownKeyOf(field);
  }

  /**
   * A reader of {@code field}.
   *
   * @param range of a field that is scaled by MINMAX, else null
   */
  static PlainField of(Field field, int number, Range range) {
    return switch (field.kind()) {
      case DENSE -> new Dense(field, number, range);
      case CATEGORICAL -> new Categorical(field, number);
      case MULTI_VALUED -> new MultiValued(field, number);
    };
  }

  /**
   * Adds the entries of the cell {@code text[from … until - 1]}.
   *
   * @return whether the cell is plain; if not, {@code entries} may hold anything
   */
  abstract boolean read(byte[] text, int from, int until, EntryBuffer entries);

  /**
   * Why an event with this cell, which isn't plain, isn't an example; null where that isn't decided
   * here.
   */
  String refusal(byte[] text, int from, int until) {
    return null;
  }

  private static final class Dense extends PlainField {
    private final boolean whole;
    private final Scaling scaling;
    private final Range range;
    private final String reason;

    Dense(Field field, int number, Range range) {
      super(field, number);
      this.whole = field.whole();
      this.scaling = field.scaling();
      this.range = range;
      this.reason = EventParser.integerReason(field);
    }

    @Override
    String refusal(byte[] text, int from, int until) {
      return whole && PlainTexts.isNoInteger(text, from, until) ? reason : null;
    }

    @Override
    boolean read(byte[] text, int from, int until, EntryBuffer entries) {
      if (from == until) {
        entries.add(ownKey, 0, number);
        return true;
      }
      return whole
          ? addInteger(PlainTexts.integer(text, from, until), entries)
          : addDecimal(PlainTexts.decimal(text, from, until), entries);
    }

    private boolean addInteger(long value, EntryBuffer entries) {
      if (value == PlainTexts.NO_INTEGER) {
        return false;
      }
      float weight =
          scaling == Scaling.LOG1P && value < SmallIntegers.LOG1P.length
              ? SmallIntegers.LOG1P[(int) Math.max(value, 0)]
              : FeatureColumns.weight(scaling, range, (double) value);
      entries.add(ownKey, weight, number);
      return true;
    }

    private boolean addDecimal(double value, EntryBuffer entries) {
      // NaN, which is not plain, is beyond too.
      if (!(Math.abs(value) <= Float.MAX_VALUE)) {
        return false;
      }
      // Adding 0 makes one zero of two.
      entries.add(ownKey, FeatureColumns.weight(scaling, range, value + 0.0), number);
      return true;
    }
  }

  /** Weights that are looked up, since a logarithm takes longer than all else of a field. */
  private static final class SmallIntegers {
    static final float[] LOG1P = new float[1 << 16];

    static {
      for (int i = 0; i < LOG1P.length; i++) {
        LOG1P[i] = FeatureColumns.weight(Scaling.LOG1P, null, i);
      }
    }
  }

  private static final class Categorical extends PlainField {
    private final float missing;

    Categorical(Field field, int number) {
      super(field, number);
      this.missing = field.missing() == Missing.ZERO ? 0 : 1;
    }

    @Override
    boolean read(byte[] text, int from, int until, EntryBuffer entries) {
      if (from == until) {
        entries.add(ownKey, missing, number);
      } else {
        entries.add(FeatureColumns.key(ownKey, text, from, until), 1, number);
      }
      return true;
    }
  }

  private static final class MultiValued extends PlainField {
    private final float missing;
    private final boolean mean;
    private final byte[] separator;

    MultiValued(Field field, int number) {
      super(field, number);
      this.missing = field.missing() == Missing.ZERO ? 0 : 1;
      this.mean = field.pooling() == Pooling.MEAN;
      this.separator = field.separator().getBytes(UTF_8);
    }

    @Override
    boolean read(byte[] text, int from, int until, EntryBuffer entries) {
      if (from == until) {
        entries.add(ownKey, missing, number);
        return true;
      }
      int first = entries.size();
      int start = from;
      int i = from;
      while (i <= until - separator.length) {
        if (isSeparator(text, i)) {
          add(text, start, i, entries);
          i += separator.length;
          start = i;
        } else {
          i++;
        }
      }
      add(text, start, until, entries);
      if (mean) {
        entries.reweigh(first, (float) (1.0 / (entries.size() - first)));
      }
      return true;
    }

    private boolean isSeparator(byte[] text, int i) {
      return text[i] == separator[0]
          && (separator.length == 1
              || Arrays.equals(separator, 0, separator.length, text, i, i + separator.length));
    }

    /** An empty value among others has the field's own key. */
    private void add(byte[] text, int from, int until, EntryBuffer entries) {
      long key = from == until ? ownKey : FeatureColumns.key(ownKey, text, from, until);
      entries.add(key, 1, number);
    }
  }
}
