package io.rivulet.app.settings;

import io.rivulet.app.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;

/** Values that a setting names instead of holding them, so that a secret is in no settings file. */
final class ExternalValue {
  private static final String ENVIRONMENT = "${env:";
  private static final String FILE = "${file:";
  private static final String END = "}";

  private ExternalValue() {}

  /**
   * The value that a setting means: of an environment variable for <code>${env:NAME}</code>, of a
   * file without the newline at its end for <code>${file:PATH}</code>, else the text itself.
   *
   * @param setting name of the setting, for messages, which never have a value
   * @throws UserError if the variable or the file isn't there
   */
  static String resolve(String setting, String text, Map<String, String> environment) {
    if (!text.startsWith("${")) {
      return text;
    }
    if (text.startsWith(ENVIRONMENT) && text.endsWith(END)) {
      String variable = text.substring(ENVIRONMENT.length(), text.length() - END.length());
      String value = environment.get(variable);
      if (value == null) {
        throw new UserError(
            setting + " names the environment variable " + variable + ", which isn't set");
      }
      return value;
    }
    if (text.startsWith(FILE) && text.endsWith(END)) {
      String file = text.substring(FILE.length(), text.length() - END.length());
      try {
        return Files.readString(Path.of(file)).replaceFirst("\\R\\z", "");
      } catch (IOException | InvalidPathException e) {
        throw new UserError(setting + " names the file " + file + ", which can't be read", e);
      }
    }
    throw new UserError(setting + " must be a value, ${env:NAME} or ${file:PATH}");
  }
}
