package io.rivulet.features;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes JSON events as the tab-separated lines that {@link RowFeatures#unlabelled} reads: the
 * features are those that the event has in the form {@link WireForm#JSON}. Only the cells of fields
 * are filled.
 */
public final class JsonLines {
  private static final String TAB = "\t";

  /** By name the column where a value goes, or the names within an object. */
  private final Map<String, Object> tree = new HashMap<>();

  /** Between the values of a list in each column; null where there may be none. */
  private final String[] separators;

  /** Lines of the schema's columns. */
  public JsonLines(Schema schema) {
    List<String> columns = schema.columns();
    separators = new String[columns.size()];
    for (Schema.Field field : schema.eventFields()) {
      int column = columns.indexOf(field.path());
      put(Paths.names(field.path()), column);
      if (field.multiValued()) {
        separators[column] = field.separator();
      }
    }
  }

  @SuppressWarnings("unchecked")
  private void put(List<String> names, int column) {
    Map<String, Object> inner = tree;
    for (String name : names.subList(0, names.size() - 1)) {
      inner = (Map<String, Object>) inner.computeIfAbsent(name, n -> new HashMap<>());
    }
    inner.put(names.get(names.size() - 1), column);
  }

  /**
   * The line of an event. What the event lacks is empty, what no column asks for is left out.
   *
   * @param in at the event's opening brace; left at its closing one
   * @throws IllegalArgumentException if a value can't stand in a line; the message names it
   * @throws IOException if it isn't JSON
   */
  public byte[] line(JsonParser in) throws IOException {
    String[] cells = new String[separators.length];
    Arrays.fill(cells, "");
    readObject(in, tree, cells);
    return String.join(TAB, cells).getBytes(StandardCharsets.UTF_8);
  }

  @SuppressWarnings("unchecked")
  private void readObject(JsonParser in, Map<String, Object> names, String[] cells)
      throws IOException {
    while (in.nextToken() != JsonToken.END_OBJECT) {
      String name = in.currentName();
      Object place = names.get(name);
      in.nextToken();
      if (place instanceof Integer column) {
        cells[column] =
            in.currentToken() == JsonToken.START_ARRAY
                ? list(in, name, separators[column])
                : scalar(in, name);
      } else if (place != null && in.currentToken() == JsonToken.START_OBJECT) {
        readObject(in, (Map<String, Object>) place, cells);
      } else {
        in.skipChildren();
      }
    }
  }

  private static String list(JsonParser in, String name, String separator) throws IOException {
    require(separator != null, name, "is a list");
    StringBuilder list = new StringBuilder();
    for (int i = 0; in.nextToken() != JsonToken.END_ARRAY; i++) {
      String value = scalar(in, name);
      require(!value.contains(separator), name, "has a value with the separator in it");
      list.append(i == 0 ? "" : separator).append(value);
    }
    return list.toString();
  }

  private static String scalar(JsonParser in, String name) throws IOException {
    JsonToken token = in.currentToken();
    require(token.isScalarValue(), name, "is no text, number or boolean");
    String text =
        switch (token) {
          case VALUE_NULL -> "";
          // As Spark writes them, where 7.50 is 7.5.
          case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> in.getNumberValue().toString();
          default -> in.getText();
        };
    require(!text.contains(TAB), name, "has a tab in it");
    return text;
  }

  private static void require(boolean holds, String name, String what) {
    if (!holds) {
      throw new IllegalArgumentException(name + " " + what);
    }
  }
}
