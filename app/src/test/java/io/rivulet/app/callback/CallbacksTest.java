package io.rivulet.app.callback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.rivulet.trainer.metrics.Quality;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The callbacks that come along, told of made-up windows. */
class CallbacksTest {
  @TempDir Path directory;

  private final Context context = new Context();

  /** Keeps what is printed; a checkpoint of it is a directory with one file. */
  private static final class Context implements RunContext {
    private final List<String> lines = new ArrayList<>();

    @Override
    public Quality evaluate(Dataset<Row> events) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void saveCheckpoint(Path target) {
      assertThat(target).doesNotExist();
      try {
        Files.createDirectories(target);
        Files.writeString(target.resolve("model"), "new");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void requestStop() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void print(String line) {
      lines.add(line);
    }
  }

  /** Windows that end at these steps, each half a second long with a loss of 0.25. */
  private void tell(Callback callback, long... steps) {
    for (int i = 0; i < steps.length; i++) {
      callback.windowEnd(
          context,
          new CommittedWindow(
              i + 1,
              i + 1,
              steps[i],
              100,
              0,
              new Quality(100, 0.75, 0.25, 1, 1),
              true,
              Duration.ofMillis(500)));
    }
  }

  private List<String> saved() throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.map(path -> path.getFileName().toString()).toList();
    }
  }

  @Test
  void theLossIsThatOfEveryWindow() {
    tell(new LossMonitor(), 10, 20);

    assertThat(context.lines)
        .containsExactly(
            "window: 1, step: 10, loss is 0.250000", "window: 2, step: 20, loss is 0.250000");
  }

  @Test
  void theLossMayBeThatOfOneWindowInSoMany() {
    tell(new LossMonitor(2), 10, 20, 30, 40, 50);

    assertThat(context.lines)
        .containsExactly(
            "window: 2, step: 20, loss is 0.250000", "window: 4, step: 40, loss is 0.250000");
  }

  @Test
  void theLossMayBeThatOfNone() {
    tell(new LossMonitor(0), 10, 20, 30);

    assertThat(context.lines).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LossMonitor(-1))
        .withMessage("per_print_times must be int and >= 0, but got -1");
  }

  @Test
  void theTimeIsThatOfAWindowAndOfEachOfItsSteps() {
    tell(new TimeMonitor(), 10, 20, 24, 24);

    assertThat(context.lines)
        .containsExactly(
            "window time: 500.000 ms",
            "window time: 500.000 ms, per step time: 50.000 ms",
            "window time: 500.000 ms, per step time: 125.000 ms",
            "window time: 500.000 ms");
  }

  @Test
  void aModelIsSavedAtTheFirstWindowThatEndsSoManyStepsAfterTheLast() throws IOException {
    tell(new ModelCheckpoint("wide", directory), 60, 120, 180, 240);

    assertThat(saved()).containsExactlyInAnyOrder("wide-120", "wide-240");
  }

  @Test
  void stepsCountFromTheModelThatWasSavedLast() throws IOException {
    tell(new ModelCheckpoint("wide", directory), 70, 140, 210, 280, 350);

    assertThat(saved()).containsExactlyInAnyOrder("wide-140", "wide-280");
  }

  @Test
  void theNewestAreKeptByTheirStepsNotTheirNames() throws IOException {
    tell(new ModelCheckpoint("wide", directory, 1, 2), 90, 100, 1000);

    assertThat(saved()).containsExactlyInAnyOrder("wide-100", "wide-1000");
  }

  @Test
  void whatHasAnotherNameIsLeftAlone() throws IOException {
    for (String other : List.of("deep-1", "wide-x", "wide-1-2", "wide-")) {
      Files.createDirectory(directory.resolve(other));
    }
    tell(new ModelCheckpoint("wide", directory, 1, 1), 10, 20);

    assertThat(saved())
        .containsExactlyInAnyOrder("deep-1", "wide-x", "wide-1-2", "wide-", "wide-20");
  }

  @Test
  void aModelOfTheSameStepIsReplacedWhole() throws IOException {
    Path old = Files.createDirectories(directory.resolve("wide-10/data"));
    Files.writeString(old.resolve("rows.bin"), "old");
    tell(new ModelCheckpoint("wide", directory, 1, 5), 10);

    assertThat(directory.resolve("wide-10/model")).hasContent("new");
    assertThat(old).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a/b", "..", "a b", "ä"})
  void aPrefixThatIsNoPlainNameIsRefused(String prefix) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ModelCheckpoint(prefix, directory))
        .withMessage("prefix must be letters, digits, - and _, but got '" + prefix + "'");
  }

  @ParameterizedTest
  @CsvSource({"0, 5", "-1, 5", "100, 0", "100, -1"})
  void numbersBelowOneAreRefused(int steps, int keep) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ModelCheckpoint("wide", directory, steps, keep))
        .withMessageEndingWith("must be int and > 0, but got " + steps + " and " + keep);
  }
}
