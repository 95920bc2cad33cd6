package io.rivulet.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.rivulet.app.ConfFiles;
import io.rivulet.app.UserError;
import io.rivulet.app.bench.Interleaved.Rounds;
import io.rivulet.app.process.ChildProcess;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.train.Report;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.RowLayout;
import io.rivulet.trainer.model.WideDeepModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What the benchmarks are made of. */
class BenchTest {
  @TempDir Path directory;

  @Test
  void contendersTakeTurnsAfterARoundThatDoesNotCount() {
    List<String> order = new ArrayList<>();
    Iterator<Double> a = List.of(99.0, 2.0, 9.0, 4.0).iterator();
    Iterator<Double> b = List.of(99.0, 1.0, 3.0, 4.0).iterator();
    Interleaved<Double> contenders = new Interleaved<>();
    contenders.add(
        "a",
        () -> {
          order.add("a");
          return a.next();
        });
    contenders.add(
        "b",
        () -> {
          order.add("b");
          return b.next();
        });

    Rounds<Double> rounds = contenders.run(3);

    assertThat(order).containsExactly("a", "b", "a", "b", "a", "b", "a", "b");
    assertThat(rounds.samples().get("a")).containsExactly(2.0, 9.0, 4.0);
    assertThat(rounds.median("a", x -> x)).isEqualTo(4);
    assertThat(rounds.median("b", x -> 10 * x)).isEqualTo(30);
    assertThat(rounds.ratio("a", "b", x -> x)).as("of 2, 3 and 1").isEqualTo(2);
    assertThat(rounds.median("c", x -> x)).isNaN();
    assertThat(rounds.ratio("a", "c", x -> x)).isNaN();
  }

  @Test
  void theMedianOfAnEvenNumberIsBetweenTheMiddleTwo() {
    assertThat(Interleaved.median(4, 1, 3, 100)).isEqualTo(3.5);
    assertThat(Interleaved.median(7)).isEqualTo(7);
    assertThat(Interleaved.median()).isNaN();
  }

  @Test
  void theIntervalIsStudents() {
    MeanInterval interval = MeanInterval.of(1, 2, 3, 4, 5);

    assertThat(interval.mean()).isEqualTo(3);
    assertThat(interval.sd()).isEqualTo(Math.sqrt(2.5), within(1e-12));
    // 2.776 is the 97.5 % quantile with 4 degrees of freedom.
    assertThat(interval.high() - 3).isEqualTo(2.776445 * Math.sqrt(2.5 / 5), within(1e-5));
    assertThat(3 - interval.low()).isEqualTo(interval.high() - 3, within(1e-12));
  }

  @Test
  void oneValueHasNoIntervalAndNoneHasNoMean() {
    assertThat(MeanInterval.of(7).mean()).isEqualTo(7);
    assertThat(MeanInterval.of(7).low()).isNaN();
    assertThat(MeanInterval.of().mean()).isNaN();
  }

  @Test
  void aRuleIsSettingsWithPlusBetweenThem() {
    Settings settings =
        new MergeRule("embedding_merge=mean+averaging_frequency=3").in(Settings.defaults());

    assertThat(settings.get(Settings.AVERAGING_FREQUENCY)).isEqualTo(3);
    assertThat(settings.get(Settings.EMBEDDING_MERGE))
        .isEqualTo(LearnerSettings.EmbeddingMerge.MEAN);
  }

  @Test
  void aRuleThatCannotBeIsRefused() {
    Settings settings = Settings.defaults();

    assertThatThrownBy(() -> new MergeRule("embeding_merge=mean").in(settings))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("did you mean 'embedding_merge'");
    assertThatThrownBy(() -> new MergeRule("embedding_merge=median").in(settings))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("not 'median'");
    for (String text : List.of("mean", "embedding_merge=mean+", "=mean")) {
      assertThatThrownBy(() -> new MergeRule(text).in(settings))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("NAME=VALUE")
          .hasMessageContaining("'" + text + "'");
    }
  }

  @Test
  void rowsOfAFileAreThoseThatAreExamples() throws IOException {
    Settings settings = Settings.defaults();
    BenchRows madeUp = BenchRows.madeUp(settings, 1, 0);
    Path clean = directory.resolve("clean.tsv");
    madeUp.write(clean, 20);
    List<String> lines = new ArrayList<>(Files.readAllLines(clean));
    lines.add(3, "no event");
    Path mixed = Files.write(directory.resolve("mixed.tsv"), lines);
    BenchRows ofFile = BenchRows.ofFile(settings, mixed);
    ExampleBlock expected = madeUp.examples(20);

    ExampleBlock read = ofFile.examples(50);
    ofFile.write(directory.resolve("again.tsv"), 50);

    assertThat(ofFile.name()).isEqualTo("mixed.tsv");
    assertThat(read.rows()).isEqualTo(20);
    assertThat(read.keys()).isEqualTo(expected.keys());
    assertThat(read.weights()).isEqualTo(expected.weights());
    assertThat(read.labels()).isEqualTo(expected.labels());
    assertThat(directory.resolve("again.tsv")).hasSameTextualContentAs(clean);
  }

  @Test
  void aFileWithoutAnyEventIsRefused() throws IOException {
    Path file = Files.writeString(directory.resolve("poem.txt"), "Roses\nare\n");

    assertThatThrownBy(() -> BenchRows.ofFile(Settings.defaults(), file).examples(10))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("No line of poem.txt");
  }

  @Test
  void aSliceIsTheSameRows() {
    ExampleBlock block = BenchRows.madeUp(Settings.defaults(), 1, 0).examples(5);

    ExampleBlock slice = BenchRows.slice(block, 1, 3);

    assertThat(slice.rows()).isEqualTo(2);
    assertThat(slice.labels()).isEqualTo(Arrays.copyOfRange(block.labels(), 1, 3));
    assertThat(slice.keys()).isEqualTo(Arrays.copyOfRange(block.keys(), 39, 117));
  }

  @Test
  void aTableIsFilledWithTheKeysOfAVocabulary() {
    Settings settings = Settings.of(Map.of("emb_dim", "4", "deep_layer_dim", "[2]"));
    WideDeepModel model = new WideDeepModel(settings.learner());

    ResidentKeys.fill(model, 300);

    assertThat(model.table().size()).isEqualTo(300);
    float[] first = new float[model.table().rowWidth()];
    float[] last = new float[model.table().rowWidth()];
    model.table().read(model.table().find(0), first, 0);
    model.table().read(model.table().find(299), last, 0);
    assertThat(first).isNotEqualTo(last);
    assertThat(Arrays.copyOfRange(last, RowLayout.EMBEDDING, RowLayout.moment1(4)))
        .usingComparatorWithPrecision(0.01f)
        .containsExactly(0, 0, 0, 0);
    assertThat(last[RowLayout.WIDE_N]).isEqualTo(1);
    ExampleBlock rows =
        BenchRows.withVocabulary(BenchRows.madeUp(Settings.defaults(), 1, 0).examples(50), 300);
    assertThat(Arrays.stream(rows.keys())).allMatch(key -> key >= 0 && key < 300);
  }

  @Test
  void tablesOfAllSizesHaveEquallyManyRowsTouched() {
    ExampleBlock round = BenchRows.madeUp(Settings.defaults(), 1, 0).examples(20);
    long distinct = Arrays.stream(round.keys()).distinct().count();

    for (int keys : new int[] {780, 10_000, 20_000_000}) {
      long[] spread = KeySpread.over(keys, round).keys();
      assertThat(Arrays.stream(spread).distinct().count()).isEqualTo(distinct);
      assertThat(Arrays.stream(spread)).allMatch(key -> key >= 0 && key < keys);
    }
    ExampleBlock part = BenchRows.slice(round, 0, 1);
    assertThat(KeySpread.over(20_000_000, part).keys())
        .as("the same place in each round")
        .isEqualTo(Arrays.copyOf(KeySpread.over(20_000_000, round).keys(), 39));
  }

  @Test
  void thePeersResultIsTheObjectOnItsLastLine() throws IOException {
    Path python =
        BenchRun.program(
            directory,
            "echo warming up",
            "echo a warning >&2",
            "echo \"{\\\"seed\\\": $PYTHONHASHSEED, \\\"arguments\\\": \\\"$*\\\"}\"");
    PeerProgram peer = new PeerProgram(python.toString(), Path.of("peer.py"));
    LearnerSettings settings = Settings.defaults().learner();

    JsonNode result = peer.run(Path.of("rows.tsv"), PeerProgram.options(settings, 500));

    assertThat(result.get("seed").asInt()).isZero();
    assertThat(result.get("arguments").asText())
        .isEqualTo(
            "peer.py rows.tsv --vocab 500 --emb 16 --layers 1024 512 256 128 --batch 100"
                + " --lr-deep 3.5E-4 --lr-wide 0.05 --threads 2");
  }

  private String complaintOfPeer(String... lines) throws IOException {
    PeerProgram peer =
        new PeerProgram(BenchRun.program(directory, lines).toString(), Path.of("peer.py"));
    return complaintOf(peer);
  }

  private static String complaintOf(PeerProgram peer) {
    UserError error =
        catchThrowableOfType(UserError.class, () -> peer.run(Path.of("rows.tsv"), List.of()));
    return error.getMessage();
  }

  @Test
  void aPythonWithoutTorchIsTold() throws IOException {
    assertThat(
            complaintOfPeer(
                "echo Traceback >&2",
                "echo \"ModuleNotFoundError: No module named 'torch'\" >&2",
                "exit 1"))
        .contains("python lacks", "install torch", "No module named 'torch'")
        .doesNotContain("Traceback");
  }

  @Test
  void aPeerThatFailsIsQuoted() throws IOException {
    assertThat(complaintOfPeer("echo 'RuntimeError: too large' >&2", "exit 3"))
        .contains("peer.py failed with exit code 3", "RuntimeError: too large");
  }

  @ParameterizedTest
  @ValueSource(strings = {"echo done", "echo 7", "true", "echo '{\"rows\":'"})
  void aPeerThatEndsWithoutAResultIsRefused(String line) throws IOException {
    assertThat(complaintOfPeer(line)).contains("The last line of peer.py must be a JSON object");
  }

  @Test
  void aPythonThatIsNotThereIsNamed() {
    String python = directory.resolve("missing").toString();

    assertThat(complaintOf(new PeerProgram(python, Path.of("peer.py"))))
        .contains("Can't run " + python, "--python");
  }

  private static PeerOptions peerOptions(String... args) {
    return CommandLine.populateCommand(new PeerOptions(), args);
  }

  @Test
  void withoutAPythonThereIsNoPeer() {
    assertThat(peerOptions().program()).isEmpty();
  }

  @Test
  void aPeerThatIsNotThereIsNamed() {
    String script = directory.resolve("missing.py").toString();

    assertThatThrownBy(() -> peerOptions("--python", "python3", "--peer", script).program())
        .isInstanceOf(UserError.class)
        .hasMessageContaining(script);
  }

  @Test
  void thePeerIsShippedBesideTheStartScript() {
    Path home = ConfFiles.shipped("rivulet.yaml").getParent().getParent();
    assertThatThrownBy(() -> peerOptions("--python", "python3").program())
        .isInstanceOf(UserError.class)
        .hasMessageContaining("torch_wide_deep.py with --peer");
    System.setProperty("rivulet.home", home.toString());
    try {
      assertThat(peerOptions("--python", "python3").program()).isPresent();
    } finally {
      System.clearProperty("rivulet.home");
    }
    assertThat(home.resolve("submit/rivulet")).content().contains("-Drivulet.home=$home");
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 52})
  void dl4jWithoutMemoryIsAResult(int exitCode) {
    assertThat(dl4jError(new ChildProcess(exitCode, "", "")))
        .startsWith("out of memory with a heap of ")
        .endsWith(" GiB");
  }

  @Test
  void whatElseHappensToDl4jIsTold() {
    assertThat(dl4jError(new ChildProcess(1, "", "x\njava.lang.OutOfMemoryError: y\n\tat z")))
        .startsWith("out of memory");
    assertThat(dl4jError(new ChildProcess(137, "", ""))).startsWith("killed by the system");
    assertThat(dl4jError(new ChildProcess(1, "", "one\nrivulet: two\n\n")))
        .isEqualTo("exit code 1: rivulet: two");
  }

  private static String dl4jError(ChildProcess child) {
    Report report = new Report();
    Dl4jBench.putResult(child, report);
    assertThat(report.line()).startsWith("{\"dl4j_rows_per_s\":null,\"dl4j_error\":");
    return BenchRun.json(report.line()).get("dl4j_error").asText();
  }

  @Test
  void whatDl4jFoundIsTakenOver() {
    Report report = new Report();
    Dl4jBench.putResult(new ChildProcess(0, "noise\n{\"dl4j_rows_per_s\":7.5}\n", ""), report);

    assertThat(report.line()).isEqualTo("{\"dl4j_rows_per_s\":7.5,\"dl4j_error\":null}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "vocab", "commit"})
  void aRoundThatCountsIsTheLeast(String command) {
    assertThatThrownBy(() -> BenchRun.of(command, "--repeats", "0"))
        .isInstanceOf(UserError.class)
        .hasMessage("--repeats must be at least 1, not 0");
  }
}
