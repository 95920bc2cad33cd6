package io.rivulet.app.settings;

import io.rivulet.app.UserError;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * One setting.
 *
 * @param name as in YAML and on the command line
 * @param defaultText default as a user would write it
 * @param documentation what it does, for {@code conf/rivulet.yaml}
 * @param parser from text; throws {@link IllegalArgumentException} with the rule that is broken
 */
public record Setting<T>(
    String name, String defaultText, String documentation, Function<String, T> parser) {

  T parse(String text) {
    try {
      return parser.apply(text.strip());
    } catch (NumberFormatException e) {
      throw new UserError(name + " must be a number, not '" + text + "'", e);
    } catch (IllegalArgumentException e) {
      throw new UserError(name + " " + e.getMessage() + ", not '" + text + "'", e);
    }
  }

  static Setting<Integer> integer(String name, int standard, int least, String documentation) {
    return new Setting<>(
        name,
        Integer.toString(standard),
        documentation,
        checked(Integer::valueOf, v -> v >= least, "must be at least " + least));
  }

  static Setting<Long> whole(String name, long standard, String documentation) {
    return new Setting<>(name, Long.toString(standard), documentation, Long::valueOf);
  }

  static Setting<Float> number(
      String name, String standard, Predicate<Float> check, String rule, String documentation) {
    return new Setting<>(
        name,
        standard,
        documentation,
        checked(Float::valueOf, v -> Float.isFinite(v) && check.test(v), rule));
  }

  static Setting<Boolean> flag(String name, boolean standard, String documentation) {
    return new Setting<>(
        name,
        Boolean.toString(standard),
        documentation,
        text ->
            switch (text.toLowerCase(Locale.ROOT)) {
              case "true" -> true;
              case "false" -> false;
              default -> throw new IllegalArgumentException("must be true or false");
            });
  }

  static Setting<String> text(String name, String standard, String documentation) {
    return new Setting<>(name, standard, documentation, Function.identity());
  }

  static Setting<String> required(String name, String standard, String documentation) {
    return new Setting<>(
        name,
        standard,
        documentation,
        checked(Function.identity(), v -> !v.isEmpty(), "must not be empty"));
  }

  static <E extends Enum<E>> Setting<E> choice(
      String name, E standard, Class<E> type, String documentation) {
    return new Setting<>(name, lower(standard), documentation, text -> constant(text, type));
  }

  static Setting<List<Integer>> integers(String name, String standard, String documentation) {
    return new Setting<>(
        name, standard, documentation, text -> items(text).stream().map(Integer::valueOf).toList());
  }

  static Setting<List<String>> list(String name, String standard, String documentation) {
    return new Setting<>(name, standard, documentation, Setting::items);
  }

  static Setting<List<Float>> numbers(String name, String standard, String documentation) {
    return new Setting<>(
        name, standard, documentation, text -> items(text).stream().map(Float::valueOf).toList());
  }

  static <E extends Enum<E>> Setting<List<E>> choices(
      String name, String standard, Class<E> type, String documentation) {
    return new Setting<>(
        name,
        standard,
        documentation,
        text -> items(text).stream().map(item -> constant(item, type)).toList());
  }

  private static <T> Function<String, T> checked(
      Function<String, T> parser, Predicate<T> check, String rule) {
    return text -> {
      T value = parser.apply(text);
      if (!check.test(value)) {
        throw new IllegalArgumentException(rule);
      }
      return value;
    };
  }

  private static List<String> items(String text) {
    if (!text.startsWith("[") || !text.endsWith("]")) {
      throw new IllegalArgumentException("must be a list such as [1, 2]");
    }
    return Arrays.stream(text.substring(1, text.length() - 1).split(","))
        .map(String::strip)
        .filter(item -> !item.isEmpty())
        .toList();
  }

  private static <E extends Enum<E>> E constant(String text, Class<E> type) {
    for (E constant : type.getEnumConstants()) {
      if (lower(constant).equals(text.toLowerCase(Locale.ROOT))) {
        return constant;
      }
    }
    throw new IllegalArgumentException(
        "must be one of "
            + String.join(
                ", ", Arrays.stream(type.getEnumConstants()).map(Setting::lower).toList()));
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
