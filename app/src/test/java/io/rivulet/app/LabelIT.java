package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rivulet.app.kafka.KafkaConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Impressions, one every 100 ms of their own time, and clicks on some of them. */
class LabelIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long START = 1_790_000_000_000L;
  private static final long STEP_MS = 100;
  private static final long HORIZON_MS = 20_000;
  private static final int ROWS = 1500;

  @TempDir Path directory;

  private KafkaTopic kafka;
  private final List<String> lines = Rivulet.clicks(ROWS + 1);

  /** A record to send; a click has no line. */
  private record Event(long time, String id, String line) {
    boolean click() {
      return line == null;
    }
  }

  @BeforeEach
  void makeTopics() {
    kafka = new KafkaTopic(directory.resolve("kafka"), 1);
    kafka.createTopic("impressions", 2, List.of());
    kafka.createTopic("impression-clicks", 1, List.of());
  }

  @AfterEach
  void stopTheBroker() {
    kafka.close();
  }

  private static long time(int impression) {
    return START + impression * STEP_MS;
  }

  /** The line without its label. */
  private String unlabelled(int impression) {
    return lines.get(impression).substring(2);
  }

  private List<Event> impressions() {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      events.add(new Event(time(i), "i" + i, unlabelled(i)));
    }
    return events;
  }

  /** In the horizon, at its very end, after it, twice, before the impression, on nothing. */
  private static List<Event> clicks() {
    Random random = new Random(1);
    List<Event> clicks = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      switch (random.nextInt(12)) {
        case 0, 1, 2 -> clicks.add(click(i, random.nextLong(HORIZON_MS)));
        case 3 -> clicks.add(click(i, HORIZON_MS));
        case 4 -> clicks.add(click(i, HORIZON_MS + 1 + random.nextLong(HORIZON_MS / 2)));
        case 5 -> {
          clicks.add(click(i, random.nextLong(HORIZON_MS)));
          clicks.add(click(i, random.nextLong(HORIZON_MS)));
        }
        case 6 -> clicks.add(click(i, -1));
        case 7 -> clicks.add(new Event(time(i), "nothing" + i, null));
        default -> {}
      }
    }
    return clicks;
  }

  private static Event click(int impression, long afterMs) {
    return new Event(time(impression) + afterMs, "i" + impression, null);
  }

  /** What brings the watermark past all horizons. */
  private Event last() {
    return new Event(time(ROWS) + 4 * HORIZON_MS, "last", unlabelled(ROWS));
  }

  private void send(List<Event> events) {
    Properties properties = new Properties();
    properties.putAll(KafkaConnection.open(kafka.servers()).client());
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (Event event : events) {
        producer.send(
            new ProducerRecord<>(
                event.click() ? "impression-clicks" : "impressions",
                event.click() ? 0 : Math.floorMod(event.id().hashCode(), 2),
                event.time(),
                bytes(event.id()),
                bytes(event.click() ? "" : event.line())));
      }
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private List<String> label(String... more) {
    return Rivulet.args(
        List.of("label"),
        kafka.settings(),
        List.of("--set", "label.horizon_seconds=" + HORIZON_MS / 1000),
        List.of("--set", "label.delay_seconds=30"),
        List.of("--set", "label.checkpoint=" + directory.resolve("label")),
        List.of(more));
  }

  /** The committed examples, by their order in the topic. */
  private List<String> examples() {
    Map<String, Object> settings = new HashMap<>(KafkaConnection.open(kafka.servers()).client());
    settings.put("isolation.level", "read_committed");
    List<String> examples = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      TopicPartition partition = new TopicPartition(KafkaTopic.NAME, 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<byte[], byte[]> found : consumer.poll(Duration.ofMillis(100))) {
          examples.add(new String(found.value(), StandardCharsets.UTF_8));
        }
      }
    }
    return examples;
  }

  /** The offline join. */
  private List<String> joined(List<Event> impressions, List<Event> clicks) {
    Map<String, List<Event>> byId = new TreeMap<>();
    clicks.forEach(click -> byId.computeIfAbsent(click.id(), id -> new ArrayList<>()).add(click));
    return impressions.stream()
        .map(
            impression ->
                (byId.getOrDefault(impression.id(), List.of()).stream()
                            .anyMatch(
                                click ->
                                    click.time() >= impression.time()
                                        && click.time() <= impression.time() + HORIZON_MS)
                        ? "1\t"
                        : "0\t")
                    + impression.line())
        .sorted()
        .toList();
  }

  @Test
  void theExamplesAreThoseOfAnOfflineJoinThoughTheJobIsKilled() throws Exception {
    List<Event> all = new ArrayList<>(impressions());
    all.addAll(clicks());
    all.sort(Comparator.comparingLong(Event::time));
    int half = all.size() / 2;

    Path log = directory.resolve("label.log");
    Process job = Rivulet.start(log, label());
    try {
      await().atMost(PATIENCE).until(() -> read(log).contains("Labelling") || !job.isAlive());
      for (int from = 0; from < half; from += 100) {
        send(all.subList(from, Math.min(half, from + 100)));
      }
      await().atMost(PATIENCE).until(() -> !examples().isEmpty() || !job.isAlive());
      assertThat(job.isAlive()).as(() -> read(log)).isTrue();
    } finally {
      job.destroyForcibly();
    }
    assertThat(job.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();

    send(all.subList(half, all.size()));
    send(List.of(last()));
    String console = Rivulet.succeed(label("--until-idle", "4")).out();

    assertThat(examples().stream().sorted())
        .containsExactlyElementsOf(joined(impressions(), clicks()));
    assertThat(console).contains("late clicks").contains("clicks on no impression");
    assertThat(console).doesNotContain("are left out");
  }

  @Test
  void aTopicWithoutClicksHoldsNothingUpAndTrainLearnsTheExamples() {
    send(impressions());
    send(List.of(last()));
    Rivulet.succeed(label("--until-idle", "4", "--set", "label.negative_rate=0.25"));

    List<String> examples = examples();
    assertThat(examples)
        .hasSizeBetween(ROWS / 4 - 60, ROWS / 4 + 60)
        .allMatch(e -> e.startsWith("0\t"));

    assertThat(
            Rivulet.succeed(
                    Rivulet.args(
                        List.of("train", "--store", directory.resolve("store").toString()),
                        List.of("--until-idle", "1", "--set", "sampling.arriving=0.25"),
                        kafka.settings(),
                        Rivulet.SMALL))
                .json()
                .get("rows")
                .asInt())
        .isEqualTo(examples.size());
  }

  @Test
  void aLateClickIsSentAsACorrectionAndABatchThatIsRepeatedOnce() throws IOException {
    send(List.of(new Event(START, "a", unlabelled(0)), new Event(START, "b", unlabelled(1))));
    // Brings the watermark past the horizon, but not past another one.
    send(List.of(new Event(START + HORIZON_MS + 31_000, "c", unlabelled(2))));
    Rivulet.succeed(label("--until-idle", "3", "--set", "label.corrections=true"));
    assertThat(examples()).containsExactlyInAnyOrder("0\t" + unlabelled(0), "0\t" + unlabelled(1));

    send(List.of(new Event(START + HORIZON_MS + 1001, "b", null)));
    String console =
        Rivulet.succeed(label("--until-idle", "3", "--set", "label.corrections=true")).out();

    assertThat(console).contains("corrected 1, late clicks 1").contains("In all: corrected 1, ");
    List<String> corrected =
        List.of("0\t" + unlabelled(0), "0\t" + unlabelled(1), "1\t" + unlabelled(1));
    assertThat(examples()).containsExactlyInAnyOrderElementsOf(corrected);

    // As if the job had died after writing a batch and before noting that it did.
    try (Stream<Path> commits = Files.list(directory.resolve("label/commits"))) {
      for (Path commit : commits.toList()) {
        Files.delete(commit);
      }
    }
    Rivulet.succeed(label("--until-idle", "3", "--set", "label.corrections=true"));
    assertThat(examples()).containsExactlyInAnyOrderElementsOf(corrected);
  }

  private static String read(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
