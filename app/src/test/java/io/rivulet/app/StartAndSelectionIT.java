package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import io.rivulet.app.Rivulet.Result;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.PartitionOffset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scala.Option;
import sun.misc.Signal;

/** Which partitions are trained, where they begin, and what the consumer group is told. */
class StartAndSelectionIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir static Path directory;

  private static KafkaTopic kafka;

  @BeforeAll
  static void sendToThreeTopics() {
    kafka = new KafkaTopic(directory.resolve("kafka"), 1);
    kafka.createTopic("shop-a", 1, Rivulet.clicks(200));
    kafka.createTopic("shop-b", 2, Rivulet.clicks(400));
    kafka.createTopic("other", 1, Rivulet.clicks(200));
  }

  @AfterAll
  static void stopTheBroker() {
    if (kafka != null) {
      kafka.close();
    }
  }

  private static String store(String name) {
    return directory.resolve(name).toString();
  }

  private static List<String> train(String store, String... more) {
    return Rivulet.args(
        List.of("train", "--store", store, "--set", "window.rows=200"),
        List.of("--set", "window.flush_seconds=1"),
        Rivulet.SMALL,
        kafka.settings(),
        List.of(more));
  }

  /** Trains until nothing more comes; returns the number of rows. */
  private static int trainToTheEnd(String store, String... more) {
    return Rivulet.succeed(Rivulet.args(train(store, more), List.of("--until-idle", "1")))
        .json()
        .get("rows")
        .asInt();
  }

  /** What store show says of the offsets. */
  private static List<String> offsets(String store) {
    return Rivulet.succeed("store", "show", "--store", store)
        .out()
        .lines()
        .filter(line -> line.startsWith("offsets"))
        .map(line -> line.substring("offsets".length()).strip())
        .toList();
  }

  private static void assertTrained(String store, int events) {
    assertThat(Rivulet.succeed("store", "verify", "--store", store).out())
        .contains("; " + events + " events trained, 0 quarantined");
  }

  @Test
  void earliestBeginsWithTheFirstEventThatIsHeld() throws Exception {
    kafka.createTopic("earliest", 1, Rivulet.clicks(600));
    deleteBefore(200);
    String store = store("from-earliest");

    assertThat(trainToTheEnd(store, "--from", "earliest", "--set", "kafka.topic=earliest"))
        .isEqualTo(400);
    assertThat(offsets(store)).containsExactly("earliest-0 up to 600");
    assertTrained(store, 400);

    deleteBefore(300);
    assertThat(
            Rivulet.succeed(
                    Rivulet.args(
                        List.of("store", "verify", "--ledger", "--store", store), kafka.settings()))
                .out())
        .contains(
            "earliest-0  offsets 200 to 600: 200 trained, 0 quarantined, 200 deleted since and not"
                + " compared\n");
  }

  private static void deleteBefore(long offset) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.servers()))) {
      admin
          .deleteRecords(
              Map.of(new TopicPartition("earliest", 0), RecordsToDelete.beforeOffset(offset)))
          .all()
          .get();
    }
  }

  @Test
  void latestBeginsWithWhatComesAfterTheStart() throws Exception {
    kafka.createTopic("latest", 1, Rivulet.clicks(300));
    String store = store("from-latest");
    FutureTask<Result> run =
        new FutureTask<>(
            () -> Rivulet.run(train(store, "--from", "latest", "--set", "kafka.topic=latest")));
    new Thread(run, "train").start();
    try {
      await().atMost(PATIENCE).until(() -> run.isDone() || hasAskedWhereTopicsEnd());
      kafka.sendTo("latest", 1, Rivulet.clicks(400));
      await().atMost(PATIENCE).until(() -> run.isDone() || isTrainedTo(store, 700));
    } finally {
      if (!run.isDone()) {
        Signal.raise(new Signal("TERM"));
      }
    }
    Result result = run.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.json().get("rows").asInt()).isEqualTo(400);
    assertThat(offsets(store)).containsExactly("latest-0 up to 700");
    assertTrained(store, 400);
  }

  /** A query was started, which is done after the offsets were looked up. */
  private static boolean hasAskedWhereTopicsEnd() {
    Option<SparkSession> spark = SparkSession.getDefaultSession();
    return spark.isDefined() && spark.get().streams().active().length > 0;
  }

  private static boolean isTrainedTo(String store, long offset) {
    return Rivulet.newest(store).stream()
        .flatMap(manifest -> manifest.offsets().stream())
        .anyMatch(partition -> partition.next() == offset);
  }

  @Test
  void aTimeBeginsWithTheFirstEventFromThenOnOrWhereThereIsNoneWithWhatComes() {
    Instant early = Instant.now().minus(2, ChronoUnit.HOURS).truncatedTo(ChronoUnit.MILLIS);
    Instant late = early.plus(1, ChronoUnit.HOURS);
    kafka.createTopic("timed", 2, List.of());
    sendAt(early, 0, 300);
    sendAt(late, 0, 400);
    sendAt(early, 1, 300);
    String store = store("from-time");

    assertThat(trainToTheEnd(store, "--from", late.toString(), "--set", "kafka.topic=timed"))
        .isEqualTo(400);
    assertThat(offsets(store)).containsExactly("timed-0 up to 700", "timed-1 up to 300");
    assertTrained(store, 400);
  }

  /** Sends clicks a millisecond apart. */
  private static void sendAt(Instant time, int partition, int rows) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", kafka.servers());
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      long millis = time.toEpochMilli();
      for (String line : Rivulet.clicks(rows)) {
        byte[] value = line.getBytes(StandardCharsets.UTF_8);
        producer.send(new ProducerRecord<>("timed", partition, millis++, null, value));
      }
    }
  }

  @Test
  void fromIsOnlyAboutPartitionsOfWhichTheStoreHasNothing() {
    kafka.createTopic("known", 1, Rivulet.clicks(600));
    kafka.createTopic("newcomer", 1, Rivulet.clicks(200));
    String store = store("from-ignored");
    Rivulet.succeed(train(store, "--set", "kafka.topic=known", "--max-batches", "1"));
    assertThat(offsets(store)).containsExactly("known-0 up to 200");

    assertThat(trainToTheEnd(store, "--from", "latest", "--set", "kafka.topic=known, newcomer"))
        .isEqualTo(400);
    assertThat(offsets(store)).containsExactly("known-0 up to 600", "newcomer-0 up to 200");
    assertTrained(store, 600);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kafka.topic=shop-a, other       | other-0 up to 200; shop-a-0 up to 200",
        "kafka.topic_pattern=shop-[a-z]  | shop-a-0 up to 200; shop-b-0 up to 200;"
            + " shop-b-1 up to 200",
        "kafka.partitions=[shop-b-1, other-0] | other-0 up to 200; shop-b-1 up to 200"
      })
  void exactlyThePartitionsThatWereAskedForAreTrained(String setting, String expected) {
    String store = store(setting.replaceAll("[^a-z]+", "-"));
    List<String> partitions = List.of(expected.split("; "));

    assertThat(trainToTheEnd(store, "--set", setting)).isEqualTo(200 * partitions.size());
    assertThat(offsets(store)).isEqualTo(partitions);
    assertTrained(store, 200 * partitions.size());
  }

  @Test
  void theConsumerGroupHasTheCommittedOffsets() {
    kafka.createTopic("grouped", 2, Rivulet.clicks(400));
    String store = store("grouped");
    String[] settings = {"--set", "kafka.topic=grouped", "--set", "kafka.group_id=watchers"};
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.servers()))) {
      assertThat(trainToTheEnd(store, settings)).isEqualTo(400);
      awaitGroupOffsets(admin, Map.of("grouped-0", 200L, "grouped-1", 200L));
      assertThat(committedOffsets(store)).isEqualTo(groupOffsets(admin));

      kafka.sendTo("grouped", 2, Rivulet.clicks(300));
      assertThat(trainToTheEnd(store, settings)).isEqualTo(300);
      awaitGroupOffsets(admin, Map.of("grouped-0", 350L, "grouped-1", 350L));
      assertThat(committedOffsets(store)).isEqualTo(groupOffsets(admin));
    }
  }

  private static void awaitGroupOffsets(Admin admin, Map<String, Long> expected) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(groupOffsets(admin)).isEqualTo(expected));
  }

  private static Map<String, Long> groupOffsets(Admin admin) {
    Map<String, Long> offsets = new TreeMap<>();
    try {
      admin
          .listConsumerGroupOffsets("watchers")
          .partitionsToOffsetAndMetadata()
          .get()
          .forEach((partition, offset) -> offsets.put(partition.toString(), offset.offset()));
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
    return offsets;
  }

  private static Map<String, Long> committedOffsets(String store) {
    Map<String, Long> offsets = new TreeMap<>();
    Manifest newest = Rivulet.newest(store).orElseThrow();
    for (PartitionOffset offset : newest.offsets()) {
      offsets.put(offset.topic() + "-" + offset.partition(), offset.next());
    }
    return offsets;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kafka.topic=shop-a, views            | Topic views does not exist",
        "kafka.topic_pattern=views.*          | matches kafka.topic_pattern views.*",
        "kafka.partitions=[shop-a-0, shop-a-7] | Topic shop-a has no partition 7"
      })
  void whatDoesNotExistIsSaidInOneSentence(String setting, String sentence) {
    String store = store("nothing");
    Result result = Rivulet.run(train(store, "--until-idle", "1", "--set", setting));

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err().lines().filter(line -> line.startsWith("rivulet: ")))
        .singleElement(STRING)
        .contains(sentence);
    assertThat(result.err()).doesNotContain("\tat ");
    assertThat(Path.of(store)).doesNotExist();
  }
}
