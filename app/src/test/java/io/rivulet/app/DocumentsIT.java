package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rivulet.app.kafka.EmbeddedBroker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/**
 * Every command of the README and of the pages in docs, page by page and in their order, in a
 * folder like the checkout's: with a small net and fewer events. Of commands that can't be run
 * here, the arguments are checked.
 */
class DocumentsIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final String RIVULET = "./submit/rivulet";
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:8080/\\w+");

  /** Files and folders of the pages, which a reader has around. */
  private static final Pattern FILE =
      Pattern.compile(
          "(features\\.(?:path|schema)=)?((?:conf/)?[\\w.-]+\\.(?:yaml|tsv|gz|txt|jsonl|html|onnx|zip|truth)"
              + "|[\\w-]*model\\d?(?:-backup)?|trial|dicts|features|rows|FILE)");

  /** Where a page says more, less is enough to see that the command works. */
  private static final Map<String, Integer> MOST =
      Map.of("--rows", 15_000, "--skip", 15_000, "--warm", 300, "--seeds", 1);

  /** Rows of the topic on which {@link #trained} was trained, a window of 500 each. */
  private static final int TRAINED_ROWS = 23_000;

  /** As submit/rivulet logs; and for short processes, code that is compiled quickly. */
  private static final List<String> JVM_OPTIONS =
      List.of(
          "-Dlog4j2.configurationFile=" + ROOT.resolve("conf/log4j2.properties").toUri(),
          "-XX:TieredStopAtLevel=1");

  @TempDir static Path shared;
  private static EmbeddedBroker broker;

  /** A store that has learned topic clicks of {@link #broker}. */
  private static Path trained;

  @TempDir Path folder;
  @TempDir Path logs;

  private final List<Process> running = new ArrayList<>();
  private final List<Ran> done = new ArrayList<>();
  private String kafka;
  private int servingPort;

  /** A command of a page that has run. */
  private record Ran(String line, String output) {
    /** The last line that is an object: what train and evaluate end with. */
    JsonNode json() {
      String last =
          output.lines().filter(text -> text.startsWith("{")).reduce("", (before, text) -> text);
      try {
        return new ObjectMapper().readTree(last);
      } catch (IOException e) {
        throw new UncheckedIOException(line, e);
      }
    }
  }

  @BeforeAll
  static void train() throws IOException {
    broker = EmbeddedBroker.start(shared.resolve("kafka"), 0);
    trained = shared.resolve("model");
    String at = "kafka.bootstrap_servers=" + broker.bootstrapServers();
    Path clicks = Rivulet.write(shared.resolve("clicks.tsv"), Rivulet.clicks(TRAINED_ROWS));
    Rivulet.succeed("produce", clicks.toString(), "--set", at);
    Rivulet.succeed(
        Rivulet.args(
            List.of("train", "--store", trained.toString(), "--until-idle", "1", "--set", at),
            List.of("--set", "window.rows=500"),
            Rivulet.SMALL));
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @AfterEach
  void stopWhatGoesOn() {
    running.forEach(Process::destroyForcibly);
  }

  static Stream<String> pages() throws IOException {
    List<String> pages = new ArrayList<>(List.of("README.md"));
    try (Stream<Path> files = Files.list(ROOT.resolve("docs"))) {
      for (Path file : files.sorted().toList()) {
        if (file.toString().endsWith(".md") && !DocumentCommand.of(file).isEmpty()) {
          pages.add(ROOT.relativize(file).toString());
        }
      }
    }
    return pages.stream();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyCommandRuns(String page) throws Exception {
    List<DocumentCommand> commands = DocumentCommand.of(ROOT.resolve(page));
    fillTheFolder(page);
    boolean ownKafka = commands.stream().anyMatch(c -> c.line().equals(RIVULET + " broker"));
    servingPort = freePort();
    kafka = ownKafka ? "localhost:" + freePort() : broker.bootstrapServers();
    for (DocumentCommand command : commands) {
      if (!command.note().isEmpty()) {
        requireThatItCouldRun(command);
      } else if (command.line().startsWith("curl ")) {
        requireAnswer(command);
      } else if (command.line().startsWith("cp ")) {
        int code = new ProcessBuilder(command.words()).directory(folder.toFile()).start().waitFor();
        assertThat(code).as(command.line()).isZero();
      } else if (!command.line().equals("mvn verify")) {
        run(command);
      }
    }
    for (Process process : running) {
      process.destroy();
      assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as(page).isTrue();
      assertThat(process.exitValue()).as("exit code at SIGTERM").isZero();
    }
    if (page.equals("docs/mindrec.md")) {
      checkMindRecs();
    }
  }

  private void run(DocumentCommand command) throws IOException {
    List<String> words = withoutVariables(command);
    assertThat(words.get(0)).as("%s, without a note before it", command.line()).isEqualTo(RIVULET);
    List<String> args = adapted(words.subList(1, words.size()));
    if (args.get(0).equals("broker")) {
      start(args, "Kafka is at ");
    } else if (args.get(0).equals("serve")) {
      start(args, "Scoring with version ");
    } else {
      Rivulet.Result result = Rivulet.run(args);
      String output = result.err() + result.out();
      assertThat(result.code()).as(() -> command.line() + " failed:\n" + output).isZero();
      done.add(new Ran(command.line(), output));
    }
  }

  /** Starts a command that goes on, and waits until it says that it is ready. */
  private void start(List<String> args, String ready) throws IOException {
    Path log = logs.resolve(running.size() + ".log");
    Process process = Rivulet.start(log, folder, JVM_OPTIONS, args);
    running.add(process);
    await()
        .atMost(PATIENCE)
        .until(() -> Files.readString(log).contains(ready) || !process.isAlive());
    assertThat(process.isAlive()).as(Files.readString(log)).isTrue();
  }

  /** {@code curl -d BODY ADDRESS}, at the port of the page's {@code serve}. */
  private void requireAnswer(DocumentCommand command) throws Exception {
    List<String> words = command.words();
    assertThat(words).hasSize(4).element(1).isEqualTo("-d");
    assertThat(words.get(3)).matches(ADDRESS);
    URI uri = URI.create(words.get(3).replace(":8080", ":" + servingPort));
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(uri).POST(BodyPublishers.ofString(words.get(2))).build(),
                BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(response.body()).contains("\"scores\":[0.");
  }

  /** The arguments of a command that isn't run are right, and the test that runs it is there. */
  private static void requireThatItCouldRun(DocumentCommand command) throws IOException {
    List<String> words = withoutVariables(command);
    int args =
        words.get(0).equals(RIVULET)
            ? 0
            : words.get(0).startsWith("submit/")
                ? words.indexOf("--")
                : words.indexOf("app/target/rivulet.jar");
    if (args < 0) {
      return;
    }
    CommandLine.ParseResult parsed =
        Main.commandLine().parseArgs(words.subList(args + 1, words.size()).toArray(String[]::new));
    if (command.note().startsWith("run by ") && !command.note().equals(SlowDocumentsIT.NOTE)) {
      while (parsed.hasSubcommand()) {
        parsed = parsed.subcommand();
      }
      String name = parsed.commandSpec().name();
      StringBuilder tests = new StringBuilder();
      for (String test : command.note().substring("run by ".length()).split(" and ")) {
        tests.append(source(test));
      }
      assertThat(tests.toString()).as(command.line()).containsPattern("\"" + name + "[\" ]");
    }
  }

  private static List<String> withoutVariables(DocumentCommand command) {
    return command.words().stream().dropWhile(word -> word.matches("[A-Z_]+=.*")).toList();
  }

  private static String source(String test) throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src", "test"))) {
      Path found =
          files
              .filter(file -> file.endsWith(test + ".java"))
              .findFirst()
              .orElseThrow(() -> new AssertionError("There is no " + test));
      return Files.readString(found);
    }
  }

  /**
   * The command for a test: with its files in the folder, the test's Kafka, a small net, fewer
   * events, and no long waits for more. What the page says of a setting wins.
   */
  private List<String> adapted(List<String> words) throws IOException {
    List<String> args = new ArrayList<>(words);
    args.replaceAll(this::inFolder);
    // The pages' windows have 2,000 events, the test's 500.
    args.replaceAll(word -> word.replace("clicks-0=84000", "clicks-0=21000"));
    for (int i = 0; i + 1 < args.size(); i++) {
      Integer most = MOST.get(args.get(i));
      if (most != null && Integer.parseInt(args.get(i + 1)) > most) {
        args.set(i + 1, most.toString());
      }
    }
    CommandLine command = Main.commandLine();
    int names = 0;
    while (names < args.size() && command.getSubcommands().containsKey(args.get(names))) {
      command = command.getSubcommands().get(args.get(names++));
    }
    String name = String.join(" ", args.subList(0, names));
    Map<String, String> options = new TreeMap<>();
    switch (name) {
      case "broker" -> options.put("--port", kafka.substring("localhost:".length()));
      case "report" -> {
        if (!args.contains("--out")) {
          options.put("--out", folder.resolve("report.html").toString());
        }
      }
      case "serve" -> options.put("--port", Integer.toString(servingPort));
      case "demo" -> {
        options.put("--rows", "1200");
        options.put("--store", folder.resolve("demo" + done.size()).toString());
      }
      case "train" -> {
        if (!args.contains("files")) {
          options.put("--until-idle", "1");
        }
      }
      case "bench averaging" ->
          options.putAll(
              Map.of(
                  "--rows",
                  "1200",
                  "--seeds",
                  "1",
                  "--emb",
                  "4",
                  "--batch",
                  "20",
                  "--window-rows",
                  "300"));
      case "bench churn" -> options.putAll(Map.of("--keys", "20000", "--max-rows", "5000"));
      default -> {}
    }
    List<String> more = new ArrayList<>();
    options.forEach(
        (option, value) -> {
          if (args.contains(option)) {
            args.set(args.indexOf(option) + 1, value);
          } else {
            more.addAll(List.of(option, value));
          }
        });
    if (command.getCommandSpec().findOption("--set") != null) {
      more.addAll(List.of("--set", "kafka.bootstrap_servers=" + kafka));
    }
    if (List.of("train", "demo", "store migrate", "bench averaging").contains(name)) {
      more.addAll(Rivulet.SMALL);
    }
    args.addAll(names, more);
    return args;
  }

  private String inFolder(String word) {
    Matcher matcher = FILE.matcher(word);
    return matcher.matches()
        ? Objects.requireNonNullElse(matcher.group(1), "") + folder.resolve(matcher.group(2))
        : word;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** What a page takes for granted. */
  private void fillTheFolder(String page) throws Exception {
    Path conf = Files.createDirectory(folder.resolve("conf"));
    try (Stream<Path> files = Files.list(ROOT.resolve("conf"))) {
      for (Path file : files.toList()) {
        Files.copy(file, conf.resolve(file.getFileName()));
      }
    }
    for (Map.Entry<String, List<String>> file :
        DocumentCommand.files(ROOT.resolve(page)).entrySet()) {
      List<String> lines =
          file.getKey().endsWith(".jsonl")
              ? Collections.nCopies(300, file.getValue()).stream().flatMap(List::stream).toList()
              : file.getValue().stream().map(this::withSchemaInFolder).toList();
      Rivulet.write(folder.resolve(file.getKey()), lines);
    }
    Rivulet.write(folder.resolve("FILE"), Rivulet.clicks(1200));
    switch (page) {
      case "README.md" -> Rivulet.write(folder.resolve("train.txt"), Rivulet.clicks(1000));
      case "docs/mindrec.md" -> MindRecFiles.putInto(folder);
      case "docs/schema.md" -> {
        String schema = "features.schema: " + conf.resolve("schema-example.yaml");
        List<String> settings = List.of(schema, "event.format: json", "kafka.topic: shop");
        Rivulet.write(folder.resolve("shop.yaml"), settings);
        Rivulet.write(folder.resolve("shop.jsonl"), ShopEvents.lines(0, 2000));
        Rivulet.write(folder.resolve("later.jsonl"), ShopEvents.lines(2000, 500));
        Path without = conf.resolve("without.yaml");
        List<String> lines =
            new ArrayList<>(Files.readAllLines(conf.resolve("schema-example.yaml")));
        lines.removeIf(line -> line.contains("name: query"));
        Rivulet.write(without, lines);
        List<String> changed =
            List.of("features.schema: " + without, "event.format: json", "kafka.topic: shop");
        Rivulet.write(folder.resolve("new.yaml"), changed);
      }
      case "docs/monitoring.md", "docs/operations.md", "docs/serving.md" -> {
        copy(trained, folder.resolve("model"));
        Rivulet.write(folder.resolve("clicks.tsv"), Rivulet.clicks(2000));
        Rivulet.write(folder.resolve("my.yaml"), List.of("window.rows: 500"));
      }
      default -> {}
    }
  }

  private String withSchemaInFolder(String line) {
    return line.replace("features.schema: ", "features.schema: " + folder + "/");
  }

  private static void copy(Path from, Path to) throws Exception {
    List<String> command = List.of("cp", "-r", from.toString(), to.toString());
    assertThat(new ProcessBuilder(command).start().waitFor()).isZero();
  }

  private List<Ran> only(String command) {
    return done.stream().filter(ran -> ran.line().startsWith(RIVULET + " " + command)).toList();
  }

  private void checkMindRecs() {
    assertThat(only("train ")).hasSizeGreaterThanOrEqualTo(3);
    for (Ran training : only("train ")) {
      assertThat(training.json().get("rows").asInt()).as(training.line()).isEqualTo(8000);
      assertThat(training.json().get("quarantined").asInt()).as(training.line()).isZero();
    }
    assertThat(only("train --config default_config.yaml"))
        .singleElement()
        .extracting(Ran::output)
        .asString()
        .contains("device_target has no meaning here", "3 documents");
    assertThat(only("prepare --from-pickles"))
        .singleElement()
        .extracting(Ran::output)
        .asString()
        .contains("Features criteo-frozen");
    assertThat(only("evaluate ")).isNotEmpty();
    for (Ran evaluation : only("evaluate ")) {
      assertThat(evaluation.json().get("rows").asInt()).isEqualTo(4000);
      assertThat(evaluation.json().get("refused").asInt()).isZero();
    }
    assertThat(only("store verify "))
        .isNotEmpty()
        .allSatisfy(
            verified ->
                assertThat(verified.output())
                    .contains(" is sound: ", "8,000 events trained, 0 quarantined"));
  }
}
