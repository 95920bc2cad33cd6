package io.rivulet.app.label;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.rivulet.app.UserError;
import io.rivulet.features.Schema;
import io.rivulet.features.WireForm;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes a label into an impression, where the schema has it. */
final class LabelledEvent {
  private static final String NESTED = "$.";

  // Numbers as they are written, so that an example has the features that the impression had.
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          // As Spark reads JSON.
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
          .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
          .nodeFactory(JsonNodeFactory.withExactBigDecimals(true))
          .build();

  private final WireForm form;
  private final List<String> path;
  private final int column;
  private final int columns;
  private final JsonNode click;
  private final JsonNode noClick;

  /**
   * For impressions of a schema.
   *
   * @throws UserError for MindRec's form
   */
  LabelledEvent(Schema schema, WireForm form) {
    if (form == WireForm.MINDREC) {
      throw new UserError("`label` reads impressions with event.format tsv or json, not mindrec");
    }
    this.form = form;
    Schema.Label label = schema.label();
    String where = label.path();
    this.path =
        where.startsWith(NESTED)
            ? Arrays.asList(where.substring(NESTED.length()).split("\\."))
            : List.of(where);
    this.column = schema.columns().indexOf(where);
    this.columns = schema.columns().size();
    if (!Double.isNaN(label.atLeast())) {
      click = JSON.getNodeFactory().numberNode(new BigDecimal(label.atLeast()));
      noClick = JSON.getNodeFactory().numberNode(new BigDecimal(label.atLeast() - 1));
    } else if (label.click().isEmpty()) {
      click = IntNode.valueOf(1);
      noClick = IntNode.valueOf(0);
    } else {
      click = TextNode.valueOf(label.click().get(0));
      noClick = TextNode.valueOf(label.noClick().isEmpty() ? "none" : label.noClick().get(0));
    }
  }

  /** The example; of what can't be read the bytes as they are, which `train` puts to quarantine. */
  byte[] of(byte[] impression, boolean clicked) {
    if (impression == null) {
      return null;
    }
    JsonNode label = clicked ? click : noClick;
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(impression)).toString();
    } catch (CharacterCodingException e) {
      return impression;
    }
    return form == WireForm.TSV ? line(text, label, impression) : object(text, label, impression);
  }

  /** A line with all columns, whose label may be anything, or without the label's. */
  private byte[] line(String text, JsonNode label, byte[] impression) {
    List<String> cells = new ArrayList<>(Arrays.asList(text.split("\t", -1)));
    if (cells.size() == columns) {
      cells.set(column, label.asText());
    } else if (cells.size() == columns - 1) {
      cells.add(column, label.asText());
    } else {
      return impression;
    }
    return String.join("\t", cells).getBytes(StandardCharsets.UTF_8);
  }

  private byte[] object(String text, JsonNode label, byte[] impression) {
    try {
      if (!(JSON.readTree(text) instanceof ObjectNode object)) {
        return impression;
      }
      ObjectNode inner = object;
      for (String name : path.subList(0, path.size() - 1)) {
        inner = inner.get(name) instanceof ObjectNode there ? there : inner.putObject(name);
      }
      inner.set(path.get(path.size() - 1), label);
      return JSON.writeValueAsBytes(object);
    } catch (JsonProcessingException e) {
      return impression;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
