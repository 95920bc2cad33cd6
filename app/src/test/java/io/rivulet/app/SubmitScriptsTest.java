package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.app.process.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The scripts around spark-submit. */
class SubmitScriptsTest {
  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  private static final Map<String, String> NO_SPARK = Map.of("SPARK_HOME", "");

  private static ChildProcess run(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(arguments));
    command.set(0, HOME.resolve(command.get(0)).toString());
    return ChildProcess.run(command, NO_SPARK);
  }

  /** A command with {@code --dry-run} and, on the next line, what it prints here. */
  @Test
  void theDocumentSaysWhatTheyDo() throws IOException {
    List<String> lines = Files.readAllLines(HOME.resolve("docs/running.md"));
    int compared = 0;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.startsWith("$ ")) {
        ChildProcess printed = run(line.substring(2).split(" "));
        assertThat(printed.code()).as(printed.err()).isZero();
        assertThat(printed.out().strip().replace(HOME + "/", ""))
            .isEqualTo(lines.get(i + 1).strip());
        compared++;
      }
    }
    assertThat(compared).isEqualTo(2);
  }

  @Test
  void whatTheUserGivesComesLastAndFilesAdd() throws IOException {
    assertThat(
            run(
                    "submit/yarn.sh",
                    "--dry-run",
                    "--deploy-mode",
                    "client",
                    "--properties-file",
                    "mine.conf",
                    "--files",
                    "a,b",
                    "--",
                    "train",
                    "--files",
                    "c")
                .out())
        .contains(" --deploy-mode client ", " --properties-file mine.conf ")
        .contains("/conf/log4j2.properties,a,b ")
        .contains(" --driver-java-options ")
        .endsWith("rivulet.jar train --files c \n");
  }

  @ParameterizedTest
  @CsvSource({
    "submit/yarn.sh, train, Which command?",
    "submit/yarn.sh, --, Which command?",
    "submit/local.sh, --files, --files needs a value"
  })
  void aMistakeIsSaidInOneSentence(String script, String argument, String sentence)
      throws IOException {
    ChildProcess process = run(script, argument);
    assertThat(process.code()).isNotZero();
    assertThat(process.err().strip()).contains(sentence).hasLineCount(1);
  }

  @Test
  void withoutSparkTheyAskForIt() throws IOException {
    ChildProcess process = run("submit/local.sh", "--", "train");
    assertThat(process.code()).isEqualTo(2);
    assertThat(process.err()).contains("Set SPARK_HOME");
  }
}
