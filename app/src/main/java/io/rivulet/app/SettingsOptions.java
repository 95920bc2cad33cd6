package io.rivulet.app;

import io.rivulet.app.settings.Settings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** How commands are told settings. */
public final class SettingsOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Settings in YAML; conf/rivulet.yaml lists and explains all of them.")
  private Path config;

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "One setting; wins over the file. May be repeated.")
  private Map<String, String> values = new LinkedHashMap<>();

  /** Files and options, checked. */
  public Settings settings() {
    Settings settings = config == null ? Settings.of(values) : Settings.read(config, values);
    settings.notices().forEach(notice -> System.err.println("rivulet: " + notice));
    return settings;
  }
}
