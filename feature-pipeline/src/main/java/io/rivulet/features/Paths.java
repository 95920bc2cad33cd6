package io.rivulet.features;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Paths into JSON objects: a name, or {@code $.a.b} for the value b of the object a. */
final class Paths {
  /** Marks the end of a document. */
  static final String END = "__end";

  private Paths() {}

  /**
   * The names from the outermost object to the value.
   *
   * @throws IllegalArgumentException if the path isn't one of names
   */
  static List<String> names(String path) {
    if (!path.startsWith("$")) {
      return List.of(path);
    }
    List<String> names = List.of(path.substring(1).split("\\.", -1));
    if (names.size() < 2
        || !names.get(0).isEmpty()
        || names.stream().skip(1).anyMatch(n -> n.isEmpty() || n.contains("["))) {
      throw new IllegalArgumentException(
          "The path " + path + " is not understood; write $.name or $.outer.inner");
    }
    return names.subList(1, names.size());
  }

  /**
   * The nested objects that hold all paths: by name a path, or the names within an object.
   *
   * @throws IllegalArgumentException if one path goes on where another ends
   */
  static Map<String, Object> tree(List<String> paths) {
    Map<String, Object> tree = new LinkedHashMap<>();
    for (String path : paths) {
      put(tree, names(path), path);
    }
    return tree;
  }

  @SuppressWarnings("unchecked")
  private static void put(Map<String, Object> tree, List<String> names, String path) {
    String first = names.get(0);
    Object there = tree.get(first);
    boolean last = names.size() == 1;
    if (there == null && tree.keySet().stream().anyMatch(first::equalsIgnoreCase)) {
      throw new IllegalArgumentException(
          "The path " + path + " differs from another by case alone, which doesn't count");
    }
    if (there != null && (last || there instanceof String)) {
      throw new IllegalArgumentException(
          "The path " + path + " meets another that ends or goes on at " + first);
    }
    if (last) {
      tree.put(first, path);
    } else {
      Map<String, Object> inner =
          (Map<String, Object>) tree.computeIfAbsent(first, n -> new LinkedHashMap<>());
      put(inner, names.subList(1, names.size()), path);
    }
  }
}
