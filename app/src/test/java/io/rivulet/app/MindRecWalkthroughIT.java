package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rivulet.app.generate.ClickGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Every command of docs/mindrec.md, in the page's order and in a folder like the checkout's. */
class MindRecWalkthroughIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern FILE =
      Pattern.compile(
          "(features\\.path=)?((?:conf/)?[\\w-]+\\.(?:yaml|tsv)|dicts|features|model\\d?)");
  private static final String START = "./submit/rivulet ";
  private static final String INDENT = "    ";
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** As submit/rivulet logs; and for short processes, code that is compiled quickly. */
  private static final List<String> JVM_OPTIONS =
      List.of(
          "-Dlog4j2.configurationFile=" + ROOT.resolve("conf/log4j2.properties").toUri(),
          "-XX:TieredStopAtLevel=1");

  @TempDir Path folder;
  @TempDir Path logs;

  /** A command of the page that has run. */
  private record Ran(String line, Path log) {
    String output() {
      return read(log);
    }

    /** The last line that is an object: what train and evaluate end with. */
    JsonNode json() throws IOException {
      List<String> objects = output().lines().filter(line -> line.startsWith("{")).toList();
      assertThat(objects).as(line).isNotEmpty();
      return new ObjectMapper().readTree(objects.get(objects.size() - 1));
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void everyCommandOfThePageRuns() throws Exception {
    List<String> lines = commands(Files.readAllLines(ROOT.resolve("docs/mindrec.md")));
    assertThat(lines).hasSizeGreaterThanOrEqualTo(10);
    fillTheFolder();
    int port = freePort();
    List<Ran> done = new ArrayList<>();
    Process broker = null;
    try {
      for (String line : lines) {
        List<String> args = adapted(words(line.substring(START.length())), port);
        Path log = logs.resolve(done.size() + ".log");
        done.add(new Ran(line, log));
        if (args.get(0).equals("broker")) {
          Process process = Rivulet.start(log, folder, JVM_OPTIONS, args);
          broker = process;
          await().atMost(PATIENCE).until(() -> isReady(log) || !process.isAlive());
          assertThat(process.isAlive()).as(() -> read(log)).isTrue();
        } else {
          Rivulet.Result result = Rivulet.run(args);
          Files.writeString(log, result.err() + result.out());
          assertThat(result.code()).as(() -> line + " failed:\n" + read(log)).isZero();
        }
      }
      assertThat(broker).as("a command that starts the broker").isNotNull();
      broker.destroy();
      requireSuccess(broker, "broker", only(done, "broker").get(0).log());
    } finally {
      if (broker != null) {
        broker.destroyForcibly();
      }
    }
    checkOutcomes(done);
  }

  private static boolean isReady(Path log) {
    return read(log).contains("Kafka is at ");
  }

  private static void requireSuccess(Process process, String line, Path log)
      throws InterruptedException {
    try {
      boolean ended = process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertThat(ended).as(() -> line + " goes on and on:\n" + read(log)).isTrue();
      assertThat(process.exitValue()).as(() -> line + " failed:\n" + read(log)).isZero();
    } finally {
      process.destroyForcibly();
    }
  }

  private static void checkOutcomes(List<Ran> done) throws IOException {
    List<Ran> trainings = only(done, "train ");
    assertThat(trainings).hasSizeGreaterThanOrEqualTo(3);
    for (Ran training : trainings) {
      assertThat(training.json().get("rows").asInt()).as(training.line()).isEqualTo(8000);
      assertThat(training.json().get("quarantined").asInt()).as(training.line()).isZero();
    }
    assertThat(only(done, "train --config default_config.yaml"))
        .singleElement()
        .extracting(Ran::output)
        .asString()
        .contains("device_target has no meaning here", "3 documents");
    assertThat(only(done, "prepare --from-pickles"))
        .singleElement()
        .extracting(Ran::output)
        .asString()
        .contains("Features criteo-frozen");
    for (Ran evaluation : only(done, "evaluate ")) {
      assertThat(evaluation.json().get("rows").asInt()).isEqualTo(4000);
      assertThat(evaluation.json().get("refused").asInt()).isZero();
    }
    assertThat(only(done, "store verify "))
        .isNotEmpty()
        .allSatisfy(
            verified ->
                assertThat(verified.output())
                    .contains(" is sound: ", "8,000 events trained, 0 quarantined"));
  }

  private static List<Ran> only(List<Ran> done, String command) {
    return done.stream().filter(ran -> ran.line().startsWith(START + command)).toList();
  }

  /** The commands in the page's blocks of code, indented or fenced, without trailing comments. */
  private static List<String> commands(List<String> page) {
    List<String> commands = new ArrayList<>();
    boolean fenced = false;
    for (String line : page) {
      if (line.startsWith("```")) {
        fenced = !fenced;
      } else if ((fenced || line.startsWith(INDENT)) && line.strip().startsWith(START)) {
        commands.add(line.strip().replaceFirst("\\s\\s+#\\s.*", ""));
      }
    }
    assertThat(commands).as("commands of one line").noneMatch(command -> command.endsWith("\\"));
    return commands;
  }

  /** Splits at spaces; what is between quotes stays together. */
  private static List<String> words(String line) {
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

  /**
   * The command for a test: with its files in the folder, at a port that is free, a small net, and
   * no long waits for more.
   */
  private List<String> adapted(List<String> words, int port) {
    List<String> args = new ArrayList<>(words);
    if (!args.get(0).equals("broker")) {
      args.replaceAll(this::inFolder);
    }
    if (args.get(0).equals("broker")) {
      args.addAll(List.of("--port", Integer.toString(port)));
    } else if (takesSettings(args)) {
      args.addAll(List.of("--set", "kafka.bootstrap_servers=localhost:" + port));
    }
    if (args.get(0).equals("train")) {
      args.addAll(List.of("--set", "emb_dim=4", "--set", "deep_layer_dim=[16, 8]"));
      int idle = args.indexOf("--until-idle");
      assertThat(idle).as("%s ends by itself", words).isNotNegative();
      args.set(idle + 1, "1");
      args.addAll(List.of("--set", "window.flush_seconds=1"));
    }
    return args;
  }

  /** The words that are files and folders of the page, which a reader has around; others stay. */
  private String inFolder(String word) {
    Matcher matcher = FILE.matcher(word);
    return matcher.matches()
        ? Objects.requireNonNullElse(matcher.group(1), "") + folder.resolve(matcher.group(2))
        : word;
  }

  private static boolean takesSettings(List<String> args) {
    CommandLine command = new CommandLine(new Main());
    for (String arg : args) {
      CommandLine inner = command.getSubcommands().get(arg);
      if (inner == null) {
        break;
      }
      command = inner;
    }
    return command.getCommandSpec().findOption("--set") != null;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** What the page takes for granted: settings, MindRec's own file and its three pickles. */
  private void fillTheFolder() throws IOException {
    Path conf = Files.createDirectory(folder.resolve("conf"));
    try (Stream<Path> files = Files.list(ROOT.resolve("conf"))) {
      for (Path file : files.toList()) {
        Files.copy(file, conf.resolve(file.getFileName()));
      }
    }
    Files.copy(ConfFiles.mindRecs(), folder.resolve("default_config.yaml"));
    Map<String, Number> maximum = new LinkedHashMap<>();
    Map<String, Number> minimum = new LinkedHashMap<>();
    Map<String, Number> ids = new LinkedHashMap<>();
    for (int i = 1; i <= 13; i++) {
      maximum.put("I" + i, 100.5 * i);
      minimum.put("I" + i, i == 2 ? -3 : 0);
      ids.put("I" + i, ids.size());
    }
    for (int c = 1; c <= 26; c++) {
      ids.put("OOVC" + c, ids.size());
    }
    ClickGenerator generator = new ClickGenerator(1, 0);
    for (int i = 0; i < 500; i++) {
      String[] cells = generator.click(i).line().split("\t", -1);
      for (int c = 1; c <= 26; c++) {
        if (!cells[13 + c].isEmpty()) {
          ids.putIfAbsent("C" + c + "_" + cells[13 + c], ids.size());
        }
      }
    }
    Path dicts = Files.createDirectory(folder.resolve("dicts"));
    Files.write(dicts.resolve("all_val_max_dict.pkl"), pickle(maximum));
    Files.write(dicts.resolve("all_val_min_dict.pkl"), pickle(minimum));
    Files.write(dicts.resolve("cat2id_dict.pkl"), pickle(ids));
  }

  /** A dictionary of integers and floats as Python pickles it by protocol 2. */
  private static byte[] pickle(Map<String, Number> dictionary) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    // PROTO 2, EMPTY_DICT, MARK
    bytes.writeBytes(new byte[] {(byte) 0x80, 2, '}', '('});
    dictionary.forEach(
        (key, number) -> {
          byte[] text = key.getBytes(StandardCharsets.UTF_8);
          bytes.write('X'); // BINUNICODE
          bytes.writeBytes(littleEndian(text.length));
          bytes.writeBytes(text);
          if (number instanceof Double value) {
            bytes.write('G'); // BINFLOAT
            bytes.writeBytes(ByteBuffer.allocate(Double.BYTES).putDouble(value).array());
          } else {
            bytes.write('J'); // BININT
            bytes.writeBytes(littleEndian(number.intValue()));
          }
        });
    // SETITEMS, STOP
    bytes.writeBytes(new byte[] {'u', '.'});
    return bytes.toByteArray();
  }

  private static byte[] littleEndian(int value) {
    return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }
}
