package io.rivulet.app.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rivulet.app.Sessions;
import io.rivulet.app.generate.ClickGenerator;
import io.rivulet.app.process.TalkingJvm;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.train.Replay;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Executors in JVMs of their own that run out of memory, or whose tasks don't get on. */
@Timeout(180)
class ExecutorFaultsIT {
  private static final int ROWS = 1000;
  private static final int WINDOWS = 4;
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  @TempDir Path directory;

  private final Map<String, String> settings = new LinkedHashMap<>();
  private TrainingProcess training;

  @BeforeEach
  void set() {
    settings.put("store.path", directory.resolve("store").toString());
    settings.put("window.rows", Integer.toString(ROWS / WINDOWS));
    settings.put("workers", "2");
    settings.put("emb_dim", "4");
    settings.put("deep_layer_dim", "[16, 8]");
    settings.put("batch_size", "50");
  }

  @AfterEach
  void stop() {
    training.close();
  }

  private Path home() {
    return directory.resolve("spark");
  }

  private void train(List<String> options, Disturbance.Kind kind, String... more)
      throws IOException {
    ClickGenerator generator = new ClickGenerator(7, 0);
    Path events =
        Files.write(
            directory.resolve("events.tsv"),
            IntStream.range(0, ROWS).mapToObj(i -> generator.click(i).line()).toList());
    List<String> all = new ArrayList<>(options);
    all.addAll(Disturbance.options(kind, directory));
    all.addAll(List.of(more));
    Path logging = Path.of("..", "conf", "log4j2.properties").toAbsolutePath().normalize();
    all.add("-Dlog4j2.configurationFile=" + logging.toUri());
    List<String> arguments =
        new ArrayList<>(List.of("train", "--source", "files", events.toString()));
    settings.forEach((name, value) -> arguments.addAll(List.of("--set", name + "=" + value)));
    training = TrainingProcess.start(all, home(), log(), arguments);
  }

  private Path log() {
    return directory.resolve("train.log");
  }

  private String printed() {
    try {
      return Files.readString(log());
    } catch (IOException e) {
      return e.toString();
    }
  }

  private ModelStore store() {
    return ModelStore.open(settings.get("store.path"), new Configuration());
  }

  private long newest() {
    try {
      return store().newestNumber();
    } catch (StoreException notYet) {
      return 0;
    }
  }

  private void assertAllIsLearnedAsInOneProcess() {
    assertThat(training.await()).as(this::printed).isZero();
    Manifest newest = store().newest().orElseThrow();
    assertThat(newest.version()).isEqualTo(WINDOWS);
    String learned = store().load(newest, store().epoch(newest.epoch()).learner()).sha256();
    try (SparkSession spark = Sessions.create("test")) {
      assertThat(
              new Replay(spark, Settings.of(settings), line -> {}).replay(store(), newest).sha256())
          .isEqualTo(learned);
    }
  }

  @Test
  void anExecutorThatRunsOutOfMemoryIsReplaced() throws IOException {
    String sink = "-Dspark.metrics.conf.executor.sink.csv.";
    Path metrics = Files.createDirectory(directory.resolve("metrics"));
    train(
        TrainingProcess.withExecutors(),
        Disturbance.Kind.FILL_ONE,
        sink + "class=org.apache.spark.metrics.sink.CsvSink",
        sink + "period=1",
        sink + "directory=" + metrics);

    assertAllIsLearnedAsInOneProcess();
    assertWorkersAreMeasured(metrics);

    assertThat(Disturbance.filled(directory)).isTrue();
  }

  /** Each executor's own metrics have what its workers did. */
  private static void assertWorkersAreMeasured(Path metrics) throws IOException {
    long events = 0;
    try (Stream<Path> files = Files.list(metrics)) {
      for (Path file : files.toList()) {
        if (file.toString().endsWith("LearningPlugin.worker_events.csv")) {
          // An executor may have been killed while it wrote its last line, or the first.
          events +=
              Files.readAllLines(file).stream()
                  .filter(line -> line.matches("\\d+,\\d+"))
                  .mapToLong(line -> Long.parseLong(line.split(",")[1]))
                  .max()
                  .orElse(0);
        }
      }
    }
    assertThat(events).isPositive();
  }

  @Test
  void executorsThatAllRunOutOfMemoryEndTheTrainingInOneSentence() throws IOException {
    train(
        TrainingProcess.withExecutors("local-cluster[1,1,1024]"),
        Disturbance.Kind.FILL_ALL,
        "-Dspark.task.maxFailures=1");

    assertThat(training.await()).isEqualTo(1);
    assertThat(printed())
        .contains("rivulet: An executor ran out of memory", "spark.executor.memory")
        .doesNotContain("\tat ");
    assertThat(newest()).isZero();
  }

  @Test
  void ofAStragglerAndItsCopyOneIsMerged() throws IOException {
    try (TalkingJvm cluster =
        TalkingJvm.start(
            TwoHosts.class,
            List.of("-Xmx256m"),
            List.of(directory.resolve("work").toString()),
            TrainingProcess.environment(home()))) {
      train(
          TrainingProcess.withExecutors(cluster.answer()),
          Disturbance.Kind.STRAGGLE,
          "-Dspark.speculation=true",
          "-Dspark.speculation.quantile=0.5",
          "-Dspark.speculation.task.duration.threshold=2s",
          "-Dspark.scheduler.minRegisteredResourcesRatio=1",
          "-Dspark.cores.max=2");
      await().atMost(PATIENCE).until(() -> newest() > 1);
      assertThat(Disturbance.heldUp(directory)).isTrue();
      Files.createFile(directory.resolve(Disturbance.RELEASED));

      assertAllIsLearnedAsInOneProcess();
    }
  }
}
