package io.rivulet.features;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.razorvine.pickle.PickleException;

/**
 * What MindRec's preprocessing learned of a data set, from the dictionaries that it pickles.
 *
 * @param minimum each dense field's
 * @param maximum each dense field's; not below the minimum
 * @param categories the values that have an id, in the order of the dictionary; not the ids
 */
public record MindRecDictionaries(
    Map<String, Double> minimum, Map<String, Double> maximum, List<Category> categories) {

  private static final String OOV = "OOV";

  /** A value of a categorical field. */
  public record Category(String field, String value) {}

  /** Keeps the order of the maps. */
  public MindRecDictionaries {
    minimum = Collections.unmodifiableMap(new LinkedHashMap<>(minimum));
    maximum = Collections.unmodifiableMap(new LinkedHashMap<>(maximum));
    categories = List.copyOf(categories);
  }

  /**
   * Reads the three dictionaries without running anything that the pickles name.
   *
   * @param maxDict all_val_max_dict.pkl: the maximum of each dense field
   * @param minDict all_val_min_dict.pkl: the minimum of each dense field
   * @param cat2id cat2id_dict.pkl: the ids of dense fields, {@code OOVfield} and {@code
   *     field_value}
   * @param denseFields all names of dense fields
   * @param categoricalFields all names of categorical fields
   * @throws IllegalArgumentException which names the file, if it isn't such a dictionary of these
   *     fields
   * @throws UncheckedIOException which names the file, if it can't be read
   */
  public static MindRecDictionaries read(
      Path maxDict,
      Path minDict,
      Path cat2id,
      Set<String> denseFields,
      Set<String> categoricalFields) {
    Map<String, Double> maximum = bounds(maxDict, denseFields);
    Map<String, Double> minimum = bounds(minDict, denseFields);
    maximum.forEach(
        (field, max) -> {
          if (minimum.get(field) > max) {
            throw refused(
                minDict,
                "the minimum "
                    + minimum.get(field)
                    + " of "
                    + field
                    + " is above the maximum "
                    + max
                    + " in "
                    + maxDict);
          }
        });
    return new MindRecDictionaries(
        minimum, maximum, categories(cat2id, denseFields, categoricalFields));
  }

  private static Map<String, Double> bounds(Path file, Set<String> denseFields) {
    Map<String, Object> values = dictionary(file);
    for (String key : values.keySet()) {
      if (!denseFields.contains(key)) {
        throw refused(file, "its key " + SafeUnpickler.shown(key) + " is no dense field");
      }
    }
    Map<String, Double> bounds = new LinkedHashMap<>();
    for (String field : denseFields) {
      if (!values.containsKey(field)) {
        throw refused(file, "it has no key " + field);
      }
      if (!(values.get(field) instanceof Number number)) {
        throw refused(
            file, field + " has " + SafeUnpickler.kind(values.get(field)) + " for a number");
      }
      double bound = number.doubleValue();
      if (!Double.isFinite(bound)) {
        throw refused(file, field + " is " + bound + ", not a finite number");
      }
      bounds.put(field, bound);
    }
    return bounds;
  }

  private static List<Category> categories(
      Path file, Set<String> denseFields, Set<String> categoricalFields) {
    int longest = categoricalFields.stream().mapToInt(String::length).max().orElse(0);
    List<Category> categories = new ArrayList<>();
    for (Map.Entry<String, Object> entry : dictionary(file).entrySet()) {
      String key = entry.getKey();
      Object id = entry.getValue();
      if (!(id instanceof Integer || id instanceof Long || id instanceof BigInteger)) {
        throw refused(
            file,
            SafeUnpickler.shown(key)
                + " has "
                + SafeUnpickler.kind(id)
                + " for an id, not an integer");
      }
      if (denseFields.contains(key) || isOov(key, categoricalFields)) {
        continue;
      }
      Category category = category(key, categoricalFields, longest);
      if (category == null) {
        throw refused(file, "its key " + SafeUnpickler.shown(key) + " belongs to no field");
      }
      if (!category.value().isEmpty()) {
        categories.add(category);
      }
    }
    return categories;
  }

  private static boolean isOov(String key, Set<String> categoricalFields) {
    return key.startsWith(OOV) && categoricalFields.contains(key.substring(OOV.length()));
  }

  /** Null without a field; if one field's name goes on from another's by _, the longest wins. */
  private static Category category(String key, Set<String> fields, int longest) {
    for (int end = key.lastIndexOf('_', longest); end >= 0; end = key.lastIndexOf('_', end - 1)) {
      String field = key.substring(0, end);
      if (fields.contains(field)) {
        return new Category(field, key.substring(end + 1));
      }
    }
    return null;
  }

  private static Map<String, Object> dictionary(Path file) {
    if (!Files.isRegularFile(file)) {
      throw refused(file, "there is no such file");
    }
    Object value;
    try {
      value = SafeUnpickler.read(file);
    } catch (PickleException e) {
      throw new IllegalArgumentException(message(file, e.getMessage()), e);
    } catch (IOException e) {
      throw new UncheckedIOException(message(file, "it can't be read"), e);
    }
    if (!(value instanceof Map<?, ?> entries)) {
      throw refused(file, "it holds " + SafeUnpickler.kind(value) + ", not a dictionary");
    }
    Map<String, Object> dictionary = new LinkedHashMap<>();
    entries.forEach(
        (key, entry) -> {
          if (!(key instanceof String name)) {
            throw refused(file, "its key " + SafeUnpickler.shown(key.toString()) + " is not text");
          }
          dictionary.put(name, entry);
        });
    return dictionary;
  }

  private static IllegalArgumentException refused(Path file, String why) {
    return new IllegalArgumentException(message(file, why));
  }

  private static String message(Path file, String why) {
    return "Can't import " + file + ": " + why;
  }
}
