package io.rivulet.app.settings;

import com.fasterxml.jackson.databind.JsonNode;
import io.rivulet.app.UserError;
import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.Schema;
import io.rivulet.features.Schema.EventTime;
import io.rivulet.features.Schema.Field;
import io.rivulet.features.Schema.Kind;
import io.rivulet.features.Schema.Label;
import io.rivulet.features.Schema.Missing;
import io.rivulet.features.Schema.Pooling;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads a schema from YAML; docs/schema.md explains its keys. */
final class SchemaFile {
  private final Path file;
  private final Scaling scaling;

  private SchemaFile(Path file, Scaling scaling) {
    this.file = file;
    this.scaling = scaling;
  }

  /**
   * The schema in {@code file}.
   *
   * @param scaling of dense fields that don't say
   * @throws UserError naming the file and what is wrong in it
   */
  static Schema read(Path file, Scaling scaling) {
    JsonNode tree = YamlFile.documents(file).get(0);
    try {
      return new SchemaFile(file, scaling).schema(tree);
    } catch (IllegalArgumentException e) {
      throw new UserError(file + ": " + e.getMessage(), e);
    }
  }

  private Schema schema(JsonNode tree) {
    requireKeys(
        tree, "the schema", Set.of("name", "label", "event_id", "event_time", "fields", "columns"));
    List<Field> fields = new ArrayList<>();
    JsonNode list = tree.path("fields");
    if (!list.isArray()) {
      throw new UserError(file + " must list fields: [{name: …, kind: …}, …]");
    }
    list.forEach(field -> fields.add(field(field)));
    return new Schema(
        text(tree, "name", "events"),
        label(tree.path("label")),
        text(tree, "event_id", ""),
        eventTime(tree.path("event_time")),
        fields,
        texts(tree, "columns"));
  }

  private Label label(JsonNode node) {
    if (node.isMissingNode() || node.isTextual()) {
      return Label.zeroOrOne(node.isTextual() ? node.asText() : "label");
    }
    requireKeys(node, "label", Set.of("path", "click", "no_click", "at_least"));
    JsonNode atLeast = node.path("at_least");
    if (!atLeast.isMissingNode() && !atLeast.isNumber()) {
      throw new UserError(file + ": label.at_least must be a number, not " + atLeast);
    }
    return new Label(
        text(node, "path", "label"),
        texts(node, "click"),
        texts(node, "no_click"),
        atLeast.isMissingNode() ? Double.NaN : atLeast.asDouble());
  }

  private EventTime eventTime(JsonNode node) {
    if (node.isMissingNode()) {
      return EventTime.NONE;
    }
    if (node.isTextual()) {
      return new EventTime(node.asText(), EventTime.Unit.ISO);
    }
    requireKeys(node, "event_time", Set.of("path", "unit"));
    return new EventTime(
        text(node, "path", "event_time"),
        choice(node, "unit", EventTime.Unit.ISO, EventTime.Unit.class));
  }

  private Field field(JsonNode node) {
    String name = text(node, "name", "");
    if (name.isEmpty()) {
      throw new UserError(file + ": every field needs a name; one has " + node);
    }
    Kind kind = choice(node, "kind", Kind.CATEGORICAL, Kind.class);
    requireKeys(
        node,
        "field " + name,
        switch (kind) {
          case DENSE -> Set.of("name", "path", "kind", "scaling", "whole");
          case CATEGORICAL -> Set.of("name", "path", "kind", "missing", "min_count");
          case MULTI_VALUED ->
              Set.of("name", "path", "kind", "missing", "min_count", "separator", "pooling");
          case CROSS -> throw new IllegalStateException("No kind that can be given");
        });
    JsonNode minCount = node.path("min_count");
    if (!minCount.isMissingNode() && !(minCount.isInt() && minCount.asInt() >= 0)) {
      throw new UserError(
          file + ": min_count of field " + name + " must be an integer of at least 0");
    }
    return new Field(
        name,
        text(node, "path", name),
        kind,
        kind == Kind.DENSE
            ? choice(node, "scaling", scaling, Scaling.class)
            : Scaling.LOG1P, // as Field.categorical has it: means nothing, but counts in equals
        flag(node, "whole"),
        choice(node, "missing", Missing.OOV, Missing.class),
        minCount.asInt(-1),
        text(node, "separator", "|"),
        choice(node, "pooling", Pooling.MEAN, Pooling.class));
  }

  private void requireKeys(JsonNode node, String what, Set<String> known) {
    if (!node.isObject()) {
      throw new UserError(file + ": " + what + " must be a mapping, name: value");
    }
    node.fieldNames()
        .forEachRemaining(
            key -> {
              if (!known.contains(key)) {
                throw new UserError(
                    file
                        + ": "
                        + what
                        + " has no '"
                        + key
                        + "'; it may have "
                        + known.stream().sorted().collect(Collectors.joining(", ")));
              }
            });
  }

  private boolean flag(JsonNode node, String key) {
    JsonNode value = node.path(key);
    if (!value.isMissingNode() && !value.isBoolean()) {
      throw new UserError(file + ": " + key + " must be true or false, not " + value);
    }
    return value.asBoolean(false);
  }

  private static String text(JsonNode node, String key, String standard) {
    return node.path(key).asText(standard);
  }

  private List<String> texts(JsonNode node, String key) {
    JsonNode list = node.path(key);
    if (!list.isMissingNode() && !list.isArray()) {
      throw new UserError(file + ": " + key + " must be a list, not " + list);
    }
    List<String> texts = new ArrayList<>();
    list.forEach(item -> texts.add(item.asText()));
    return texts;
  }

  private <E extends Enum<E>> E choice(JsonNode node, String key, E standard, Class<E> type) {
    String text = text(node, key, standard.name()).toUpperCase(Locale.ROOT);
    // Crosses are listed in features.crosses, behind the fields of a schema.
    List<E> choices =
        Arrays.stream(type.getEnumConstants()).filter(choice -> choice != Kind.CROSS).toList();
    return choices.stream()
        .filter(constant -> constant.name().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new UserError(
                    file
                        + ": "
                        + key
                        + " must be one of "
                        + choices.stream()
                            .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                            .collect(Collectors.joining(", "))
                        + ", not '"
                        + node.path(key).asText()
                        + "'"));
  }
}
