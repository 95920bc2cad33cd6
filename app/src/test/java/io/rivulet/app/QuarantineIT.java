package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.app.kafka.KafkaConnection;
import io.rivulet.app.kafka.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Poisoned records among good ones: all put away with their place, all good ones learned. */
class QuarantineIT {
  private static final int GOOD = 2000;
  private static final int EVERY = 20;

  @TempDir Path directory;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Stands for bytes that may be too many to compare one by one. */
  private static String digest(byte[] value) {
    return value == null ? "null" : value.length + " bytes " + Arrays.hashCode(value);
  }

  /** One poison of each kind. */
  private static List<byte[]> poisons() {
    String good = Rivulet.clicks(1).get(0);
    List<byte[]> poisons = new ArrayList<>();
    poisons.add(null);
    poisons.add(new byte[0]);
    poisons.add(bytes(good + "\textra"));
    poisons.add(bytes(good.substring(0, good.lastIndexOf('\t'))));
    poisons.add(bytes("2" + good.substring(1)));
    poisons.add(bytes("0\tabc" + good.substring(good.indexOf('\t', 2))));
    poisons.add(bytes("0\t5.5" + good.substring(good.indexOf('\t', 2))));
    byte[] invalid = bytes(good + "x");
    invalid[invalid.length - 1] = (byte) 0xC3;
    poisons.add(invalid);
    poisons.add(new byte[10_000_000]);
    return poisons;
  }

  /** Sends good events with a poison before every 20th; returns the offsets of the poisons. */
  private static Map<Long, String> sendMixed(KafkaTopic topic) {
    List<byte[]> poisons = poisons();
    Map<Long, String> sent = new TreeMap<>();
    List<byte[]> events = new ArrayList<>();
    for (String line : Rivulet.clicks(GOOD)) {
      if (events.size() % EVERY == 0) {
        byte[] poison = poisons.get(sent.size() % poisons.size());
        sent.put((long) events.size(), digest(poison));
        events.add(poison);
      }
      events.add(bytes(line));
    }
    topic.sendBytes(events.iterator());
    return sent;
  }

  private List<String> train(KafkaTopic topic, String store, String... more) {
    return Rivulet.args(
        List.of("train", "--store", store, "--until-idle", "1", "--set", "window.rows=1000"),
        Rivulet.SMALL,
        topic.settings(),
        List.of(more));
  }

  @Test
  void everyPoisonedRecordIsInParquetWithItsOffset() throws IOException {
    String store = directory.resolve("store").toString();
    try (KafkaTopic topic = new KafkaTopic(directory.resolve("kafka"), 1)) {
      Map<Long, String> poisons = sendMixed(topic);
      Rivulet.Result run = Rivulet.succeed(train(topic, store));

      assertThat(run.json().get("rows").asInt()).isEqualTo(GOOD);
      assertThat(run.json().get("quarantined").asInt()).isEqualTo(poisons.size());
      List<String> verify =
          Rivulet.args(List.of("store", "verify", "--ledger", "--store", store), topic.settings());
      assertThat(Rivulet.succeed(verify).out())
          .contains(String.format("2,000 events trained, %d quarantined", poisons.size()))
          .contains(
              String.format(
                  "offsets 0 to 2,%1$d: 2,000 trained, %1$d quarantined\n", poisons.size()))
          .contains("0 lost, 0 doubled");
      Map<Long, String> found = new TreeMap<>();
      try (SparkSession spark = Sessions.create("test")) {
        for (Row row : spark.read().parquet(store + "/quarantine").collectAsList()) {
          assertThat(row.<String>getAs("topic")).isEqualTo(KafkaTopic.NAME);
          assertThat(row.<String>getAs("reason")).isNotEmpty();
          found.put(row.<Long>getAs("offset"), digest(row.getAs("value")));
        }
      }
      assertThat(found).isEqualTo(poisons);

      Path first = onlyParquet(Path.of(store, "quarantine", "window=0000000001", "epoch=1"));
      Path second = onlyParquet(Path.of(store, "quarantine", "window=0000000002", "epoch=1"));
      Files.delete(first);
      Files.copy(second, second.resolveSibling("part-again.parquet"));
      Rivulet.Result broken = Rivulet.run(verify);
      assertThat(broken.code()).isEqualTo(1);
      assertThat(broken.err())
          .contains("rivulet: 50 events are in the quarantine more than once")
          .contains("50 events are lost and 50 doubled");
    }
  }

  private static Path onlyParquet(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".parquet"))
          .reduce(
              (one, other) -> {
                throw new AssertionError(one + " and " + other);
              })
          .orElseThrow();
    }
  }

  /** Well-formed events, each twentieth with a discount that no model survives learning from. */
  @Test
  void eventsThatWouldRuinTheModelAreInTheQuarantine() throws IOException {
    String store = directory.resolve("store").toString();
    List<String> lines = new ArrayList<>(ShopEvents.lines(0, GOOD));
    Map<Long, String> ruinous = new TreeMap<>();
    for (int i = EVERY; i < GOOD; i += EVERY) {
      lines.set(i, lines.get(i).replaceFirst("\"discount\":[0-9.]+", "\"discount\":1e30"));
      ruinous.put((long) i, digest(bytes(lines.get(i))));
    }
    Path file = Files.write(directory.resolve("events.json"), lines);
    Rivulet.Result run =
        Rivulet.succeed(
            Rivulet.args(
                List.of("train", "--store", store, "--source", "files", file.toString()),
                List.of("--set", "features.schema=" + ShopEvents.SCHEMA),
                List.of("--set", "event.format=json", "--set", "window.rows=500"),
                Rivulet.SMALL));

    // The others predicted their label, and teach nothing.
    int quarantined = run.json().get("quarantined").asInt();
    assertThat(quarantined).isBetween(ruinous.size() / 4, ruinous.size());
    assertThat(run.json().get("rows").asInt()).isEqualTo(GOOD - quarantined);
    assertThat(run.json().get("auc").asDouble()).isGreaterThan(0.6);
    Map<Long, String> found = new TreeMap<>();
    try (SparkSession spark = Sessions.create("test")) {
      for (Row row : spark.read().parquet(store + "/quarantine").collectAsList()) {
        assertThat(row.<String>getAs("reason")).contains("guard.max_loss");
        found.put(row.<Long>getAs("offset"), digest(row.getAs("value")));
      }
    }
    assertThat(found).hasSize(quarantined);
    assertThat(ruinous).containsAllEntriesOf(found);
    assertThat(Rivulet.succeed(List.of("store", "verify", "--ledger", "--store", store)).out())
        .contains(
            String.format("%,d events trained, %d quarantined", GOOD - quarantined, quarantined))
        .contains("0 lost, 0 doubled");
    Rivulet.succeed(List.of("store", "replay", "--store", store));
  }

  @Test
  void theQuarantineMayBeATopic() {
    String store = directory.resolve("store").toString();
    try (KafkaTopic topic = new KafkaTopic(directory.resolve("kafka"), 1)) {
      Rivulet.Result missing = Rivulet.run(train(topic, store, "--set", "quarantine.to=topic"));
      assertThat(missing.code()).isEqualTo(1);
      assertThat(missing.err()).contains("Topic clicks-quarantine does not exist");

      try (Topics topics = new Topics(KafkaConnection.open(topic.servers()))) {
        topics.create("clicks-quarantine", 1, Map.of("max.message.bytes", "20000000"));
      }
      Map<Long, String> poisons = sendMixed(topic);
      Rivulet.succeed(train(topic, store, "--set", "quarantine.to=topic"));

      Map<Long, String> found = new TreeMap<>();
      for (ConsumerRecord<byte[], byte[]> record :
          readAll(topic.servers(), "clicks-quarantine", poisons.size())) {
        long offset =
            Long.parseLong(
                new String(record.headers().lastHeader("offset").value(), StandardCharsets.UTF_8));
        found.put(offset, digest(record.value()));
      }
      assertThat(found).isEqualTo(poisons);
    }
  }

  private static List<ConsumerRecord<byte[], byte[]>> readAll(
      String servers, String topic, int count) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", servers);
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = List.of(new TopicPartition(topic, 0));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (records.size() < count && System.nanoTime() < deadline) {
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
      }
    }
    return records;
  }
}
