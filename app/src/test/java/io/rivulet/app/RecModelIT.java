package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.rivulet.app.api.RecModel;
import io.rivulet.app.callback.Callback;
import io.rivulet.app.callback.CommittedWindow;
import io.rivulet.app.callback.EvalCallBack;
import io.rivulet.app.callback.LossMonitor;
import io.rivulet.app.callback.ModelCheckpoint;
import io.rivulet.app.callback.RunContext;
import io.rivulet.app.callback.TimeMonitor;
import io.rivulet.app.settings.Settings;
import io.rivulet.trainer.store.Epoch;
import io.rivulet.trainer.store.EpochTerms;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.OpenMode;
import io.rivulet.trainer.store.StoreWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Training from a user's own program on a real broker. One topic of one partition is enough for
 * most tests; the command {@code train} has learned it once in the same windows, and says which
 * bits are right.
 */
@Timeout(120)
class RecModelIT {
  private static final int ROWS = 800;
  private static final int WINDOW = 200;
  private static final int WINDOWS = ROWS / WINDOW;

  /** Two workers take half of a window each, in mini-batches of 50. */
  private static final int STEPS_PER_WINDOW = 2;

  private static final String EARLIEST = "earliest";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir static Path shared;
  private static KafkaTopic topic;
  private static String expected;

  @TempDir Path directory;

  @BeforeAll
  static void learnByCommand() {
    topic = new KafkaTopic(shared.resolve("kafka"), 1);
    topic.send(Rivulet.clicks(ROWS));
    String store = shared.resolve("store").toString();
    Rivulet.succeed(
        Rivulet.args(
            List.of("train", "--store", store, "--max-batches", Integer.toString(WINDOWS)),
            List.of("--set", "window.rows=" + WINDOW),
            Rivulet.SMALL,
            topic.settings()));
    expected = sha256(store);
  }

  @AfterAll
  static void stop() {
    spark().stop();
    topic.close();
  }

  /** The running session; commands that use Spark end it. */
  private static SparkSession spark() {
    return Sessions.create("test");
  }

  private static Dataset<Row> stream(String name, String startingOffsets, int windowRows) {
    return spark()
        .readStream()
        .format("kafka")
        .option("kafka.bootstrap.servers", topic.servers())
        .option("subscribe", name)
        .option("startingOffsets", startingOffsets)
        .option("maxOffsetsPerTrigger", windowRows)
        .load();
  }

  private static Dataset<Row> clicks() {
    return stream(KafkaTopic.NAME, EARLIEST, WINDOW);
  }

  private String store() {
    return directory.resolve("store").toString();
  }

  private ModelStore models() {
    return ModelStore.open(store(), new Configuration());
  }

  private static Manifest newest(ModelStore models) {
    return models.newest().orElseThrow();
  }

  private RecModel model(Map<String, String> more, Consumer<String> console) {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("store.path", store());
    settings.put("emb_dim", "4");
    settings.put("deep_layer_dim", "[16, 8]");
    settings.put("batch_size", "50");
    return new RecModel(spark(), Settings.of(settings), console);
  }

  private RecModel model() {
    return model(Map.of(), line -> {});
  }

  private static String sha256(String store, String... more) {
    return Rivulet.succeed(Rivulet.args(List.of("store", "show", "--store", store), List.of(more)))
        .sha256();
  }

  private static String verify(String store) {
    return Rivulet.succeed("store", "verify", "--store", store).out();
  }

  private Path heldOut() throws IOException {
    return Rivulet.write(
        directory.resolve("held-out.tsv"), Rivulet.clicks(ROWS + 100).subList(ROWS, ROWS + 100));
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.toList();
    }
  }

  /** Writes down what it is told, and ends the training after a window. */
  private static final class Recorder implements Callback {
    private final long last;
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final List<CommittedWindow> windows = new CopyOnWriteArrayList<>();

    Recorder(long last) {
      this.last = last;
    }

    static Recorder endless() {
      return new Recorder(Long.MAX_VALUE);
    }

    @Override
    public void trainBegin(RunContext context) {
      calls.add("begin");
    }

    @Override
    public void windowEnd(RunContext context, CommittedWindow window) {
      calls.add("window " + window.window());
      windows.add(window);
      if (window.window() == last) {
        context.requestStop();
      }
    }

    @Override
    public void trainEnd(RunContext context) {
      calls.add("end");
    }
  }

  /** Learns the first window and no other. */
  private void learnOneWindow() {
    model().onlineTrain(clicks(), List.of(new Recorder(1)), false);
    assertThat(verify(store())).contains(" 200 events trained, 0 quarantined");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everyWindowIsToldInOrderAfterItsCommitAndTheBitsAreThoseOfTrain(boolean sinkMode) {
    Recorder recorder = new Recorder(WINDOWS);
    List<Manifest> committed = new CopyOnWriteArrayList<>();
    Callback reader =
        new Callback() {
          @Override
          public void windowEnd(RunContext context, CommittedWindow window) {
            committed.add(newest(models()));
          }
        };
    model().onlineTrain(clicks(), List.of(recorder, reader), sinkMode);

    assertThat(recorder.calls)
        .containsExactly("begin", "window 1", "window 2", "window 3", "window 4", "end");
    for (int i = 0; i < WINDOWS; i++) {
      CommittedWindow window = recorder.windows.get(i);
      Manifest manifest = committed.get(i);
      assertThat(window.version()).isEqualTo(i + 1).isEqualTo(manifest.version());
      assertThat(window.window()).isEqualTo(manifest.lastWindow());
      assertThat(window.rows()).isEqualTo(WINDOW);
      assertThat(window.quarantined()).isZero();
      assertThat(window.step())
          .isEqualTo((long) STEPS_PER_WINDOW * (i + 1))
          .isEqualTo(manifest.step());
      assertThat(window.quality()).isEqualTo(manifest.quality());
    }
    assertThat(sha256(store())).isEqualTo(expected);
    assertThat(verify(store())).contains(" 800 events trained, 0 quarantined");
  }

  @Test
  void aSecondTrainingLearnsWhatTheStoreLacksAndNothingTwice() {
    String name = "two-partitions";
    List<String> lines = new ArrayList<>(Rivulet.clicks(ROWS));
    lines.set(400, "poison");
    topic.createTopic(name, 2, lines.subList(0, 400));
    Recorder first = new Recorder(2);
    model().onlineTrain(stream(name, EARLIEST, 200), first);
    topic.sendTo(name, 2, lines.subList(400, 800));
    Recorder second = new Recorder(5);
    // Batches now end elsewhere: the first is known, the second half known.
    model().onlineTrain(stream(name, EARLIEST, 250), second);

    assertThat(first.windows).extracting(CommittedWindow::rows).containsExactly(200L, 200L);
    assertThat(second.windows)
        .extracting(CommittedWindow::window, CommittedWindow::rows, CommittedWindow::quarantined)
        .containsExactly(tuple(3L, 99L, 1L), tuple(4L, 250L, 0L), tuple(5L, 50L, 0L));
    assertThat(verify(store())).contains(" 799 events trained, 1 quarantined");
    assertThat(
            Rivulet.succeed(
                    Rivulet.args(List.of("store", "replay", "--store", store()), topic.settings()))
                .out())
        .contains("The bits are the same");
  }

  @Test
  void aDatasetThatBeginsAfterTheStoreIsRefusedAndNothingIsLearned() {
    learnOneWindow();

    Recorder recorder = Recorder.endless();
    assertThatThrownBy(
            () ->
                model()
                    .onlineTrain(
                        stream(KafkaTopic.NAME, "{\"clicks\":{\"0\":300}}", WINDOW), recorder))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("goes on at offset 200 of clicks-0")
        .hasMessageContaining("begins at 300");
    assertThat(recorder.windows).isEmpty();
    assertThat(models().openPlans()).isEmpty();
    assertThat(newest(models()).version()).isEqualTo(1);
    assertThat(verify(store())).contains(" 200 events trained, 0 quarantined");
  }

  @Test
  void aCallbackThatThrowsEndsTheTrainingAndTheNextOneGoesOn() {
    RuntimeException error = new IllegalStateException("no further");
    Recorder recorder = Recorder.endless();
    Callback thrower =
        new Callback() {
          @Override
          public void windowEnd(RunContext context, CommittedWindow window) {
            if (window.window() == 2) {
              throw error;
            }
          }
        };
    assertThatThrownBy(() -> model().onlineTrain(clicks(), List.of(recorder, thrower)))
        .isSameAs(error);

    assertThat(recorder.calls).containsExactly("begin", "window 1", "window 2");
    assertThat(verify(store())).contains(" 400 events trained, 0 quarantined");

    Recorder next = new Recorder(WINDOWS);
    model().onlineTrain(clicks(), next);
    assertThat(next.calls).containsExactly("begin", "window 3", "window 4", "end");
    assertThat(verify(store())).contains(" 800 events trained, 0 quarantined");
    assertThat(sha256(store())).isEqualTo(expected);
  }

  @Test
  void monitorsPrintAndLeaveTheBitsAlone() throws IOException {
    List<String> lines = new CopyOnWriteArrayList<>();
    EvalCallBack eval = new EvalCallBack(spark().read().text(heldOut().toString()), 2);
    model(Map.of(), lines::add)
        .onlineTrain(
            clicks(), List.of(new LossMonitor(2), new TimeMonitor(), eval, new Recorder(WINDOWS)));

    assertThat(lines.stream().filter(line -> line.startsWith("window: ")))
        .containsExactly(
            String.format(
                Locale.ROOT,
                "window: 2, step: 4, loss is %.6f",
                models().version(2).quality().logloss()),
            String.format(
                Locale.ROOT,
                "window: 4, step: 8, loss is %.6f",
                models().version(4).quality().logloss()));
    List<String> times = lines.stream().filter(line -> line.startsWith("window time: ")).toList();
    assertThat(times.get(0)).matches("window time: \\d+\\.\\d{3} ms");
    assertThat(times.subList(1, times.size()))
        .hasSize(WINDOWS - 1)
        .allMatch(
            line -> line.matches("window time: \\d+\\.\\d{3} ms, per step time: \\d+\\.\\d{3} ms"));
    List<String> evals = lines.stream().filter(line -> line.startsWith("EvalCallBack")).toList();
    assertThat(evals).hasSize(2);
    assertThat(evals.get(0)).startsWith("EvalCallBack model.eval(): window 2, auc ");
    assertThat(evals.get(1))
        .startsWith(
            String.format(
                Locale.ROOT,
                "EvalCallBack model.eval(): window 4, auc %.6f, logloss %.6f; eval_time: ",
                eval.newest().auc(),
                eval.newest().logloss()));
    assertThat(lines).hasSize(2 + WINDOWS + 2);
    assertThat(sha256(store())).isEqualTo(expected);
  }

  @Test
  void checkpointsAreStoresOfTheirOwnWithTheBitsOfTheirVersions() throws IOException {
    Path checkpoints = directory.resolve("checkpoints");
    Path events = heldOut();
    EvalCallBack eval = new EvalCallBack(spark().read().text(events.toString()), 3);
    model()
        .onlineTrain(
            clicks(),
            List.of(
                new ModelCheckpoint("wide", checkpoints, STEPS_PER_WINDOW, 2),
                eval,
                new Recorder(WINDOWS)));

    Path third = checkpoints.resolve("wide-6");
    Path fourth = checkpoints.resolve("wide-8");
    assertThat(list(checkpoints)).containsExactlyInAnyOrder(third, fourth);
    assertThat(sha256(third.toString())).isEqualTo(sha256(store(), "--version-number", "3"));
    assertThat(sha256(fourth.toString())).isEqualTo(expected);
    assertThat(verify(third.toString())).contains(" 600 events trained, 0 quarantined");
    assertThat(sha256(store())).isEqualTo(expected);

    JsonNode scored =
        Rivulet.succeed("evaluate", "--store", third.toString(), events.toString()).json();
    assertThat(scored.get("version").asLong()).isEqualTo(3);
    assertThat(scored.get("rows").asLong()).isEqualTo(100).isEqualTo(eval.newest().rows());
    assertThat(scored.get("auc").asDouble()).isEqualTo(eval.newest().auc(), within(1e-5));
    assertThat(scored.get("logloss").asDouble()).isEqualTo(eval.newest().logloss(), within(1e-5));
  }

  @Test
  void theWindowsOfACommitAreToldTogetherAfterIt() {
    Recorder recorder = new Recorder(WINDOWS);
    model(Map.of("commit.every", "2"), line -> {}).onlineTrain(clicks(), recorder);

    assertThat(recorder.windows)
        .extracting(CommittedWindow::window, CommittedWindow::version, CommittedWindow::step)
        .containsExactly(
            tuple(1L, 1L, 2L), tuple(2L, 1L, 4L), tuple(3L, 2L, 6L), tuple(4L, 2L, 8L));
    assertThat(sha256(store())).isEqualTo(expected);
  }

  @Test
  void aCheckpointIsNamedByTheStepOfItsModelHoweverManyWindowsACommitHas() throws IOException {
    Path checkpoints = directory.resolve("checkpoints");
    model(Map.of("commit.every", "2"), line -> {})
        .onlineTrain(
            clicks(),
            List.of(
                new ModelCheckpoint("wide", checkpoints, STEPS_PER_WINDOW, 9),
                new Recorder(WINDOWS)));

    assertThat(list(checkpoints))
        .isNotEmpty()
        .allSatisfy(
            checkpoint ->
                assertThat(
                        newest(ModelStore.open(checkpoint.toString(), new Configuration())).step())
                    .isEqualTo(
                        Long.parseLong(
                            checkpoint.getFileName().toString().substring("wide-".length()))));
  }

  @Test
  void stopEndsATrainingThatWaitsForEvents() throws Exception {
    RecModel model = model();
    model.stop();
    Recorder recorder = Recorder.endless();
    FutureTask<Void> training = new FutureTask<>(() -> model.onlineTrain(clicks(), recorder), null);
    Thread thread = new Thread(training, "training");
    thread.setDaemon(true);
    thread.start();
    try {
      await().atMost(PATIENCE).until(() -> recorder.windows.size() == WINDOWS || training.isDone());
      assertThat(training.isDone()).isFalse();
      assertThatThrownBy(() -> model.onlineTrain(clicks(), recorder))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("learning already");
    } finally {
      model.stop();
    }
    training.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

    assertThat(recorder.calls)
        .containsExactly("begin", "window 1", "window 2", "window 3", "window 4", "end");
    assertThat(sha256(store())).isEqualTo(expected);
  }

  @Test
  void aWindowThatWasPlannedAndNotCommittedIsPlannedAnew() {
    learnOneWindow();
    Epoch epoch = models().epoch(newest(models()).epoch());
    EpochTerms terms =
        new EpochTerms(
            epoch.learner(),
            epoch.featureVersion(),
            epoch.maxEventBytes(),
            epoch.eventForm(),
            epoch.fileForm());
    StoreWriter.open(store(), new Configuration(), OpenMode.GO_ON, terms, 50, 2)
        .plan("kafka", List.of(new OffsetRange(KafkaTopic.NAME, 0, 200, 450)));
    assertThat(models().openPlans()).hasSize(1);

    model().onlineTrain(clicks(), new Recorder(WINDOWS));

    assertThat(models().openPlans()).isEmpty();
    assertThat(models().ledger(newest(models())))
        .extracting(window -> window.plan().ranges())
        .containsExactlyElementsOf(
            IntStream.range(0, WINDOWS)
                .mapToObj(
                    i ->
                        List.of(
                            new OffsetRange(
                                KafkaTopic.NAME, 0, (long) i * WINDOW, (i + 1L) * WINDOW)))
                .toList());
    assertThat(verify(store())).contains(" 800 events trained, 0 quarantined");
    assertThat(sha256(store())).isEqualTo(expected);
  }
}
