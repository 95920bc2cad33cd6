package io.rivulet.app;

import io.rivulet.app.generate.ClickGenerator;
import io.rivulet.app.kafka.ClickProducer;
import io.rivulet.app.kafka.EmbeddedBroker;
import io.rivulet.app.kafka.EventEncoder;
import io.rivulet.app.kafka.StartFrom;
import io.rivulet.app.kafka.TopicSelection;
import io.rivulet.app.kafka.Topics;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.source.EventFiles;
import io.rivulet.app.source.StopSignal;
import io.rivulet.app.train.TrainingRun;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Everything in one go: starts a Kafka broker, streams click events through it, learns from"
          + " them and commits a model version after every window.",
      "Without --data the clicks are made up."
    })
final class DemoCommand implements Callable<Integer> {
  private static final Path HOME = Path.of(".rivulet", "demo");
  private static final long GENERATOR_SEED = 1;

  @Mixin private SettingsOptions options;
  @Mixin private StoreOption store;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "100000",
      description = "Rows to learn, or those of --data if fewer. Default: ${DEFAULT-VALUE}.")
  private long rows;

  @Option(
      names = "--data",
      paramLabel = "FILE",
      description = "Click events in Criteo's form, plain or gzip, instead of made-up ones.")
  private Path data;

  @Option(
      names = "--warm",
      paramLabel = "ROWS",
      defaultValue = "0",
      description = "First rows that the quality figures of the summary leave out.")
  private long warm;

  @Override
  public Integer call() throws IOException {
    UserError.requireAtLeast(1, "--rows", rows);
    UserError.requireAtLeast(0, "--warm", warm);
    List<String> files = data == null ? List.of() : EventFiles.resolve(List.of(data));
    Settings settings = options.settings();
    settings = store.in(settings);
    topic(settings);
    if (data == null && !settings.schema().name().equals("criteo")) {
      throw new UserError(
          "The made-up clicks have Criteo's fields; give events of schema "
              + settings.schema().name()
              + " with --data");
    }
    if (settings.get(Settings.STORE_PATH).equals(Settings.STORE_PATH.defaultText())) {
      // The demo's own, which it replaces; any other must be new.
      settings = settings.with(Settings.STORE_PATH, HOME.resolve("store").toString());
      deleteAll(HOME.resolve("store"));
    } else {
      requireNew(Path.of(settings.get(Settings.STORE_PATH)));
    }
    Path kafkaLogs = HOME.resolve("kafka").toAbsolutePath();
    deleteAll(kafkaLogs);
    StopSignal stop = new StopSignal(0, Duration.ZERO);
    StopOnSignal.install(stop, System.out::println);
    System.out.println("Starting Kafka and Spark …");
    try (EmbeddedBroker broker = EmbeddedBroker.start(kafkaLogs, 0);
        SparkSession spark = Sessions.create("demo")) {
      settings = settings.withOpenKafka(broker.bootstrapServers());
      String topic = topic(settings);
      try (Topics topics = new Topics(broker.connection())) {
        topics.create(topic, 1);
      }
      System.out.printf(
          "Streaming %s through topic %s at %s; each line is a window: predicted, then learned,"
              + " then committed%n",
          data == null ? "made-up clicks" : data, topic, broker.bootstrapServers());
      AtomicReference<RuntimeException> failure = new AtomicReference<>();
      EventEncoder encoder =
          new EventEncoder(settings.schema(), settings.get(Settings.EVENT_FORMAT));
      Thread producer = produceInBackground(broker, encoder, topic, events(files), stop, failure);
      String summary =
          new TrainingRun(spark, settings, warm, System.out::println)
              .fromKafka(List.of(), StartFrom.EARLIEST, stop);
      join(producer);
      if (failure.get() != null) {
        throw failure.get();
      }
      explain(settings, summary, kafkaLogs);
    }
    return 0;
  }

  private static String topic(Settings settings) {
    TopicSelection selection = settings.topics();
    if (selection.topics().size() != 1) {
      throw new UserError("The demo streams through one topic; set kafka.topic to its name alone");
    }
    return selection.topics().get(0);
  }

  private static void requireNew(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      try (Stream<Path> content = Files.list(path)) {
        if (content.findAny().isPresent()) {
          throw new UserError(
              path + " is not empty; the demo needs a new store, since its topic starts anew");
        }
      }
    }
  }

  private static void deleteAll(Path path) throws IOException {
    if (Files.exists(path)) {
      try (Stream<Path> all = Files.walk(path)) {
        for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(each);
        }
      }
    }
  }

  private Iterator<byte[]> events(List<String> files) {
    if (files.isEmpty()) {
      ClickGenerator generator = new ClickGenerator(GENERATOR_SEED, 0);
      return LongStream.range(0, rows)
          .mapToObj(i -> generator.click(i).line().getBytes(StandardCharsets.UTF_8))
          .iterator();
    }
    Iterator<byte[]> lines = EventFiles.lines(files);
    return Stream.generate(() -> lines)
        .takeWhile(Iterator::hasNext)
        .limit(rows)
        .map(Iterator::next)
        .iterator();
  }

  private Thread produceInBackground(
      EmbeddedBroker broker,
      EventEncoder encoder,
      String topic,
      Iterator<byte[]> events,
      StopSignal stop,
      AtomicReference<RuntimeException> failure) {
    Thread thread =
        new Thread(
            () -> {
              try (ClickProducer producer = new ClickProducer(broker.connection())) {
                producer.send(events, encoder::encode, topic, n -> 0, 0, stop::forGood, n -> {});
                stop.endOfEvents();
              } catch (RuntimeException e) {
                failure.set(e);
                stop.request();
              } catch (Error e) {
                failure.set(new IllegalStateException("The producer failed: " + e, e));
                stop.request();
              }
            },
            "rivulet-producer");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void explain(Settings settings, String summary, Path kafkaLogs) {
    String path = settings.get(Settings.STORE_PATH);
    System.out.println();
    System.out.println("The model is in " + Path.of(path).toAbsolutePath());
    System.out.println("  look at it:  ./submit/rivulet store show --store " + path);
    System.out.println("  see curves:  ./submit/rivulet report " + path);
    System.out.println("  check it:    ./submit/rivulet store verify --store " + path);
    System.out.println(
        "  go on:       ./submit/rivulet broker --dir "
            + kafkaLogs
            + " &  ./submit/rivulet train --store "
            + path);
    System.out.println(
        "AUC rises while it learns: 0.5 is guessing, 1 is certainty. The figures below are of"
            + " predictions made before each row was learned:");
    System.out.println(summary);
  }
}
