package io.rivulet.features;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * The fields of an event, in the order of the model's fields.
 *
 * @param name names the schema in feature versions
 * @param fields dense fields hold integers, categorical ones strings
 */
public record Schema(String name, List<Field> fields) implements Serializable {

  /** What a field holds. */
  public enum Kind {
    DENSE,
    CATEGORICAL
  }

  /**
   * One field.
   *
   * @param name its column's name
   * @param kind what it holds
   */
  public record Field(String name, Kind kind) implements Serializable {
    boolean dense() {
      return kind == Kind.DENSE;
    }
  }

  /** Copies the list. */
  public Schema {
    fields = List.copyOf(fields);
  }

  /** Criteo's click log: I1 to I13, then C1 to C26. */
  public static Schema criteo() {
    List<Field> fields = new ArrayList<>();
    for (int i = 1; i <= 13; i++) {
      fields.add(new Field("I" + i, Kind.DENSE));
    }
    for (int i = 1; i <= 26; i++) {
      fields.add(new Field("C" + i, Kind.CATEGORICAL));
    }
    return new Schema("criteo", fields);
  }
}
