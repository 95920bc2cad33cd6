package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A command in a page of the documentation, which is Markdown. Commands stand in blocks, indented
 * or fenced; a comment before a block, {@code <!-- needs … -->} or {@code <!-- run by TEST -->},
 * says why it isn't run as it stands.
 *
 * @param line the command, in one line and without a comment at its end
 * @param note what the comment says; empty where there is none
 */
record DocumentCommand(String line, String note) {
  private static final String INDENT = "    ";
  private static final String FENCE = "```";
  private static final Pattern NOTE = Pattern.compile("<!-- ((?:needs|run by) .*) -->");
  private static final Pattern COMMAND =
      Pattern.compile(
          "([A-Z_]+=(?:\"[^\"]*\"|\\S)+ +)*(\\./submit/rivulet|\\$ submit/\\S+|submit/\\S+|mvn|curl|cp|export|kubectl|docker"
              + "|spark-submit|hdfs) .*");

  /** A block of code: the words after the fence, if there is one, and its lines. */
  private record Block(List<String> info, List<String> lines, String note) {}

  /** The commands of a page, in its order. */
  static List<DocumentCommand> of(Path page) throws IOException {
    List<DocumentCommand> commands = new ArrayList<>();
    for (Block block : blocks(Files.readAllLines(page))) {
      List<String> lines =
          String.join("\n", block.lines).replace("\\\n", "").lines().map(String::strip).toList();
      boolean shell = block.info.contains("sh");
      if (!shell && (!block.info.isEmpty() || !COMMAND.matcher(lines.get(0)).matches())) {
        assertThat(block.note).as("a note before no command in " + page).isEmpty();
        assertThat(lines).as(page.toString()).noneMatch(line -> line.matches(".*(submit/|mvn ).*"));
        continue;
      }
      for (String line : lines) {
        if (line.startsWith("$ ")) {
          // What it prints follows; SubmitScriptsTest compares it.
          break;
        }
        if (!line.isEmpty()) {
          assertThat(line).as(page.toString()).matches(COMMAND);
          commands.add(new DocumentCommand(line.replaceFirst("\\s+#\\s.*", ""), block.note));
        }
      }
    }
    return commands;
  }

  /** Files that a page shows, by name: blocks whose fence says {@code LANGUAGE NAME}. */
  static Map<String, List<String>> files(Path page) throws IOException {
    Map<String, List<String>> files = new LinkedHashMap<>();
    for (Block block : blocks(Files.readAllLines(page))) {
      if (block.info.size() == 2) {
        files.put(block.info.get(1), block.lines);
      }
    }
    return files;
  }

  private static List<Block> blocks(List<String> page) {
    List<Block> blocks = new ArrayList<>();
    String before = "";
    for (int i = 0; i < page.size(); i++) {
      String line = page.get(i);
      List<String> inside = new ArrayList<>();
      List<String> info = List.of();
      if (line.startsWith(FENCE)) {
        info =
            Stream.of(line.substring(FENCE.length()).split(" ")).filter(w -> !w.isEmpty()).toList();
        for (i++; !page.get(i).startsWith(FENCE); i++) {
          inside.add(page.get(i));
        }
      } else if (line.startsWith(INDENT) && (i == 0 || page.get(i - 1).isBlank())) {
        for (; i < page.size() && page.get(i).startsWith(INDENT); i++) {
          inside.add(page.get(i).substring(INDENT.length()));
        }
      }
      if (!inside.isEmpty()) {
        Matcher note = NOTE.matcher(before);
        blocks.add(new Block(info, inside, note.matches() ? note.group(1) : ""));
      }
      if (!line.isBlank()) {
        before = line;
      }
    }
    return blocks;
  }

  /** The command's words: split at spaces, but what is between quotes stays together. */
  List<String> words() {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    char quote = 0;
    for (char c : (line + " ").toCharArray()) {
      if (quote != 0 ? c == quote : c == '"' || c == '\'') {
        quote = quote == 0 ? c : 0;
      } else if (c != ' ' || quote != 0) {
        word.append(c);
      } else if (word.length() > 0) {
        words.add(word.toString());
        word.setLength(0);
      }
    }
    assertThat(quote).as("a quote without an end in " + line).isEqualTo((char) 0);
    return words;
  }
}
