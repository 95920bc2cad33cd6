package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The commands of the documents that take minutes or large downloads, as they are typed, in a copy
 * of the checkout where nothing is built; RAPIDS explains what the page shows. With {@code -Pslow}
 * alone.
 */
@Tag("slow")
class SlowDocumentsIT {
  /** Before a block of such commands. */
  static final String NOTE = "run by SlowDocumentsIT";

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  /** Kept where a command fails, with its logs. */
  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  static Path checkout;

  @TempDir Path logs;

  @BeforeAll
  static void copyTheCheckout() throws Exception {
    Files.walkFileTree(
        ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            if (List.of("target", ".git").contains(folder.getFileName().toString())) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            Files.createDirectories(checkout.resolve(ROOT.relativize(folder)));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.copy(file, checkout.resolve(ROOT.relativize(file)));
            return FileVisitResult.CONTINUE;
          }
        });
  }

  static Stream<Arguments> commands() throws IOException {
    List<Arguments> commands = new ArrayList<>();
    for (String page : DocumentsIT.pages().toList()) {
      for (DocumentCommand command : DocumentCommand.of(ROOT.resolve(page))) {
        if (command.note().equals(NOTE)) {
          commands.add(arguments(page, command.line()));
        }
      }
    }
    return commands.stream();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void itRunsAsItIsTyped(String page, String line) throws Exception {
    Path out = logs.resolve("out");
    Path err = logs.resolve("err");
    String typed = line.replace("/opt/spark", checkout + "/app/test-spark");
    ProcessBuilder command = new ProcessBuilder("bash", "-c", typed);
    List.of("SPARK_HOME", "RIVULET_OPTS", "RIVULET_MEMORY").forEach(command.environment()::remove);
    int code =
        command
            .directory(checkout.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start()
            .waitFor();

    String output = Files.readString(out);
    assertThat(code).as(output + Files.readString(err)).isZero();
    assertThat(output).isNotBlank();
    if (line.endsWith("rapids-explain")) {
      assertThat(Files.readString(ROOT.resolve(page))).contains("\n\n" + output.indent(4) + "\n");
    }
  }
}
