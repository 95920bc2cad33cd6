package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.rivulet.app.generate.ClickGenerator;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Help, exit codes and complaints, as far as they come before Spark and Kafka start. */
class CommandLineTest {
  @TempDir Path directory;

  /** Every command by what is typed for it, at any depth. */
  private static Map<String, CommandLine> commands() {
    Map<String, CommandLine> found = new TreeMap<>();
    collect("", new CommandLine(new Main()), found);
    return found;
  }

  private static void collect(String prefix, CommandLine parent, Map<String, CommandLine> found) {
    parent
        .getSubcommands()
        .forEach(
            (name, command) -> {
              found.put(prefix + name, command);
              collect(prefix + name + " ", command, found);
            });
  }

  static Stream<String> commandNames() {
    return commands().keySet().stream();
  }

  private static Rivulet.Result run(String command, String... more) {
    List<String> args = new ArrayList<>(List.of(command.split(" ")));
    args.addAll(List.of(more));
    return Rivulet.run(args);
  }

  /** What a command says that fails: one line, so no stack trace, and exit code 1. */
  private static String complaint(String command, String... more) {
    Rivulet.Result result = run(command, more);
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err().lines()).singleElement(STRING).startsWith("rivulet: ");
    return result.err();
  }

  private Path someFile() throws IOException {
    return Rivulet.write(directory.resolve("some.tsv"), Rivulet.clicks(1));
  }

  @Test
  void theCommandsAreThese() {
    assertThat(commandNames())
        .containsExactlyInAnyOrder(
            "bench",
            "bench averaging",
            "bench batch",
            "bench churn",
            "bench commit",
            "bench dl4j",
            "bench features",
            "bench kernel",
            "bench pipeline",
            "bench scale",
            "bench serve",
            "bench freshness",
            "bench gpu",
            "bench vocab",
            "plan",
            "demo",
            "train",
            "evaluate",
            "serve",
            "prepare",
            "store",
            "store list",
            "store show",
            "store verify",
            "store replay",
            "store migrate",
            "store rollback",
            "store publish",
            "broker",
            "label",
            "generate",
            "produce",
            "settings",
            "soak",
            "fuzz",
            "export",
            "report",
            "rapids-explain");
  }

  @ParameterizedTest
  @MethodSource("commandNames")
  void everyCommandExplainsItselfAndItsOptions(String name) {
    Rivulet.Result help = run(name, "--help");

    assertThat(help.code()).isZero();
    assertThat(help.err()).isEmpty();
    assertThat(help.out()).startsWith("Usage: rivulet " + name + " ");
    CommandSpec spec = commands().get(name).getCommandSpec();
    assertThat(String.join("", spec.usageMessage().description())).isNotBlank();
    assertThat(spec.options())
        .allSatisfy(
            option -> {
              assertThat(help.out()).contains(option.longestName());
              assertThat(String.join("", option.description())).as("%s", option).isNotBlank();
            });
    assertThat(spec.positionalParameters())
        .allSatisfy(file -> assertThat(String.join("", file.description())).isNotBlank());
  }

  @Test
  void aCommandMustBeGiven() {
    Rivulet.Result none = Rivulet.run();
    assertThat(none.code()).isEqualTo(2);
    assertThat(none.err()).startsWith("Which command?").contains("Usage: rivulet");

    Rivulet.Result store = Rivulet.run("store");
    assertThat(store.code()).isEqualTo(2);
    assertThat(store.err())
        .startsWith("Which one? list, show, verify, replay, migrate, rollback or publish");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--nope",
        "nope",
        "train --nope",
        "store nope",
        "train --source nope",
        "produce --format nope",
        "evaluate"
      })
  void aWrongCommandLineIsToldFromAFailure(String line) {
    Rivulet.Result result = run(line);

    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).containsAnyOf("nope", "FILE").doesNotContain("\tat ");
  }

  @Test
  void anUnknownSettingIsNamedWithTheNearestRightOne() {
    assertThat(complaint("train", "--set", "emb_dims=4"))
        .contains("no setting 'emb_dims'; did you mean 'emb_dim'?");
    assertThat(complaint("store show", "--set", "emb_dims=4")).contains("'emb_dim'");
  }

  @Test
  void aMissingSettingsFileIsNamed() {
    String file = directory.resolve("missing.yaml").toString();

    assertThat(complaint("train", "--config", file)).contains("the settings file " + file);
  }

  @ParameterizedTest
  @ValueSource(strings = {"store list", "store show", "store verify", "store migrate"})
  void aStoreThatIsNotThereIsNamed(String command) {
    String store = directory.resolve("missing").toString();
    Rivulet.Result result = run(command, "--store", store);

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err())
        .contains("rivulet: There is no model store at ", store, "`train` makes one")
        .doesNotContain("\tat ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "train --source files",
        "train --history",
        "demo --data",
        "evaluate",
        "prepare --set features.path=f",
        "produce"
      })
  void aMissingEventFileIsNamed(String command) {
    String file = directory.resolve("missing.tsv").toString();

    assertThat(complaint(command, file)).contains("Can't read the event file " + file);
  }

  @Test
  void filesAndTheirSourceGoTogether() throws IOException {
    String file = someFile().toString();

    assertThat(complaint("train", file)).contains("--source files", "--history");
    assertThat(complaint("train --source files")).contains("No event files given");
    assertThat(complaint("train --source files", file, "--history", file))
        .contains("--history is read before Kafka", "just list all files");
  }

  @Test
  void whereToStartFromIsAWordOrATime() {
    assertThat(complaint("train --from nonsense"))
        .contains("--from must be store, earliest, latest or a time", "not 'nonsense'");
  }

  @ParameterizedTest
  @CsvSource({"-1, 2, 1", "2, 2, 1", "1, 1, 0"})
  void aPartitionIsOneOfThePartitions(int partition, int partitions, int last) throws IOException {
    assertThat(
            complaint(
                "produce",
                "--partition=" + partition,
                "--partitions=" + partitions,
                someFile().toString()))
        .contains("--partition must be from 0 to " + last + "; see --partitions");
  }

  @Test
  void prepareAsksWhereTo() throws IOException {
    assertThat(complaint("prepare", someFile().toString())).contains("--set features.path=");
    assertThat(complaint("prepare")).contains("--set features.path=");
  }

  @Test
  void prepareTakesFilesOrPickles() throws IOException {
    String file = someFile().toString();
    String prepare = "prepare --set features.path=f";

    assertThat(complaint(prepare)).contains("No event files given");
    for (String option : List.of("--from-pickles", "--max-dict", "--min-dict", "--map-dict")) {
      assertThat(complaint(prepare, file, option, file))
          .contains("from files or from pickles, not from both");
    }
    assertThat(complaint(prepare, "--from-pickles", directory.toString()))
        .contains(directory.resolve("all_val_max_dict.pkl").toString());
  }

  @Test
  void theDemoHasOneTopic() {
    for (String setting :
        List.of(
            "kafka.topic=clicks, views",
            "kafka.topic_pattern=clicks.*",
            "kafka.partitions=[clicks-0]")) {
      assertThat(complaint("demo", "--set", setting))
          .contains("The demo streams through one topic", "set kafka.topic");
    }
  }

  @Test
  void theDemoNeedsDataForFieldsThatItCannotMakeUp() {
    String schema = ConfFiles.shipped("schema-example.yaml").toString();

    assertThat(complaint("demo", "--set", "features.schema=" + schema))
        .contains("made-up clicks have Criteo's fields", "give events of schema shop with --data");
  }

  @Test
  void settingsWithoutAMeaningAreNamedOnStandardError() {
    Rivulet.Result result =
        run(
            "store list",
            "--config",
            ConfFiles.mindRecs().toString(),
            "--store",
            directory.resolve("missing").toString());

    assertThat(result.err().lines())
        .anyMatch(line -> line.startsWith("rivulet: device_target has no meaning here: "))
        .noneMatch(line -> line.startsWith("rivulet: emb_dim"))
        .last(STRING)
        .startsWith("rivulet: There is no model store at ");
    assertThat(result.out()).isEmpty();
  }

  @Test
  void theDemoTouchesNoStoreThatHoldsSomething() throws IOException {
    Path file = someFile();

    assertThat(complaint("demo", "--store", directory.toString()))
        .contains(directory + " is not empty");
    assertThat(file).exists();
  }

  @Test
  void generateWritesClicksAndTheirTruth() throws IOException {
    Path file = directory.resolve("clicks.tsv");
    Path truth = directory.resolve("truth.txt");
    Rivulet.Result result =
        run(
            "generate --rows 20 --seed 5 --drift 0.5",
            file.toString(),
            "--truth",
            truth.toString());

    assertThat(result.code()).isZero();
    assertThat(result.out()).contains("20 clicks in " + file);
    ClickGenerator generator = new ClickGenerator(5, 0.5);
    List<ClickGenerator.Click> clicks = LongStream.range(0, 20).mapToObj(generator::click).toList();
    assertThat(file).hasContent(join(clicks.stream().map(ClickGenerator.Click::line)));
    assertThat(truth)
        .hasContent(join(clicks.stream().map(click -> Double.toString(click.probability()))));
  }

  private static String join(Stream<String> lines) {
    return String.join("\n", lines.toList()) + "\n";
  }

  @Test
  void generateCompressesWhatEndsInGz() throws IOException {
    Path file = directory.resolve("clicks.tsv.gz");
    run("generate --rows 20 --seed 7", file.toString());

    try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8).lines())
          .containsExactlyElementsOf(Rivulet.clicks(20));
    }
  }
}
