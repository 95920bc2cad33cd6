package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The commands of the documents that take minutes or large downloads, in the checkout as they are
 * typed; RAPIDS explains what the page shows. With {@code -Pslow} alone.
 */
@Tag("slow")
class SlowDocumentsIT {
  /** Before a block of such commands. */
  static final String NOTE = "run by SlowDocumentsIT";

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  @TempDir Path logs;

  static Stream<Arguments> commands() throws IOException {
    List<Arguments> commands = new ArrayList<>();
    try (Stream<Path> pages = Files.list(ROOT.resolve("docs"))) {
      for (Path page : pages.filter(file -> file.toString().endsWith(".md")).sorted().toList()) {
        for (DocumentCommand command : DocumentCommand.of(page)) {
          if (command.note().equals(NOTE)) {
            commands.add(arguments(ROOT.relativize(page), command.line()));
          }
        }
      }
    }
    return commands.stream();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void itRunsAsItIsTyped(Path page, String line) throws Exception {
    Path out = logs.resolve("out");
    Path err = logs.resolve("err");
    int code =
        new ProcessBuilder("bash", "-c", line.replace("/opt/spark", ROOT + "/app/test-spark"))
            .directory(ROOT.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start()
            .waitFor();

    String output = Files.readString(out);
    assertThat(code).as(output + Files.readString(err)).isZero();
    assertThat(output).isNotBlank();
    if (line.endsWith("rapids-explain")) {
      assertThat(Files.readString(ROOT.resolve(page))).contains(output.indent(4));
    }
  }
}
