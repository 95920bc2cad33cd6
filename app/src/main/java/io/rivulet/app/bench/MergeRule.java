package io.rivulet.app.bench;

import io.rivulet.app.UserError;
import io.rivulet.app.settings.Setting;
import io.rivulet.app.settings.Settings;
import java.util.function.Function;

/**
 * Settings that make a rule of merging, such as {@code embedding_merge=sum+tower_merge=mean}.
 *
 * @param text as the user wrote it
 */
record MergeRule(String text) {

  /**
   * The settings with this rule's in their place.
   *
   * @throws UserError for a setting or value that doesn't exist
   */
  Settings in(Settings settings) {
    Settings changed = settings;
    for (String part : text.split("\\+", -1)) {
      int equals = part.indexOf('=');
      if (equals < 1) {
        throw new UserError(
            "A rule of --rules is NAME=VALUE or several with + between them, not '" + text + "'");
      }
      changed = changed.with(named(part.substring(0, equals)), part.substring(equals + 1));
    }
    return changed;
  }

  /** Only the name counts; {@link Settings} checks it and the value. */
  private static Setting<String> named(String name) {
    return new Setting<>(name, "", "", Function.identity());
  }
}
