package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every Scala and SQL paragraph of the notes, in order, in Spark's own shell. */
class ZeppelinIT {
  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  private static final Path NOTES = HOME.resolve("submit/zeppelin");

  @TempDir static Path directory;

  /** What the shell printed. */
  private static String printed;

  @BeforeAll
  static void runAllInOneShell() throws Exception {
    Path store = directory.resolve("store");
    Path input = Files.writeString(directory.resolve("script.scala"), script());
    Path output = directory.resolve("output");
    try (KafkaTopic topic = new KafkaTopic(directory.resolve("kafka"), 1)) {
      topic.send(Rivulet.clicks(3000));
      Rivulet.succeed(
          Rivulet.args(
              List.of("train", "--store", store.toString(), "--until-idle", "1"),
              List.of("--set", "window.rows=500"),
              Rivulet.SMALL,
              topic.settings()));
      ProcessBuilder shell =
          new ProcessBuilder(command())
              .redirectInput(input.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      shell
          .environment()
          .putAll(
              Map.of(
                  "RIVULET_STORE", store.toString(),
                  "RIVULET_KAFKA", topic.servers(),
                  "JAVA_HOME", System.getProperty("java.home")));
      assertThat(shell.start().waitFor()).isZero();
    }
    printed = Files.readString(output);
  }

  /** As spark-shell is started, with the settings of the notes' first paragraphs. */
  private static List<String> command() throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                HOME.resolve("app/test-spark/bin/spark-submit").toString(),
                "--class",
                "org.apache.spark.repl.Main",
                "--master",
                "local[2]",
                "--conf",
                "spark.ui.enabled=false",
                "--conf",
                "spark.driver.host=127.0.0.1",
                "--driver-java-options",
                "-Dlog4j2.configurationFile=file:" + HOME.resolve("conf/log4j2.properties"),
                "--jars",
                HOME.resolve("app/target/rivulet.jar").toString()));
    for (Path note : notes()) {
      String first = paragraphs(note).get(0);
      assertThat(first).startsWith("%spark.conf\n");
      first
          .lines()
          .filter(line -> line.startsWith("spark.") && !line.startsWith("spark.jars"))
          .forEach(line -> command.addAll(List.of("--conf", line.replaceFirst(" ", "="))));
    }
    command.add("spark-shell");
    return command;
  }

  private static String script() throws IOException {
    StringBuilder script = new StringBuilder();
    for (Path note : notes()) {
      List<String> texts = paragraphs(note);
      for (int p = 1; p < texts.size(); p++) {
        String interpreter = texts.get(p).lines().findFirst().orElseThrow();
        String body = texts.get(p).substring(interpreter.length());
        if (interpreter.equals("%md")) {
          continue;
        }
        assertThat(interpreter).isIn("%spark", "%spark.sql");
        script
            .append(":paste < END\n")
            .append(
                interpreter.equals("%spark")
                    ? body
                    : "spark.sql(\"\"\"" + body + "\"\"\").show(5, false)")
            .append("\nprintln(\"")
            .append(done(note, p))
            .append("\")\nEND\n");
      }
    }
    return script.append(":quit\n").toString();
  }

  static List<Path> notes() throws IOException {
    try (Stream<Path> files = Files.list(NOTES)) {
      return files.sorted().toList();
    }
  }

  private static List<String> paragraphs(Path note) throws IOException {
    List<String> texts = new ArrayList<>();
    for (JsonNode paragraph : new ObjectMapper().readTree(note.toFile()).get("paragraphs")) {
      assertThat(paragraph.has("results")).isFalse();
      texts.add(paragraph.get("text").asText());
    }
    return texts;
  }

  private static String done(Path note, int paragraph) {
    return "Paragraph " + paragraph + " of " + note.getFileName() + " is done";
  }

  @ParameterizedTest
  @MethodSource("notes")
  void eachParagraphSucceeds(Path note) throws IOException {
    List<String> texts = paragraphs(note);
    assertThat(texts).hasSizeGreaterThan(5);
    for (int p = 1; p < texts.size(); p++) {
      if (!texts.get(p).startsWith("%md")) {
        assertThat(printed).contains(done(note, p));
      }
    }
    assertThat(printed).doesNotContain("error:").doesNotContain("Exception");
  }
}
