package io.rivulet.app.kafka;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.rivulet.features.Schema;
import io.rivulet.features.WireForm;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Tab-separated lines as Kafka records of any wire form, as their producers send them. A line that
 * doesn't fit the schema is sent as it is.
 */
public final class EventEncoder {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Schema schema;
  private final WireForm form;
  private final byte[] key;
  private final Map<String, Schema.Field> byPath = new HashMap<>();

  /**
   * A record.
   *
   * @param key empty for none
   * @param value the event
   */
  public record Message(byte[] key, byte[] value) {}

  /** Encodes events of {@code schema} in {@code form}. */
  public EventEncoder(Schema schema, WireForm form) {
    this.schema = schema;
    this.form = form;
    schema.eventFields().forEach(field -> byPath.put(field.path(), field));
    this.key = form == WireForm.MINDREC ? bytes(JSON.valueToTree(schema.columns())) : new byte[0];
  }

  /** The record of a line. */
  public Message encode(byte[] line) {
    String[] cells = new String(line, StandardCharsets.UTF_8).split("\t", -1);
    if (form == WireForm.TSV || cells.length != schema.columns().size()) {
      return new Message(key, line);
    }
    return form == WireForm.JSON ? object(cells) : array(cells);
  }

  private Message object(String[] cells) {
    ObjectNode root = JSON.createObjectNode();
    for (int c = 0; c < cells.length; c++) {
      if (!cells[c].isEmpty()) {
        String path = schema.columns().get(c);
        List<String> names =
            path.startsWith("$.") ? List.of(path.substring(2).split("\\.")) : List.of(path);
        ObjectNode parent = root;
        for (String name : names.subList(0, names.size() - 1)) {
          parent = parent.get(name) instanceof ObjectNode inner ? inner : parent.putObject(name);
        }
        parent.set(names.get(names.size() - 1), JSON.valueToTree(value(path, cells[c])));
      }
    }
    return new Message(key, bytes(root));
  }

  /** As pandas has a row of mixed columns: numbers as floats, NaN where missing. */
  private Message array(String[] cells) {
    StringBuilder text = new StringBuilder("[");
    for (int c = 0; c < cells.length; c++) {
      Object value = cells[c].isEmpty() ? Double.NaN : value(schema.columns().get(c), cells[c]);
      text.append(c == 0 ? "" : ", ")
          .append(value instanceof Double number && number.isNaN() ? "NaN" : json(value));
    }
    return new Message(key, text.append("]").toString().getBytes(StandardCharsets.UTF_8));
  }

  private Object value(String path, String cell) {
    Schema.Field field = byPath.get(path);
    boolean number =
        field == null ? path.equals(schema.label().path()) : field.kind() == Schema.Kind.DENSE;
    if (number && cell.matches("[-+0-9.eE]+")) {
      try {
        return form == WireForm.MINDREC || cell.contains(".")
            ? (Object) Double.valueOf(cell)
            : (Object) Long.valueOf(cell);
      } catch (NumberFormatException e) {
        return cell;
      }
    }
    return field != null && field.kind() == Schema.Kind.MULTI_VALUED
        ? Arrays.asList(cell.split(Pattern.quote(field.separator()), -1))
        : cell;
  }

  private static byte[] bytes(Object value) {
    return json(value).getBytes(StandardCharsets.UTF_8);
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
