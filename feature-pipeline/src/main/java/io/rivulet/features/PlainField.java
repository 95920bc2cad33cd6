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
    this.ownKey = FeatureKeys.ownKey(field);
  }

  /**
   * A reader of {@code field}.
   *
   * @param range of a field that is scaled by MINMAX, else null
   */
  static PlainField of(Field field, int number, Range range) {
    return switch (field.kind()) {
      case DENSE ->
          field.hasCategories() ? new Bucketed(field, number) : new Scaled(field, number, range);
      case CATEGORICAL -> new Categorical(field, number);
      case MULTI_VALUED -> new MultiValued(field, number);
      case CROSS -> throw new IllegalArgumentException("A cross isn't in an event");
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

  /** A number. */
  private abstract static class Dense extends PlainField {
    final boolean whole;
    private final float missing;
    private final String reason;

    Dense(Field field, int number, float missing) {
      super(field, number);
      this.whole = field.whole();
      this.missing = missing;
      this.reason = Refusals.integer(field);
    }

    @Override
    String refusal(byte[] text, int from, int until) {
      return whole && PlainTexts.isNoInteger(text, from, until) ? reason : null;
    }

    @Override
    boolean read(byte[] text, int from, int until, EntryBuffer entries) {
      if (from == until) {
        entries.add(ownKey, missing, number);
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
      if (value >= 0 && value < SmallIntegers.COUNT) {
        addSmall((int) value, entries);
      } else {
        add(value, entries);
      }
      return true;
    }

    private boolean addDecimal(double value, EntryBuffer entries) {
      // NaN, which is not plain, is beyond too.
      if (!(Math.abs(value) <= Float.MAX_VALUE)) {
        return false;
      }
      // Adding 0 makes one zero of two.
      add(value + 0.0, entries);
      return true;
    }

    abstract void add(double value, EntryBuffer entries);

    /** Below {@link SmallIntegers#COUNT}. */
    abstract void addSmall(int value, EntryBuffer entries);
  }

  private static final class Scaled extends Dense {
    private final Scaling scaling;
    private final Range range;

    Scaled(Field field, int number, Range range) {
      super(field, number, 0);
      this.scaling = field.scaling();
      this.range = range;
    }

    @Override
    void add(double value, EntryBuffer entries) {
      entries.add(ownKey, scaling.weight(range, value), number);
    }

    @Override
    void addSmall(int value, EntryBuffer entries) {
      if (scaling == Scaling.LOG1P) {
        entries.add(ownKey, SmallIntegers.LOG1P[value], number);
      } else {
        add(value, entries);
      }
    }
  }

  private static final class Bucketed extends Dense {
    Bucketed(Field field, int number) {
      super(field, number, 1);
    }

    @Override
    void add(double value, EntryBuffer entries) {
      add(Buckets.of(value, whole), entries);
    }

    @Override
    void addSmall(int value, EntryBuffer entries) {
      add((long) SmallIntegers.BUCKET[value], entries);
    }

    private void add(long bucket, EntryBuffer entries) {
      entries.add(FeatureKeys.key(ownKey, bucket), 1, number);
    }
  }

  /** What is looked up, since a logarithm takes longer than all else of a field. */
  private static final class SmallIntegers {
    static final int COUNT = 1 << 16;
    static final float[] LOG1P = new float[COUNT];
    static final short[] BUCKET = new short[COUNT];

    static {
      for (int i = 0; i < COUNT; i++) {
        LOG1P[i] = Scaling.LOG1P.weight(null, i);
        BUCKET[i] = (short) Buckets.of(i, true);
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
        entries.add(FeatureKeys.key(ownKey, text, from, until), 1, number);
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
      long key = from == until ? ownKey : FeatureKeys.key(ownKey, text, from, until);
      entries.add(key, 1, number);
    }
  }
}
