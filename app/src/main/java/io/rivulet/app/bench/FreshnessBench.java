package io.rivulet.app.bench;

import io.rivulet.app.SettingsOptions;
import io.rivulet.app.UserError;
import io.rivulet.app.generate.ClickGenerator;
import io.rivulet.app.kafka.ClickProducer;
import io.rivulet.app.kafka.KafkaConnection;
import io.rivulet.app.kafka.Topics;
import io.rivulet.app.process.ChildJvm;
import io.rivulet.app.process.Scratch;
import io.rivulet.app.process.TalkingJvm;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.train.Report;
import io.rivulet.features.FittedFeatures;
import io.rivulet.scorer.StoreFeatures;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.serving.Scorer;
import io.rivulet.trainer.store.Epoch;
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * From an event's sending to the moment from which a scorer knows it. Three JVMs: the broker,
 * {@code train}, and this one, which sends and scores. The topic has one partition, so that the
 * n-th event has offset n.
 */
@Command(
    name = "freshness",
    mixinStandardHelpOptions = true,
    description = {
      "Seconds from sending an event to Kafka until a scorer in another JVM than training uses a"
          + " version that has learned it (p50_s, p99_s, max_s).",
      "request_p50_ms, request_p99_ms: requests of 100 events to that scorer meanwhile."
    })
final class FreshnessBench implements Callable<Integer> {
  private static final String TOPIC = "fresh";
  private static final int CANDIDATES = 100;
  private static final long CLICKS = 200_000;
  private static final long START_S = 120;
  private static final double NANO = 1e9;
  private static final double MILLI = 1e6;

  @Mixin private SettingsOptions options;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "5000",
      description = "Events a second. Default: ${DEFAULT-VALUE}.")
  private int rate;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "60",
      description = "How long it is measured. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--warm-seconds",
      paramLabel = "S",
      defaultValue = "30",
      description = "Time after the first version that isn't counted. Default: ${DEFAULT-VALUE}.")
  private int warmSeconds;

  @Option(
      names = "--poll-ms",
      paramLabel = "MS",
      defaultValue = "50",
      description =
          "Time between two looks of the scorer for a version. Default: ${DEFAULT-VALUE}.")
  private int pollMillis;

  @Option(
      names = "--requests",
      paramLabel = "N",
      defaultValue = "20",
      description = "Requests to the scorer a second. Default: ${DEFAULT-VALUE}.")
  private int requests;

  /** Made before anything is measured, and sent over and over. */
  private List<byte[]> clicks;

  /** When each event was sent, by its offset. */
  private long[] sentAt;

  private volatile boolean enough;

  @Override
  public Integer call() throws IOException, InterruptedException {
    for (Map.Entry<String, Integer> option :
        Map.of(
                "--rate", rate,
                "--seconds", seconds,
                "--poll-ms", pollMillis,
                "--requests", requests)
            .entrySet()) {
      UserError.requireAtLeast(1, option.getKey(), option.getValue());
    }
    UserError.requireAtLeast(0, "--warm-seconds", warmSeconds);
    sentAt = new long[Math.toIntExact((START_S + warmSeconds + seconds) * (long) rate)];
    BenchOptions.progress("Making events …");
    ClickGenerator generator = new ClickGenerator(1, 0);
    clicks =
        LongStream.range(0, CLICKS)
            .mapToObj(i -> generator.click(i).line().getBytes(StandardCharsets.UTF_8))
            .toList();
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (Scratch scratch = Scratch.create();
        TalkingJvm broker =
            TalkingJvm.start(
                BrokerProgram.class,
                List.of(),
                List.of(scratch.resolve("kafka").toString()),
                Map.of())) {
      String servers = broker.answer();
      try (Topics topics = new Topics(KafkaConnection.open(servers))) {
        topics.create(TOPIC, 1);
      }
      Settings settings =
          options
              .settings()
              .withOpenKafka(servers)
              .with(Settings.KAFKA_TOPIC, TOPIC)
              .with(Settings.STORE_PATH, scratch.resolve("store").toString());
      Path log = scratch.resolve("train.log");
      Process training = train(settings, log);
      try {
        System.out.println(measure(settings, threads, training, log).line());
      } finally {
        enough = true;
        training.destroyForcibly().waitFor();
      }
    } finally {
      threads.shutdownNow();
      threads.awaitTermination(10, TimeUnit.SECONDS);
    }
    return 0;
  }

  private static Process train(Settings settings, Path log) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("train", "--from", "earliest"));
    settings.given().forEach((name, text) -> arguments.addAll(List.of("--set", name + "=" + text)));
    return new ProcessBuilder(
            ChildJvm.command(ChildJvm.MAIN, List.of("-Dspark.ui.enabled=false"), arguments))
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  private Report measure(Settings settings, ExecutorService threads, Process training, Path log)
      throws InterruptedException {
    BenchOptions.progress("Sending " + rate + " events a second …");
    threads.submit(() -> send(settings));
    Scorer scorer = firstVersion(settings, training, log);
    try {
      BenchOptions.progress("Measuring for " + seconds + " s …");
      Future<double[]> answered = threads.submit(() -> requests(settings, scorer));
      List<Double> ages = follow(scorer, training, log);
      enough = true;
      double[] took = answered.get();
      if (ages.isEmpty()) {
        throw new UserError(
            "No further version was published in "
                + seconds
                + " s, so there is nothing to measure; give more --seconds, or gate.policy=off."
                + " Training said: "
                + lastLine(log));
      }
      double[] sorted = ages.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      return new Report()
          .put("case", "freshness rate=" + rate)
          .put("events_per_s", rate)
          .put("window_rows", settings.get(Settings.WINDOW_ROWS))
          .put("emb", settings.get(Settings.EMB_DIM))
          .put("events", sorted.length)
          .put("versions", scorer.version())
          .put("p50_s", Figures.percentile(sorted, 50))
          .put("p99_s", Figures.percentile(sorted, 99))
          .put("max_s", Figures.percentile(sorted, 100))
          .put("requests", took.length)
          .put("request_p50_ms", Figures.percentile(took, 50))
          .put("request_p99_ms", Figures.percentile(took, 99));
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } finally {
      scorer.close();
    }
  }

  private void send(Settings settings) {
    Iterator<byte[]> events =
        IntStream.range(0, sentAt.length)
            .mapToObj(
                i -> {
                  sentAt[i] = System.nanoTime();
                  return clicks.get(i % clicks.size());
                })
            .iterator();
    try (ClickProducer producer = new ClickProducer(settings.kafka())) {
      producer.send(events, TOPIC, 1, rate, () -> enough, sent -> {});
    }
  }

  private static Scorer firstVersion(Settings settings, Process training, Path log) {
    String location = settings.get(Settings.STORE_PATH);
    long start = System.nanoTime();
    while (true) {
      StoreException failed = null;
      try {
        ModelStore store = ModelStore.open(location, new Configuration());
        List<Epoch> epochs = store.epochs();
        if (!epochs.isEmpty()) {
          FittedFeatures features = StoreFeatures.of(location, epochs.get(0), new Configuration());
          return new Scorer(store, StoreFeatures.admission(features));
        }
      } catch (StoreException e) {
        failed = e;
      }
      requireAlive(training, log);
      if (System.nanoTime() - start > START_S * NANO) {
        String why = failed == null ? "The training has not begun" : failed.getMessage();
        throw new UserError(why + "; training said: " + lastLine(log), failed);
      }
      pause(100);
    }
  }

  /** The age of each event at the moment from which it is known, seconds. */
  private List<Double> follow(Scorer scorer, Process training, Path log) {
    List<Double> ages = new ArrayList<>();
    long start = System.nanoTime();
    long known = scorer.offsets().get(0).next();
    while (System.nanoTime() - start < (warmSeconds + seconds) * NANO) {
      requireAlive(training, log);
      if (scorer.refresh()) {
        long now = System.nanoTime();
        long until = scorer.offsets().get(0).next();
        if (now - start > warmSeconds * NANO) {
          for (long event = known; event < until; event++) {
            ages.add((now - sentAt[(int) event]) / NANO);
          }
        }
        known = until;
      }
      pause(pollMillis);
    }
    return ages;
  }

  /** Milliseconds that each request took, sorted. */
  private double[] requests(Settings settings, Scorer scorer) {
    ExampleBlock candidates = BenchRows.madeUp(settings, 2, 0).examples(CANDIDATES);
    double[] took = new double[(warmSeconds + seconds) * requests];
    int counted = 0;
    for (int i = 0; i < took.length && !enough; i++) {
      long start = System.nanoTime();
      scorer.score(candidates);
      if (i >= warmSeconds * requests) {
        took[counted++] = (System.nanoTime() - start) / MILLI;
      }
      pause(1000 / requests);
    }
    double[] sorted = Arrays.copyOf(took, counted);
    Arrays.sort(sorted);
    return sorted;
  }

  private static void requireAlive(Process training, Path log) {
    if (!training.isAlive()) {
      throw new UserError("Training ended by itself; it said: " + lastLine(log));
    }
  }

  /** The log is gone when this command ends. */
  private static String lastLine(Path log) {
    try {
      List<String> lines = Files.readAllLines(log);
      return lines.isEmpty() ? "nothing" : lines.get(lines.size() - 1);
    } catch (IOException e) {
      return "nothing that can be read";
    }
  }

  private static void pause(long millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }
}
