package io.rivulet.app;

import io.rivulet.app.settings.Settings;
import picocli.CommandLine.Option;

/** The store, which many commands name. */
final class StoreOption {
  @Option(
      names = "--store",
      paramLabel = "DIR",
      description = "The model store; short for --set store.path=DIR.")
  private String directory;

  Settings in(Settings settings) {
    return directory == null ? settings : settings.with(Settings.STORE_PATH, directory);
  }
}
