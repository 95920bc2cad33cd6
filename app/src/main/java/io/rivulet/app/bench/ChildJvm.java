package io.rivulet.app.bench;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** A command in a JVM of its own with the heap, options and class path of this one. */
final class ChildJvm {
  private static final String MAIN = "io.rivulet.app.Main";

  private ChildJvm() {}

  /**
   * Runs a command to its end.
   *
   * @param options for the JVM, besides this one's
   */
  static ChildProcess run(List<String> options, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(options);
    command.addAll(List.of("-cp", classPath(), MAIN));
    command.addAll(arguments);
    try {
      return ChildProcess.run(command, Map.of());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where this class is comes first: spark-submit loads the application jar by itself. */
  private static String classPath() {
    try {
      Path own =
          Path.of(ChildJvm.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return own + File.pathSeparator + System.getProperty("java.class.path");
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Those options among {@code names} that this command was given, with their values. */
  static List<String> given(ParseResult parsed, List<String> names) {
    List<String> arguments = new ArrayList<>();
    for (OptionSpec option : parsed.matchedOptions()) {
      if (names.contains(option.longestName())) {
        for (String value : option.originalStringValues()) {
          arguments.add(option.longestName());
          arguments.add(value);
        }
      }
    }
    return arguments;
  }
}
