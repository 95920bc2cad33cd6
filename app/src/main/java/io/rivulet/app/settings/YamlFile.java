package io.rivulet.app.settings;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.rivulet.app.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** YAML files whose documents are mappings. */
final class YamlFile {
  private static final YAMLMapper YAML =
      YAMLMapper.builder().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION).build();

  private YamlFile() {}

  /**
   * The documents of a file, at least one; an empty one is an empty mapping.
   *
   * @throws UserError if it can't be read or isn't YAML
   */
  static List<JsonNode> documents(Path file) {
    List<JsonNode> documents = new ArrayList<>();
    try (MappingIterator<JsonNode> trees =
        YAML.readerFor(JsonNode.class).readValues(Files.readString(file))) {
      while (trees.hasNextValue()) {
        JsonNode tree = trees.nextValue();
        if (tree != null && !tree.isNull() && !tree.isMissingNode()) {
          documents.add(tree);
        }
      }
    } catch (JsonProcessingException e) {
      throw new UserError(
          file
              + " is not YAML"
              + (e.getLocation() == null ? "" : ", see line " + e.getLocation().getLineNr()),
          e);
    } catch (IOException e) {
      throw new UserError("Can't read the settings file " + file, e);
    }
    if (documents.isEmpty()) {
      documents.add(YAML.createObjectNode());
    }
    if (!documents.get(0).isObject()) {
      throw new UserError(file + " must hold settings, name: value");
    }
    return documents;
  }
}
