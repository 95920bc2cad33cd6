package io.rivulet.app;

import io.rivulet.app.settings.Settings;
import picocli.CommandLine.Command;

@Command(
    name = "settings",
    mixinStandardHelpOptions = true,
    description = "Prints every setting with its default and what it does, as YAML.")
final class SettingsCommand implements Runnable {
  @Override
  public void run() {
    System.out.print(Settings.reference());
  }
}
