package io.rivulet.app.soak;

import io.rivulet.app.Sessions;
import io.rivulet.app.UserError;
import io.rivulet.app.generate.ClickGenerator;
import io.rivulet.app.kafka.ClickProducer;
import io.rivulet.app.kafka.EmbeddedBroker;
import io.rivulet.app.kafka.Topics;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.train.LedgerCheck;
import io.rivulet.app.train.Replay;
import io.rivulet.app.train.Report;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/** One campaign: a topic that fills, a training that is killed, and the oracle at the end. */
final class Soak implements AutoCloseable {
  private static final String TOPIC = "soak";
  private static final int PARTITIONS = 2;
  private static final int DAMAGED_EVERY = 1000;
  private static final int CATEGORIES = 26;
  private static final int WINDOWS_BEGUN = 5;
  private static final long POLL_MS = 100;
  private static final long PATIENCE_S = 120;
  private static final double NANO = 1e9;

  private final Path directory;
  private final long seed;
  private final int rate;
  private final SplittableRandom random;
  private final EmbeddedBroker broker;
  private final Map<String, String> values = new LinkedHashMap<>();
  private final Settings settings;
  private final Configuration hadoop = new Configuration();
  private final ExecutorService producing = Executors.newSingleThreadExecutor();
  private volatile boolean enough;

  /** The training that runs, or null. */
  private TrainingProcess training;

  /** Whether its executors have JVMs of their own. */
  private boolean onCluster;

  /** When something was killed of which nothing was committed since; 0 for none. */
  private long killedAt;

  /** Recovery is proved by a version after this one. */
  private long mark;

  private boolean sound;

  private final Recoveries recoveries = new Recoveries();

  /** Those in which executors had to start, too. */
  private final Recoveries clusterRecoveries = new Recoveries();

  private final Recoveries starts = new Recoveries();

  /** Events that come before anything is killed, each of which brings new keys. */
  private final long first;

  /**
   * A campaign that isn't begun.
   *
   * @param rate events a second
   * @param keys so many are in the store before anything is killed
   */
  Soak(Path directory, long seed, int rate, long keys) {
    this.directory = directory;
    this.seed = seed;
    this.rate = rate;
    this.first = (keys + CATEGORIES - 1) / CATEGORIES;
    this.random = new SplittableRandom(~seed);
    this.broker = EmbeddedBroker.start(directory.resolve("kafka"), 0);
    try (Topics topics = new Topics(broker.connection())) {
      topics.create(TOPIC, PARTITIONS);
    }
    values.put("kafka.bootstrap_servers", broker.bootstrapServers());
    values.put("kafka.topic", TOPIC);
    values.put("store.path", directory.resolve("store").toString());
    values.put("window.rows", "250");
    values.put("window.flush_seconds", "1");
    values.put("workers", "2");
    values.put("emb_dim", "4");
    values.put("deep_layer_dim", "[16, 8]");
    values.put("batch_size", "50");
    values.put("commit.snapshot_every", "20");
    this.settings = Settings.of(values);
  }

  /** Whether nothing was lost or doubled and the bits are a replay's; after {@link #run}. */
  boolean sound() {
    return sound;
  }

  Report run(List<Kill> campaign) {
    long start = System.nanoTime();
    if (first > 0) {
      System.err.printf("Learning %,d events of new keys …%n", first);
      produce(0, first, 0);
      learnWhatIsThere();
    }
    Future<Long> sent = producing.submit(() -> first + produce(first, Long.MAX_VALUE, rate));
    for (int i = 0; i < campaign.size(); i++) {
      System.err.println(
          "Kill " + (i + 1) + " of " + campaign.size() + ": " + campaign.get(i).victim());
      carryOut(campaign, i);
    }
    enough = true;
    long events = get(sent);
    if (training != null) {
      awaitCommit();
      training.kill();
    }
    System.err.println("Learning the rest …");
    learnWhatIsThere();
    System.err.println("Comparing ledger and bits …");
    return report(campaign, events).put("seconds", (System.nanoTime() - start) / NANO);
  }

  private void learnWhatIsThere() {
    start(false, "--until-idle", "3");
    int code = training.await();
    training = null;
    if (code != 0) {
      throw new UserError("Training failed with exit code " + code + "; see " + log());
    }
  }

  private void carryOut(List<Kill> campaign, int i) {
    Kill kill = campaign.get(i);
    if (training == null) {
      start(Kill.needsExecutors(campaign, i));
    }
    switch (kill.victim()) {
      case STARTING_DRIVER -> {
        pauseUntil(training.startedAt() + TimeUnit.MILLISECONDS.toNanos(kill.delayMs()));
        killDriver();
      }
      case DRIVER -> {
        awaitCommit();
        pauseUntil(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(kill.delayMs()));
        killDriver();
      }
      case EXECUTOR -> {
        awaitCommit();
        pauseUntil(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(kill.delayMs()));
        await(() -> training.killExecutor(random), "has no executor");
        // More than had been begun, so that some of it is learned by executors that came after.
        mark = newest() + WINDOWS_BEGUN;
        awaitCommit();
      }
    }
  }

  private void killDriver() {
    training.requireAlive();
    training.kill();
    training.openedAfter().ifPresent(starts::add);
    training = null;
    killedAt = System.nanoTime();
  }

  private void start(boolean executors, String... more) {
    List<String> arguments = new ArrayList<>(List.of("train"));
    values.forEach((name, value) -> arguments.addAll(List.of("--set", name + "=" + value)));
    arguments.addAll(List.of(more));
    mark = newest();
    onCluster = executors;
    training =
        TrainingProcess.start(
            executors ? TrainingProcess.withExecutors() : TrainingProcess.withoutExecutors(),
            directory.resolve("spark"),
            log(),
            arguments);
  }

  private Path log() {
    return directory.resolve("train.log");
  }

  private long newest() {
    try {
      return ModelStore.open(settings.get(Settings.STORE_PATH), hadoop).newestNumber();
    } catch (StoreException notYet) {
      return 0;
    }
  }

  /** Waits for a version after the mark. */
  private void awaitCommit() {
    await(() -> newest() > mark, "commits nothing");
    if (killedAt != 0) {
      (onCluster ? clusterRecoveries : recoveries).add(System.nanoTime() - killedAt);
      killedAt = 0;
    }
  }

  private void await(BooleanSupplier condition, String otherwise) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
    while (!condition.getAsBoolean()) {
      training.requireAlive();
      if (System.nanoTime() > deadline) {
        throw new UserError(
            "Training " + otherwise + " for " + PATIENCE_S + " s; see the end of " + log());
      }
      pauseUntil(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(POLL_MS));
    }
  }

  private static void pauseUntil(long deadline) {
    long left;
    while ((left = deadline - System.nanoTime()) > 0) {
      LockSupport.parkNanos(left);
    }
  }

  /**
   * Sends events until it is enough; how many.
   *
   * @param perSecond 0 for as fast as can be
   */
  private long produce(long from, long until, int perSecond) {
    ClickGenerator generator = new ClickGenerator(seed, 0);
    Iterator<byte[]> events =
        LongStream.range(from, until).mapToObj(i -> event(generator.click(i).line(), i)).iterator();
    try (ClickProducer producer = new ClickProducer(broker.connection())) {
      return producer.send(events, TOPIC, PARTITIONS, perSecond, () -> enough, sent -> {});
    }
  }

  private byte[] event(String line, long i) {
    String sent = line;
    if (i < first) {
      String[] cells = line.split("\t", -1);
      for (int c = cells.length - CATEGORIES; c < cells.length; c++) {
        cells[c] = Long.toHexString(i);
      }
      sent = String.join("\t", cells);
    }
    if (i % DAMAGED_EVERY == DAMAGED_EVERY - 1) {
      sent = sent.replaceFirst("\t", " ");
    }
    return sent.getBytes(StandardCharsets.UTF_8);
  }

  private Report report(List<Kill> campaign, long events) {
    ModelStore store = ModelStore.open(settings.get(Settings.STORE_PATH), hadoop);
    store.verify();
    Manifest newest = store.newest().orElseThrow();
    String learned = store.load(newest, store.epoch(newest.epoch()).learner()).sha256();
    LedgerCheck.Result ledger;
    String replayed;
    try (SparkSession spark = Sessions.create("soak")) {
      ledger = new LedgerCheck(spark, settings).check(store, newest);
      replayed = new Replay(spark, settings, line -> {}).replay(store, newest).sha256();
    }
    long trained = ledger.count(LedgerCheck.State.TRAINED);
    long quarantined = ledger.count(LedgerCheck.State.QUARANTINED);
    long lost = ledger.lost() + Math.max(0, events - trained - quarantined);
    long doubled = ledger.doubled() + Math.max(0, trained + quarantined - events);
    boolean equal = learned.equals(replayed);
    sound = ledger.problem().isEmpty() && lost == 0 && doubled == 0 && equal;
    Report report = new Report().put("kills", campaign.size());
    for (Kill.Victim victim : Kill.Victim.values()) {
      report.put(
          victim.name().toLowerCase(Locale.ROOT) + "_kills",
          campaign.stream().filter(kill -> kill.victim() == victim).count());
    }
    return report
        .put("seed", seed)
        .put("events", events)
        .put("trained", trained)
        .put("quarantined", quarantined)
        .put("lost", lost)
        .put("doubled", doubled)
        .put("hashes_equal", equal)
        .put("versions", newest.version())
        .put("table_rows", newest.rowCount())
        .put("recoveries", recoveries.count())
        .put("recovery_p50_s", recoveries.seconds(50))
        .put("recovery_p99_s", recoveries.seconds(99))
        .put("cluster_recoveries", clusterRecoveries.count())
        .put("cluster_recovery_p50_s", clusterRecoveries.seconds(50))
        .put("cluster_recovery_p99_s", clusterRecoveries.seconds(99))
        .put("recovery_start_p50_s", starts.seconds(50));
  }

  private static long get(Future<Long> sent) {
    try {
      return sent.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while events were sent", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    }
  }

  @Override
  public void close() {
    enough = true;
    if (training != null) {
      training.close();
    }
    producing.shutdown();
    broker.close();
  }
}
