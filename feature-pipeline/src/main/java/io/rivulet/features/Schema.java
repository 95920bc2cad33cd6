package io.rivulet.features;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.rivulet.features.FeatureSpec.Scaling;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What an event holds and where: the label, its fields in the order of the model's fields, and if
 * declared its id and time.
 *
 * @param name names the schema in feature versions
 * @param label where the label is and what counts as a click
 * @param eventId path of the event's id; empty for none
 * @param eventTime where the event's time is
 * @param fields one a field of the model
 * @param columns paths in the order of a TSV line's cells; a line may hold more than the schema
 *     uses
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record Schema(
    String name,
    Label label,
    String eventId,
    EventTime eventTime,
    List<Field> fields,
    List<String> columns)
    implements Serializable {

  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,99}");
  private static final Set<String> RESERVED =
      Set.of(
          "topic",
          "partition",
          "offset",
          "value",
          "key",
          "text",
          "reason",
          "cells",
          "event",
          "label",
          "event_id",
          "event_time",
          "keys",
          "weights",
          "fields");

  /** What a field holds. */
  public enum Kind {
    /** A number. */
    DENSE,
    /** A text. */
    CATEGORICAL,
    /** Any number of texts, pooled. */
    MULTI_VALUED,
    /** Two fields at once, for the wide part alone: each pair of their values is a category. */
    CROSS
  }

  /** How the values of a multi-valued field are pooled. */
  public enum Pooling {
    MEAN,
    SUM
  }

  /** What a missing category becomes. */
  public enum Missing {
    /** The field's OOV key, which has a row of its own. */
    OOV,
    /** Nothing: weight 0. */
    ZERO
  }

  /**
   * Where the label is and what counts as a click.
   *
   * @param path of the label
   * @param click texts that are clicks; empty: 1 and true
   * @param noClick texts that aren't; empty: all others, or 0 and false if {@code click} is empty
   *     too
   * @param atLeast a number from which on it is a click, which replaces the lists; NaN for none
   */
  public record Label(String path, List<String> click, List<String> noClick, double atLeast)
      implements Serializable {
    /** Texts that are clicks where nothing is said of what is. */
    static final List<String> CLICK = List.of("1", "1.0", "true");

    /** Texts that are none where nothing is said of what is. */
    static final List<String> NO_CLICK = List.of("0", "0.0", "false");

    /** Checks that one rule is given. */
    public Label {
      require(!path.isEmpty(), "The label needs a path");
      require(
          Double.isNaN(atLeast) || (click.isEmpty() && noClick.isEmpty()),
          "The label has either at_least, or click and no_click");
      require(
          noClick.isEmpty() || !click.isEmpty(), "The label's no_click needs a list click beside");
      click = List.copyOf(click);
      noClick = List.copyOf(noClick);
    }

    /** 1 is a click, 0 is none. */
    public static Label zeroOrOne(String path) {
      return new Label(path, List.of(), List.of(), Double.NaN);
    }
  }

  /**
   * Where an event's time is.
   *
   * @param path empty for none
   * @param unit how it is written
   */
  public record EventTime(String path, Unit unit) implements Serializable {
    /** No time is declared. */
    public static final EventTime NONE = new EventTime("", Unit.ISO);

    /** How a time is written. */
    public enum Unit {
      /** ISO 8601; without a zone it is UTC. */
      ISO,
      /** Seconds since 1970. */
      SECONDS,
      /** Milliseconds since 1970. */
      MILLIS
    }
  }

  /**
   * One field.
   *
   * @param name its column's name; its keys are derived from it
   * @param path where its value is: a name, or {@code $.a.b} into nested JSON objects; of a cross
   *     the names of its two fields with {@code *} between
   * @param kind what it holds
   * @param scaling of a dense field: how its value becomes a weight
   * @param whole of a dense field: whether only integers will do
   * @param missing of a category: what a missing one becomes
   * @param minCount a frozen vocabulary keeps what was seen more often; -1: as for all fields
   * @param separator of a multi-valued field: what stands between values in a text
   * @param pooling of a multi-valued field
   */
  public record Field(
      String name,
      String path,
      Kind kind,
      Scaling scaling,
      boolean whole,
      Missing missing,
      int minCount,
      String separator,
      Pooling pooling)
      implements Serializable {

    /** Checks the name and the separator. */
    public Field {
      require(
          kind != Kind.CROSS || path.matches("[^*]+\\*[^*]+"),
          "A cross is written FIELD*FIELD, not '" + path + "'");
      require(
          NAME.matcher(name).matches(),
          "A field's name is letters, digits and _, not '" + name + "'; its path may be anything");
      require(
          !RESERVED.contains(name.toLowerCase(Locale.ROOT)),
          "The name " + name + " is reserved; name the field otherwise and give path: " + name);
      require(!path.isEmpty(), "Field " + name + " has an empty path");
      require(!separator.isEmpty(), "Field " + name + " has an empty separator");
    }

    /** A dense field. */
    public static Field dense(String name, String path, Scaling scaling, boolean whole) {
      return new Field(name, path, Kind.DENSE, scaling, whole, Missing.OOV, -1, "|", Pooling.MEAN);
    }

    /** A categorical field whose missing values have the OOV key. */
    public static Field categorical(String name, String path) {
      return new Field(
          name, path, Kind.CATEGORICAL, Scaling.LOG1P, false, Missing.OOV, -1, "|", Pooling.MEAN);
    }

    /** A multi-valued field; texts have {@code |} between values. */
    public static Field multiValued(String name, String path, Pooling pooling) {
      return new Field(
          name, path, Kind.MULTI_VALUED, Scaling.LOG1P, false, Missing.OOV, -1, "|", pooling);
    }

    /** Two fields at once, written {@code first*second}. */
    static Field cross(String pair) {
      String names = pair.replaceAll("\\s*\\*\\s*", "*").strip();
      return new Field(
          names.replace("*", "_x_"),
          names,
          Kind.CROSS,
          Scaling.LOG1P,
          false,
          Missing.OOV,
          -1,
          "|",
          Pooling.MEAN);
    }

    boolean cross() {
      return kind == Kind.CROSS;
    }

    /** The names of the two fields of a cross. */
    List<String> crossed() {
      return List.of(path.split("\\*", -1));
    }

    boolean dense() {
      return kind == Kind.DENSE;
    }

    /** Whether its values have keys of their own. */
    boolean hasCategories() {
      return !dense() || scaling == Scaling.BUCKETS;
    }

    boolean multiValued() {
      return kind == Kind.MULTI_VALUED;
    }

    boolean minmax() {
      return dense() && scaling == Scaling.MINMAX;
    }
  }

  /** Checks that names are distinct and that the columns hold every path. */
  public Schema {
    require(NAME.matcher(name).matches(), "A schema's name is letters, digits and _, not " + name);
    require(!fields.isEmpty(), "Schema " + name + " has no fields");
    Set<String> names = new HashSet<>();
    for (Field field : fields) {
      require(
          names.add(field.name().toLowerCase(Locale.ROOT)),
          "Schema " + name + " has two fields " + field.name() + "; case doesn't count");
    }
    fields = List.copyOf(fields);
    requireCrosses(name, fields);
    Paths.tree(paths(label, eventId, eventTime, fields));
    columns = List.copyOf(columns.isEmpty() ? paths(label, eventId, eventTime, fields) : columns);
    require(
        new HashSet<>(columns).size() == columns.size(),
        "Schema " + name + " has a column twice: " + columns);
    for (String path : paths(label, eventId, eventTime, fields)) {
      require(
          columns.contains(path),
          "Schema " + name + " has no column " + path + " among " + columns);
    }
  }

  private static void requireCrosses(String name, List<Field> fields) {
    for (int f = 0; f < fields.size(); f++) {
      Field cross = fields.get(f);
      if (cross.cross()) {
        require(
            !cross.crossed().get(0).equals(cross.crossed().get(1)),
            "The cross " + cross.path() + " is of one field");
        for (String part : cross.crossed()) {
          require(
              fields.stream()
                  .anyMatch(
                      field ->
                          field.name().equals(part)
                              && !field.cross()
                              && !field.multiValued()
                              && field.hasCategories()),
              "The cross "
                  + cross.path()
                  + " needs categorical or bucketed fields of schema "
                  + name
                  + ", and "
                  + part
                  + " is none");
        }
      } else {
        require(
            f == 0 || !fields.get(f - 1).cross(), "Crosses of schema " + name + " must come last");
      }
    }
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }

  private static List<String> paths(
      Label label, String eventId, EventTime eventTime, List<Field> fields) {
    List<String> paths = new ArrayList<>();
    paths.add(label.path());
    fields.stream().filter(field -> !field.cross()).forEach(field -> paths.add(field.path()));
    for (String path : List.of(eventId, eventTime.path())) {
      if (!path.isEmpty()) {
        paths.add(path);
      }
    }
    return paths.stream().distinct().toList();
  }

  /** The paths that an event must be asked for, each once. */
  List<String> paths() {
    return paths(label, eventId, eventTime, fields);
  }

  /** The fields whose values are in an event; crosses, which are not, come after them. */
  public List<Field> eventFields() {
    return fields.subList(0, fields.size() - crosses());
  }

  /** Number of crosses, which are the last fields. */
  public int crosses() {
    return (int) fields.stream().filter(Field::cross).count();
  }

  /** The field of that name. */
  Field field(String name) {
    return fields.stream().filter(field -> field.name().equals(name)).findFirst().orElseThrow();
  }

  /**
   * The same schema with crosses behind its fields.
   *
   * @param pairs names of two fields each, with {@code *} between
   * @throws IllegalArgumentException if one isn't two categorical or bucketed fields
   */
  public Schema withCrosses(List<String> pairs) {
    List<Field> all = new ArrayList<>(fields);
    pairs.forEach(pair -> all.add(Field.cross(pair)));
    return new Schema(name, label, eventId, eventTime, all, columns);
  }

  /** Whether a field can have more than one key. */
  public boolean pooled() {
    return fields.stream().anyMatch(Field::multiValued);
  }

  /**
   * Whether the values of each field in an event have keys of their own, so that the field's own
   * key stands for a missing or unknown value; [fields].
   */
  public boolean[] categoryFields() {
    boolean[] categories = new boolean[fields.size()];
    for (int f = 0; f < categories.length; f++) {
      categories[f] = fields.get(f).hasCategories() && !fields.get(f).cross();
    }
    return categories;
  }

  /** The same schema with another scaling of every dense field. */
  Schema withScaling(Scaling scaling) {
    List<Field> scaled =
        fields.stream()
            .map(f -> f.dense() ? Field.dense(f.name(), f.path(), scaling, f.whole()) : f)
            .toList();
    return new Schema(name, label, eventId, eventTime, scaled, columns);
  }

  /** Criteo's click log: the label, I1 to I13, then C1 to C26. */
  public static Schema criteo(Scaling scaling) {
    List<Field> fields = new ArrayList<>();
    for (int i = 1; i <= 13; i++) {
      fields.add(Field.dense("I" + i, "I" + i, scaling, true));
    }
    for (int i = 1; i <= 26; i++) {
      fields.add(Field.categorical("C" + i, "C" + i));
    }
    return new Schema("criteo", Label.zeroOrOne("label"), "", EventTime.NONE, fields, List.of());
  }
}
