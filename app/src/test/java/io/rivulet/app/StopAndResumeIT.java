package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training process that is stopped and started again; {@link SoakIT} kills it. */
class StopAndResumeIT {
  private static final int ROWS = 15_000;
  private static final int WINDOW = 500;
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  @TempDir Path directory;

  private String store() {
    return directory.resolve("store").toString();
  }

  private List<String> train(KafkaTopic topic, String... more) {
    return Rivulet.args(
        List.of("train", "--store", store(), "--set", "window.rows=" + WINDOW),
        Rivulet.SMALL,
        topic.settings(),
        List.of(more));
  }

  private long newestVersion() {
    try {
      return ModelStore.open(store(), new Configuration())
          .newest()
          .map(Manifest::version)
          .orElse(0L);
    } catch (StoreException notYet) {
      return 0;
    }
  }

  @Test
  void aRunThatWasStoppedHalfWayGivesTheBitsOfItsWindows() throws Exception {
    try (KafkaTopic topic = new KafkaTopic(directory.resolve("kafka"), 2)) {
      topic.send(Rivulet.clicks(ROWS));
      Path log = directory.resolve("train.log");
      Process training = Rivulet.start(log, train(topic));
      try {
        await().atMost(PATIENCE).until(() -> newestVersion() >= 3 || !training.isAlive());
        assertThat(training.isAlive()).as(() -> read(log)).isTrue();
        training.destroy();
        assertThat(training.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      } finally {
        training.destroyForcibly();
      }
      assertThat(training.exitValue()).as(() -> read(log)).isZero();
      assertThat(read(log)).contains("Stopping after the windows that were begun");
      assertThat(newestVersion()).isLessThan(ROWS / WINDOW);
      assertThat(directory.resolve("store/spark-checkpoint")).doesNotExist();

      Rivulet.succeed(train(topic, "--until-idle", "1"));

      assertThat(ledger(topic))
          .contains("15,000 events trained, 0 quarantined")
          .contains("clicks-0  offsets 0 to 7,500: 7,500 trained, 0 quarantined\n")
          .contains("0 lost, 0 doubled");
      assertThat(
              Rivulet.succeed(
                      Rivulet.args(
                          List.of("store", "replay", "--store", store()), topic.settings()))
                  .out())
          .contains("The bits are the same");
    }
  }

  @Test
  void aDriverThatWasPausedWhileAnotherTookOverCanNoLongerCommit() throws Exception {
    try (KafkaTopic topic = new KafkaTopic(directory.resolve("kafka"), 1)) {
      topic.send(Rivulet.clicks(2 * WINDOW));
      Path log = directory.resolve("train.log");
      Process paused = Rivulet.start(log, train(topic));
      try {
        await().atMost(PATIENCE).until(() -> newestVersion() >= 2 || !paused.isAlive());
        assertThat(paused.isAlive()).as(() -> read(log)).isTrue();
        signal("STOP", paused);
        topic.send(Rivulet.clicks(2 * WINDOW));
        Rivulet.succeed(train(topic, "--max-batches", "2"));
        signal("CONT", paused);
        topic.send(Rivulet.clicks(2 * WINDOW));
        assertThat(paused.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      } finally {
        paused.destroyForcibly();
      }
      assertThat(paused.exitValue()).as(() -> read(log)).isEqualTo(1);
      assertThat(read(log)).contains("can no longer commit").doesNotContain("\tat ");
      assertThat(newestVersion()).isEqualTo(4);

      Rivulet.succeed(train(topic, "--until-idle", "1"));
      assertThat(ledger(topic))
          .contains("3,000 events trained, 0 quarantined")
          .contains("0 lost, 0 doubled");
    }
  }

  private String ledger(KafkaTopic topic) {
    return Rivulet.succeed(
            Rivulet.args(
                List.of("store", "verify", "--ledger", "--store", store()), topic.settings()))
        .out();
  }

  private static void signal(String name, Process process) throws Exception {
    Process kill =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start();
    assertThat(kill.waitFor()).isZero();
  }

  @Test
  void aTopicOrBrokerThatIsMissingIsSaidInOneSentence() throws IOException {
    String servers;
    try (KafkaTopic topic = new KafkaTopic(directory.resolve("kafka"), 1)) {
      servers = topic.servers();
      Rivulet.Result missing = Rivulet.run(train(topic, "--set", "kafka.topic=views"));
      assertThat(missing.code()).isEqualTo(1);
      assertThat(missing.err()).contains("Topic views does not exist").contains("create");
    }
    Rivulet.Result gone =
        Rivulet.run("train", "--store", store(), "--set", "kafka.bootstrap_servers=" + servers);
    assertThat(gone.code()).isEqualTo(1);
    assertThat(gone.err()).contains("Can't reach Kafka at " + servers).doesNotContain("\tat ");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
