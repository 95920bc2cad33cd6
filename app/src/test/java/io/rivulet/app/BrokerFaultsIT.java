package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rivulet.app.Rivulet.Result;
import io.rivulet.app.kafka.ClickProducer;
import io.rivulet.app.kafka.EmbeddedBroker;
import io.rivulet.app.kafka.KafkaConnection;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.PartitionOffset;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sun.misc.Signal;

/**
 * The broker goes away or loses events, the network is cut; the producer sends events again in
 * another order.
 */
class BrokerFaultsIT {
  private static final String TOPIC = "clicks";
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  /** Waits so long for Kafka. */
  private static final String[] IMPATIENT = {
    "--set", "kafka.client.request.timeout.ms=1000",
    "--set", "kafka.client.default.api.timeout.ms=2000"
  };

  @TempDir Path directory;

  private final CuttableNetwork network = new CuttableNetwork();

  private EmbeddedBroker broker;

  @BeforeEach
  void startBroker() throws Exception {
    startBroker(0);
    createTopic();
  }

  private void startBroker(int port) {
    broker = EmbeddedBroker.startBehind(directory.resolve("kafka"), port, network.port());
    network.leadTo(broker.bootstrapServers());
  }

  @AfterEach
  void stopBroker() throws IOException {
    network.close();
    broker.close();
  }

  private Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", network.servers()));
  }

  private void createTopic() throws Exception {
    try (Admin admin = admin()) {
      admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get();
    }
  }

  private void send(List<String> lines, int partitions) {
    KafkaConnection connection = KafkaConnection.open(network.servers());
    try (ClickProducer producer = new ClickProducer(connection)) {
      producer.send(
          lines.stream().map(line -> line.getBytes(StandardCharsets.UTF_8)).iterator(),
          TOPIC,
          partitions,
          0,
          () -> false,
          sent -> {});
    }
  }

  private String store() {
    return directory.resolve("store").toString();
  }

  private List<String> command(List<String> words, String... more) {
    return Rivulet.args(
        words,
        List.of("--store", store(), "--set", "kafka.bootstrap_servers=" + network.servers()),
        List.of(more));
  }

  private List<String> train(String... more) {
    return Rivulet.args(command(List.of("train", "--set", "window.rows=100"), more), Rivulet.SMALL);
  }

  private String ledger() {
    return Rivulet.succeed(command(List.of("store", "verify", "--ledger"))).out();
  }

  private void assertBitsAreThoseOfAReplay() {
    assertThat(Rivulet.succeed(command(List.of("store", "replay"))).out())
        .contains("The bits are the same");
  }

  @Test
  void aGapOfRetentionEndsTheTrainingOrIsInTheLedgerAndAnotherTopicIsRefused() throws Exception {
    send(Rivulet.clicks(400), 1);
    Rivulet.succeed(train("--until-idle", "1"));
    send(Rivulet.clicks(400), 1);
    deleteBefore(550);

    Result refused = Rivulet.run(train());
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err())
        .contains("Kafka has deleted 150 offsets", "clicks-0 from 400 to 550")
        .contains("kafka.fail_on_data_loss: false")
        .doesNotContain("\tat ");
    assertThat(Path.of(store(), "epochs", "e0002.claim")).doesNotExist();

    Result allowed =
        Rivulet.succeed(train("--until-idle", "1", "--set", "kafka.fail_on_data_loss=false"));
    assertThat(allowed.json().get("rows").asInt()).isEqualTo(250);
    assertThat(ledger())
        .contains(
            "clicks-0  offsets 0 to 800: 250 trained, 0 quarantined, 150 expired, 400 deleted"
                + " since")
        .contains("0 lost, 0 doubled");

    makeTopicAgain();
    send(Rivulet.clicks(900), 1);
    Result other = Rivulet.run(train());
    assertThat(other.code()).isEqualTo(1);
    assertThat(other.err())
        .contains(
            "rivulet: Topic clicks was deleted and made again since the store learned from it")
        .doesNotContain("\tat ");
    assertThat(Path.of(store(), "epochs", "e0003.claim")).doesNotExist();

    makeTopicAgain();
    send(Rivulet.clicks(100), 1);
    Result shorter = Rivulet.run(train("--set", "kafka.fail_on_data_loss=false"));
    assertThat(shorter.code()).isEqualTo(1);
    assertThat(shorter.err())
        .contains("goes on at offset 800", "Kafka holds offsets 0 to 100")
        .contains("is it the topic that the store was trained on?");
  }

  private void deleteBefore(long offset) throws Exception {
    try (Admin admin = admin()) {
      admin
          .deleteRecords(Map.of(new TopicPartition(TOPIC, 0), RecordsToDelete.beforeOffset(offset)))
          .all()
          .get();
    }
  }

  private void makeTopicAgain() throws Exception {
    try (Admin admin = admin()) {
      admin.deleteTopics(List.of(TOPIC)).all().get();
      await().atMost(PATIENCE).until(() -> !admin.listTopics().names().get().contains(TOPIC));
    }
    createTopic();
  }

  @Test
  void aBrokerOrNetworkThatComesBackLosesNothing() throws Exception {
    send(Rivulet.clicks(300), 1);
    FutureTask<Result> training = start(train());
    awaitTrained(training, 300);

    int port = Integer.parseInt(broker.bootstrapServers().split(":")[1]);
    broker.close();
    startBroker(port);
    List<String> twice = new ArrayList<>(Rivulet.clicks(300));
    Collections.shuffle(twice, new Random(1));
    send(twice, 1);
    awaitTrained(training, 600);
    network.cut();
    await().atMost(PATIENCE).until(network::holdsSomething);
    network.mend();
    send(Rivulet.clicks(100), 1);
    awaitTrained(training, 700);

    Signal.raise(new Signal("TERM"));
    Result result = training.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.json().get("rows").asInt()).isEqualTo(700);
    assertThat(ledger())
        .contains("clicks-0  offsets 0 to 700: 700 trained, 0 quarantined\n")
        .contains("0 lost, 0 doubled");
    assertBitsAreThoseOfAReplay();
  }

  @Test
  void aNetworkThatIsCutForLongEndsTheTrainingAndTheNextLosesNothing() throws Exception {
    send(Rivulet.clicks(300), 1);
    FutureTask<Result> training = start(train(IMPATIENT));
    awaitTrained(training, 100);

    network.cut();
    Result ended = training.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    network.mend();

    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.err())
        .containsAnyOf("rivulet: Kafka doesn't answer any more", "rivulet: Can't reach Kafka at")
        .doesNotContain("\tat ");
    send(Rivulet.clicks(300), 1);
    Rivulet.succeed(train("--until-idle", "1"));
    assertThat(ledger())
        .contains("clicks-0  offsets 0 to 600: 600 trained, 0 quarantined\n")
        .contains("0 lost, 0 doubled");
    assertBitsAreThoseOfAReplay();
  }

  @Test
  void aGapOfRetentionWhileTrainingRunsEndsItAndIsInTheLedgerIfAllowed() throws Exception {
    FutureTask<Result> training = startAndCutOff();
    send(Rivulet.clicks(400), 1);
    deleteBefore(450);
    network.mend();

    Result ended = training.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.err())
        .contains("rivulet: Kafka has deleted", "kafka.fail_on_data_loss: false")
        .doesNotContain("\tat ");
    Rivulet.succeed(train("--until-idle", "1", "--set", "kafka.fail_on_data_loss=false"));
    assertThat(ledger())
        .contains("clicks-0  offsets 0 to 700: 250 trained, 0 quarantined, 150 expired")
        .contains("0 lost, 0 doubled");
  }

  @Test
  void aTopicThatIsMadeAgainWhileTrainingRunsEndsIt() throws Exception {
    FutureTask<Result> training = startAndCutOff();
    makeTopicAgain();
    send(Rivulet.clicks(700), 1);
    network.mend();

    Result ended = training.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.err())
        .contains("rivulet: Topic clicks was deleted and made again")
        .doesNotContain("\tat ");
    assertThat(Rivulet.newest(store()).map(Manifest::offsets).orElseThrow())
        .containsExactly(new PartitionOffset(TOPIC, 0, 300));
  }

  @Test
  void aPartitionThatIsAddedIsLearnedFromItsFirstEvent() throws Exception {
    send(Rivulet.clicks(300), 1);
    Rivulet.succeed(train("--until-idle", "1"));
    addPartition(2);
    send(Rivulet.clicks(400), 2);
    FutureTask<Result> training = start(train());
    awaitTrained(training, 700);

    addPartition(3);
    send(Rivulet.clicks(600), 3);
    endOnceTrained(training, 1300);

    Rivulet.succeed(train("--until-idle", "1"));
    assertThat(ledger())
        .contains("clicks-0  offsets 0 to 700: 700 trained, 0 quarantined\n")
        .contains("clicks-1  offsets 0 to 400: 400 trained, 0 quarantined\n")
        .contains("clicks-2  offsets 0 to 200: 200 trained, 0 quarantined\n")
        .contains("0 lost, 0 doubled");
    assertBitsAreThoseOfAReplay();
  }

  /** A training that has learned 300 events and sees nothing of what happens until it is mended. */
  private FutureTask<Result> startAndCutOff() {
    send(Rivulet.clicks(300), 1);
    FutureTask<Result> training = start(train());
    awaitTrained(training, 300);
    network.cutConnections();
    return training;
  }

  private void addPartition(int partitions) throws Exception {
    try (Admin admin = admin()) {
      admin.createPartitions(Map.of(TOPIC, NewPartitions.increaseTo(partitions))).all().get();
    }
  }

  /** Waits until a training has learned so much, or has said that it must be started again. */
  private void endOnceTrained(FutureTask<Result> training, long events) throws Exception {
    await().atMost(PATIENCE).until(() -> training.isDone() || trained() >= events);
    if (!training.isDone()) {
      Signal.raise(new Signal("TERM"));
    }
    Result ended = training.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    if (ended.code() != 0) {
      assertThat(ended.err())
          .contains("rivulet: The topic got a new partition")
          .doesNotContain("\tat ");
    }
  }

  private static FutureTask<Result> start(List<String> command) {
    FutureTask<Result> task = new FutureTask<>(() -> Rivulet.run(command));
    new Thread(task, "train").start();
    return task;
  }

  private void awaitTrained(FutureTask<Result> training, long events) {
    await().atMost(PATIENCE).until(() -> training.isDone() || trained() >= events);
    assertThat(training.isDone()).as(() -> "ended: " + end(training)).isFalse();
  }

  private long trained() {
    return Rivulet.newest(store()).map(Manifest::offsets).stream()
        .flatMap(List::stream)
        .mapToLong(PartitionOffset::next)
        .sum();
  }

  private static String end(FutureTask<Result> training) {
    try {
      return training.get().err();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }
}
