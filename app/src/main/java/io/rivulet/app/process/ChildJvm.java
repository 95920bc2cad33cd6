package io.rivulet.app.process;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** A command in a JVM of its own with the heap, options and class path of this one. */
public final class ChildJvm {
  /** The class of Rivulet's commands. */
  public static final String MAIN = "io.rivulet.app.Main";

  private static final String ARCHIVE = "-XX:SharedArchiveFile=";

  private ChildJvm() {}

  /**
   * Runs a command to its end.
   *
   * @param options for the JVM, besides this one's
   */
  public static ChildProcess run(List<String> options, List<String> arguments) {
    List<String> command = command(MAIN, options, arguments);
    try {
      return ChildProcess.run(command, Map.of());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The command line of a program in a JVM with the options and class path of this one.
   *
   * @param main name of its class
   * @param options for the JVM, besides this one's, over which they win
   */
  public static List<String> command(String main, List<String> options, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> !option.startsWith("-javaagent") && !option.startsWith("-agent"))
        .forEach(command::add);
    command.addAll(options);
    command.addAll(List.of("-cp", classPath(), main));
    command.addAll(arguments);
    return command;
  }

  /** The option with which this JVM uses an archive of classes; empty if it has none. */
  public static String archiveOption() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith(ARCHIVE))
        .findFirst()
        .orElse("");
  }

  /** The class path of this JVM, with this class: spark-submit loads its jar by itself. */
  public static String classPath() {
    try {
      Path own =
          Path.of(ChildJvm.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      String classPath = System.getProperty("java.class.path");
      boolean complete =
          Arrays.asList(classPath.split(File.pathSeparator)).contains(own.toString());
      return complete ? classPath : classPath + File.pathSeparator + own;
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Those options among {@code names} that this command was given, with their values. */
  public static List<String> given(ParseResult parsed, List<String> names) {
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
