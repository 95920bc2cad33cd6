package io.rivulet.features;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rivulet.features.FeatureSpec.Range;
import io.rivulet.features.Schema.EventTime;
import io.rivulet.features.Schema.Field;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * The features of one tab-separated line at a time, without Spark's expressions: several times
 * faster, and nothing to plan.
 *
 * <p>{@link EventParser} and {@link ClickFeaturesModel} say what an event means; for a
 * <em>plain</em> line this gives their label, keys, weights and fields to the bit. A line is plain
 * if it is well-formed UTF-8 with the right number of columns, no longer than allowed, and its
 * numbers, label and time are written in the usual ways. Of some other lines it is certain that
 * they are no examples, and {@link #refusal} says why; of the rest nothing is decided here.
 *
 * <p>For one thread. What was read last is held in arrays that the next {@link #read} uses again.
 */
public final class RowFeatures {
  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int[] NONE = {};
  private static final long TABS = '\t' * 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;

  private final int maxBytes;

  /** Whether label, id and time are read, too. */
  private final boolean labelled;

  private final boolean pooled;
  private final PlainLabel plainLabel;
  private final int labelColumn;
  private final String labelReason;

  /** Column of the event's id; -1 if there is none. */
  private final int idColumn;

  /** Column of the event's time; -1 if there is none. */
  private final int timeColumn;

  private final EventTime.Unit timeUnit;
  private final PlainField[] fields;

  /** Column of each field. */
  private final int[] fieldColumns;

  /** Own key of each cross, which are the fields after these, and the numbers of its two fields. */
  private final long[] crossKeys;

  private final int[][] crossed;

  /** First entry of each field of the event that was read last. */
  private final int[] first;

  /** Where the tab before each column is, [columns + 1]: first -1, last the line's length. */
  private final int[] tabs;

  private final EntryBuffer entries;
  private float label;

  /** See {@link #refusal}. */
  private String refusal;

  private RowFeatures(FeatureSpec spec, int maxBytes, boolean labelled) {
    Schema schema = spec.schema();
    this.labelled = labelled;
    this.maxBytes = maxBytes;
    this.pooled = schema.pooled();
    this.plainLabel = new PlainLabel(schema.label());
    this.labelColumn = column(schema, schema.label().path());
    this.labelReason = Refusals.label(schema.label());
    this.idColumn = column(schema, schema.eventId());
    this.timeColumn = column(schema, schema.eventTime().path());
    this.timeUnit = schema.eventTime().unit();
    int count = schema.eventFields().size();
    this.fields = new PlainField[count];
    this.first = new int[count];
    this.fieldColumns = new int[count];
    Iterator<Range> ranges = spec.ranges().iterator();
    for (int f = 0; f < count; f++) {
      Field field = schema.fields().get(f);
      fields[f] = PlainField.of(field, f, field.minmax() ? ranges.next() : null);
      fieldColumns[f] = column(schema, field.path());
    }
    this.tabs = new int[schema.columns().size() + 1];
    List<Field> crosses = schema.fields().subList(count, schema.fields().size());
    this.crossKeys = crosses.stream().mapToLong(FeatureKeys::ownKey).toArray();
    this.crossed =
        crosses.stream()
            .map(
                cross ->
                    cross.crossed().stream()
                        .mapToInt(name -> schema.fields().indexOf(schema.field(name)))
                        .toArray())
            .toArray(int[][]::new);
    this.entries = new EntryBuffer(schema.fields().size());
    tabs[0] = -1;
  }

  /**
   * The features of {@code spec}, if their events can be read so.
   *
   * @param maxBytes longer events aren't plain
   * @return empty for other forms than TSV
   */
  public static Optional<RowFeatures> of(FeatureSpec spec, WireForm form, int maxBytes) {
    // Half a surrogate pair has no bytes to look for.
    return form == WireForm.TSV && readable(spec.schema())
        ? Optional.of(new RowFeatures(spec, maxBytes, true))
        : Optional.empty();
  }

  /**
   * The features of {@code spec} for events that nothing is known of but their fields, as when they
   * are to be scored: label, id and time aren't read, and {@link #label} is 0.
   *
   * @param maxBytes longer events aren't plain
   * @throws IllegalArgumentException if a separator of the schema isn't text in UTF-8
   */
  public static RowFeatures unlabelled(FeatureSpec spec, int maxBytes) {
    if (!readable(spec.schema())) {
      throw new IllegalArgumentException(
          "A separator of schema " + spec.schema().name() + " can't be written in UTF-8");
    }
    return new RowFeatures(spec, maxBytes, false);
  }

  private static boolean readable(Schema schema) {
    return schema.fields().stream().allMatch(field -> isUtf8(field.separator()));
  }

  /** Where a path is in a line; -1 for none. */
  private static int column(Schema schema, String path) {
    return path.isEmpty() ? -1 : schema.columns().indexOf(path);
  }

  private static boolean isUtf8(String text) {
    return UTF_8.newEncoder().canEncode(text);
  }

  /**
   * Reads an event.
   *
   * @param value the event as it came, or null
   * @return whether it is plain, so that what it became can be asked for
   */
  public boolean read(byte[] value) {
    refusal = unusable(value);
    if (refusal != null) {
      return false;
    }
    if (labelled && !readLabel(value)) {
      return false;
    }
    entries.clear();
    for (int f = 0; f < fields.length; f++) {
      int column = fieldColumns[f];
      first[f] = entries.size();
      if (!fields[f].read(value, start(column), end(column), entries)) {
        refusal = fields[f].refusal(value, start(column), end(column));
        return false;
      }
    }
    for (int c = 0; c < crossed.length; c++) {
      long one = entries.keys()[first[crossed[c][0]]];
      long other = entries.keys()[first[crossed[c][1]]];
      entries.add(FeatureKeys.crossKey(crossKeys[c], one, other), 1, fields.length + c);
    }
    return true;
  }

  private boolean readLabel(byte[] value) {
    label = plainLabel.read(value, start(labelColumn), end(labelColumn));
    if (Float.isNaN(label)) {
      refusal = plainLabel.knowsAll() ? labelReason : null;
      return false;
    }
    if (!hasId()) {
      refusal = Refusals.NO_ID;
      return false;
    }
    return hasTime(value);
  }

  /**
   * Why the event that was read last, and isn't plain, is no example: what {@link EventParser} says
   * of it; null where that isn't decided here.
   */
  public String refusal() {
    return refusal;
  }

  /** Why an event has no cells; null if it has. */
  private String unusable(byte[] value) {
    String unread = Refusals.unread(value, maxBytes);
    if (unread != null || cut(value)) {
      return unread;
    }
    return Utf8.isWellFormed(value) ? Refusals.WRONG_COLUMNS : Refusals.INVALID_UTF_8;
  }

  private int start(int column) {
    return tabs[column] + 1;
  }

  private int end(int column) {
    return tabs[column + 1];
  }

  /** Finds the columns, eight bytes at a time; false if their number or the text is wrong. */
  private boolean cut(byte[] value) {
    int last = tabs.length - 1;
    int column = 0;
    long all = 0;
    int i = 0;
    for (; i <= value.length - Long.BYTES; i += Long.BYTES) {
      long word = (long) WORDS.get(value, i);
      all |= word;
      long found = zeroBytes(word ^ TABS);
      while (found != 0) {
        if (++column == last) {
          return false;
        }
        tabs[column] = i + Long.numberOfTrailingZeros(found) / Byte.SIZE;
        found &= found - 1;
      }
    }
    for (; i < value.length; i++) {
      all |= value[i];
      if (value[i] == '\t') {
        if (++column == last) {
          return false;
        }
        tabs[column] = i;
      }
    }
    tabs[last] = value.length;
    return column == last - 1 && ((all & HIGH_BITS) == 0 || Utf8.isWellFormed(value));
  }

  /** The high bit of each byte that is 0. */
  private static long zeroBytes(long word) {
    return ~(((word & ~HIGH_BITS) + ~HIGH_BITS) | word | ~HIGH_BITS);
  }

  private boolean hasId() {
    return idColumn < 0 || start(idColumn) < end(idColumn);
  }

  private boolean hasTime(byte[] value) {
    if (timeColumn < 0) {
      return true;
    }
    int from = start(timeColumn);
    int until = end(timeColumn);
    return switch (timeUnit) {
      case ISO -> PlainTexts.isIsoTime(value, from, until);
      case SECONDS ->
          Math.abs(PlainTexts.decimal(value, from, until)) <= PlainTexts.MAX_EXACT / 1000.0;
      case MILLIS -> PlainTexts.integer(value, from, until) != PlainTexts.NO_INTEGER;
    };
  }

  /** Whether the event is a click: 0 or 1. */
  public float label() {
    return label;
  }

  /** Number of entries. */
  public int entries() {
    return entries.size();
  }

  /** The key of each entry, [entries] and whatever comes behind. */
  public long[] keys() {
    return entries.keys();
  }

  /** The weight of each entry, [entries] and whatever comes behind. */
  public float[] weights() {
    return entries.weights();
  }

  /**
   * The field of each entry, [entries] and whatever comes behind; empty if no field of the schema
   * is multi-valued, since then every field has exactly one.
   */
  public int[] fields() {
    return pooled ? entries.fields() : NONE;
  }
}
