package io.rivulet.app.train;

import io.rivulet.app.callback.CommittedWindow;
import io.rivulet.app.settings.CommitEvery;
import io.rivulet.app.source.EventSource;
import io.rivulet.app.source.StopSignal;
import io.rivulet.app.train.Suspicion.Verdict;
import io.rivulet.trainer.averaging.Learner;
import io.rivulet.trainer.averaging.RoundTimes;
import io.rivulet.trainer.metrics.DriftDetector.Alarm;
import io.rivulet.trainer.metrics.DriftDetector.Signal;
import io.rivulet.trainer.metrics.Quality;
import io.rivulet.trainer.metrics.QualityMeter;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.spark.WindowExamples;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.PartitionOffset;
import io.rivulet.trainer.store.PendingVersion;
import io.rivulet.trainer.store.StoreWriter;
import io.rivulet.trainer.store.TrainedWindow;
import io.rivulet.trainer.store.WindowPlan;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns prepared windows, commits when it is due, and reports. The trainer thread's own; a version
 * is written by a thread beside it while the next window is learned.
 */
final class WindowLearner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WindowLearner.class);

  private final StoreWriter store;
  private final Learner learner;
  private final CommitEvery commitEvery;
  private final RunTotals totals;
  private final Slices slices;
  private final EventSource source;
  private final Callbacks callbacks;
  private final RuinousEvents ruinous;
  private final Optional<Publisher> publisher;
  private final Optional<Suspecter> suspecter;
  private final StopSignal stop;
  private final Consumer<String> console;

  /** Sees the lines of metrics.jsonl, and which version was committed when. */
  private final Consumer<String> monitor;

  private final boolean inBackground;
  private final ExecutorService committer =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "rivulet-committer");
            thread.setDaemon(true);
            return thread;
          });

  /** The version that is being written, or null. */
  private Future<Manifest> committing;

  /** The newest published version that the monitor knows of. */
  private long toldPublished;

  private long toldCommitted;

  /** Where it isn't null nothing is learned any more. */
  private Suspicion suspicion;

  private Optional<Verdict> verdict = Optional.empty();

  private final List<TrainedWindow> uncommitted = new ArrayList<>();
  private QualityMeter sinceCommit = new QualityMeter();
  private long lastCommit = System.nanoTime();
  private long lastWindow = lastCommit;

  /** What callbacks will be told of the uncommitted windows; empty without callbacks. */
  private final List<CommittedWindow> remembered = new ArrayList<>();

  /** And of those that are being written. */
  private List<CommittedWindow> beingWritten = List.of();

  /** What they are to be told of committed ones. */
  private final List<CommittedWindow> untold = new ArrayList<>();

  /** Where each partition of which the store has nothing yet begins, by its name. */
  private final Map<String, PartitionOffset> begun = new TreeMap<>();

  /** How far each partition has been learned, by its name. */
  private final Map<String, PartitionOffset> learned = new TreeMap<>();

  WindowLearner(
      StoreWriter store,
      Learner learner,
      CommitEvery commitEvery,
      RunTotals totals,
      Slices slices,
      EventSource source,
      Callbacks callbacks,
      RuinousEvents ruinous,
      Optional<Publisher> publisher,
      Optional<Suspecter> suspecter,
      StopSignal stop,
      Consumer<String> console,
      Consumer<String> monitor,
      boolean inBackground) {
    this.store = store;
    this.learner = learner;
    this.commitEvery = commitEvery;
    this.totals = totals;
    this.slices = slices;
    this.source = source;
    this.callbacks = callbacks;
    this.ruinous = ruinous;
    this.publisher = publisher;
    this.suspecter = suspecter;
    this.stop = stop;
    this.console = console;
    this.monitor = monitor;
    this.inBackground = inBackground;
    store.newest().ifPresent(manifest -> manifest.offsets().forEach(this::setLearned));
    publisher.ifPresent(to -> tell(gate(0)));
  }

  private void setLearned(OffsetRange range) {
    begun.putIfAbsent(
        range.topic() + "-" + range.partition(),
        new PartitionOffset(range.topic(), range.partition(), range.from()));
    setLearned(new PartitionOffset(range.topic(), range.partition(), range.until()));
  }

  private void setLearned(PartitionOffset offset) {
    learned.put(offset.topic() + "-" + offset.partition(), offset);
  }

  /** Learns a window, unless there is doubt whether it should be: then it stays planned. */
  void learn(WindowPlan plan, WindowExamples read) {
    if (suspicion != null) {
      if (verdict.isEmpty()) {
        verdict = suspicion.add(plan, read);
        verdict.ifPresent(settled -> stop.pause());
      }
      return;
    }
    int rowsBefore = learner.tableRows();
    RoundTimes timesBefore = learner.times();
    LearnedWindow learned = LearnedWindow.learn(learner, read);
    List<Alarm> alarms = new ArrayList<>(totals.alarms(read.examples(), learner.unknown()));
    if (learned.ruinous().length > 0) {
      ruinous.quarantine(plan.window(), store.epoch().epoch(), read.places(learned.ruinous()));
    }
    WindowExamples window = learned.window();
    ExampleBlock examples = window.examples();
    float[] predictions = learned.predictions();
    sinceCommit.add(examples.labels(), predictions, 0, examples.negativeWeight());
    uncommitted.add(
        new TrainedWindow(
            plan,
            store.epoch().epoch(),
            examples.rows(),
            window.refusedCount(),
            window.sampledOut()));
    double rate =
        totals.add(
            examples.labels(), predictions, examples.negativeWeight(), window.refusedCount());
    slices.add(examples, predictions);
    // Where rows were removed for new ones it isn't known how many came.
    double newKeys =
        Math.max(0, learner.tableRows() - rowsBefore) / Math.max(1.0, examples.keys().length);
    remember(plan, window, predictions);
    alarms.addAll(totals.alarms(examples, predictions));
    boolean turned =
        publisher.isPresent()
            && publisher.get().learned(plan.window(), examples, predictions, !alarms.isEmpty());
    if (due()) {
      commitUntold();
    }
    report(plan, window, rate, newKeys, learner.times().minus(timesBefore));
    alarms.forEach(alarm -> report(plan, alarm));
    if (turned) {
      reportGate(plan);
    }
    tellPublished();
    if (alarms.stream().anyMatch(alarm -> alarm.signal() == Signal.LOSS)) {
      suspecter
          .flatMap(
              doubt ->
                  doubt.suspicion(
                      plan.window(),
                      List.copyOf(begun.values()),
                      List.copyOf(this.learned.values())))
          .ifPresent(begun -> suspicion = begun);
    }
    tell();
  }

  /** What came of the doubt that ended this learner's work; empty where there was none. */
  Optional<Verdict> verdict() {
    return verdict;
  }

  /** Whether windows are left planned and unlearned, since there is doubt about them. */
  boolean inDoubt() {
    return suspicion != null && verdict.isEmpty();
  }

  /** Takes a window of which nothing is learned. */
  void leaveOut(WindowPlan plan) {
    if (suspicion != null) {
      return;
    }
    uncommitted.add(new TrainedWindow(plan, store.epoch().epoch(), 0, 0));
    plan.ranges().forEach(this::setLearned);
    long events = plan.ranges().stream().mapToLong(OffsetRange::length).sum();
    console.accept(
        String.format(
            "window %5d  %s: %,d offsets left out", plan.window(), plan.source(), events));
    appendMetrics(
        new Report()
            .put("window", plan.window())
            .put("left_out", events)
            .put("reason", plan.source())
            .line());
    if (due()) {
      commitUntold();
    }
  }

  private void remember(WindowPlan plan, WindowExamples window, float[] predictions) {
    long now = System.nanoTime();
    if (!callbacks.isEmpty()) {
      QualityMeter meter = new QualityMeter();
      meter.add(window.examples().labels(), predictions, 0, window.examples().negativeWeight());
      remembered.add(
          new CommittedWindow(
              plan.window(),
              0,
              learner.model().dense().step,
              window.examples().rows(),
              window.refusedCount(),
              meter.quality(),
              false,
              Duration.ofNanos(now - lastWindow)));
    }
    lastWindow = now;
  }

  void commitIfDue() {
    if (committing != null && committing.isDone()) {
      settle();
    }
    if (due()) {
      commit();
    }
  }

  private boolean due() {
    Duration since = Duration.ofNanos(System.nanoTime() - lastCommit);
    return !uncommitted.isEmpty() && commitEvery.due(uncommitted.size(), since);
  }

  /** Commits what isn't yet, and waits for it. */
  void commit() {
    commitUntold();
    settle();
    tell();
  }

  private void commitUntold() {
    settle();
    tell();
    if (uncommitted.isEmpty()) {
      return;
    }
    PendingVersion pending =
        store.prepare(
            learner.model(),
            learner.takeChangedRows(),
            learner.takeEvictedKeys(),
            List.copyOf(uncommitted),
            sinceCommit.quality());
    uncommitted.clear();
    sinceCommit = new QualityMeter();
    lastCommit = System.nanoTime();
    beingWritten = List.copyOf(remembered);
    remembered.clear();
    publisher.ifPresent(to -> to.prepared(pending.version()));
    committing =
        committer.submit(
            () -> {
              Manifest manifest = store.commit(pending);
              publisher.ifPresent(Publisher::publish);
              return manifest;
            });
    if (!inBackground || pending.full() || callbacks.readModel()) {
      settle();
    }
  }

  /** Waits for the version that is being written, and says that it is. */
  private void settle() {
    if (committing == null) {
      return;
    }
    Manifest manifest;
    try {
      manifest = committing.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while a version was being written", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    }
    committing = null;
    source.committed(manifest.offsets());
    tell(
        new Report()
            .put("committed", manifest.version())
            .put("window", manifest.lastWindow())
            .put("at", manifest.committedAt().truncatedTo(ChronoUnit.SECONDS).toString())
            .put("bytes", manifest.rows().bytes() + manifest.dense().bytes())
            .line());
    toldCommitted = manifest.version();
    tellPublished();
    for (int i = 0; i < beingWritten.size(); i++) {
      untold.add(beingWritten.get(i).in(manifest.version(), i == beingWritten.size() - 1));
    }
    beingWritten = List.of();
  }

  @Override
  public void close() {
    committer.shutdownNow();
    if (suspicion != null) {
      suspicion.close();
    }
  }

  private void tell() {
    List<CommittedWindow> told = List.copyOf(untold);
    untold.clear();
    told.forEach(callbacks::committed);
  }

  private void report(
      WindowPlan plan, WindowExamples window, double rate, double newKeys, RoundTimes times) {
    Quality quality = totals.recent();
    long version = store.newest().map(Manifest::version).orElse(0L);
    plan.ranges().forEach(this::setLearned);
    List<PartitionOffset> offsets = List.copyOf(learned.values());
    Map<String, Long> behind = lagOrUnknown(offsets);
    Long lag = behind.isEmpty() ? null : behind.values().stream().mapToLong(Long::longValue).sum();
    console.accept(
        String.format(
            "window %5d  rows %,6d  %,8.0f rows/s  lag %9s  logloss %.4f  auc %.4f"
                + " (last %,d) %s  version %d%s%s",
            plan.window(),
            window.examples().rows(),
            rate,
            lag == null ? "-" : String.format("%,d", lag),
            quality.logloss(),
            quality.auc(),
            quality.rows(),
            totals.trend(quality.auc()),
            version,
            window.sampledOut() > 0 ? String.format("  sampled out %,d", window.sampledOut()) : "",
            window.refusedCount() > 0 ? "  quarantined " + window.refused() : ""));
    appendMetrics(
        new Report()
            .put("window", plan.window())
            .put("version", version)
            .put("rows", window.examples().rows())
            .put("quarantined", window.refused())
            .put("sampled_out", window.sampledOut())
            .put("rows_per_s", rate)
            .put(
                "step_us",
                (Object)
                    rounded(
                        times.microseconds(
                            learner.model().settings().workers(), window.examples().rows())))
            .put("lag", (Object) lag)
            .put("lag_by_partition", behind)
            .put(quality)
            .put("over_rows", quality.rows())
            .put("fading", totals.fading())
            .put("overall", totals.overall())
            .put("calibration_curve", (Object) rounded(totals.curve()))
            .put("slices", (Object) sliced())
            .put("new_key_share", newKeys)
            .put("table_rows", learner.tableRows())
            .put("offsets", offsets)
            .line());
  }

  private static Map<String, Double> rounded(Map<String, Double> figures) {
    Map<String, Double> rounded = new LinkedHashMap<>(figures);
    rounded.replaceAll((name, figure) -> Report.rounded(figure));
    return rounded;
  }

  private static List<List<Double>> rounded(double[][] curve) {
    return Arrays.stream(curve)
        .map(point -> Arrays.asList(Report.rounded(point[0]), Report.rounded(point[1])))
        .toList();
  }

  private Map<String, Object> sliced() {
    Map<String, Object> figures = new LinkedHashMap<>();
    slices
        .qualities()
        .forEach(
            (name, quality) ->
                figures.put(name, new Report().put("rows", quality.rows()).put(quality).values()));
    return figures;
  }

  private void report(WindowPlan plan, Alarm alarm) {
    String signal = alarm.signal().name().toLowerCase(Locale.ROOT);
    long version = store.newest().map(Manifest::version).orElse(0L);
    console.accept(
        String.format(
            "drift %6d  %s was %.4f, is %.4f over the last %,d events  version %d",
            plan.window(), signal, alarm.before(), alarm.after(), alarm.events(), version));
    appendMetrics(
        new Report()
            .put("window", plan.window())
            .put("version", version)
            .put("drift", signal)
            .put("before", alarm.before())
            .put("after", alarm.after())
            .put("events", alarm.events())
            .line());
  }

  private void reportGate(WindowPlan plan) {
    appendMetrics(gate(plan.window()));
  }

  private String gate(long window) {
    return new Report()
        .put("window", window)
        .put("gate", publisher.orElseThrow().isOpen() ? "open" : "shut")
        .line();
  }

  private void tellPublished() {
    long newest = publisher.map(Publisher::published).orElse(0L);
    // Of a commit that wasn't told nobody knows yet.
    if (newest > toldPublished && newest <= toldCommitted) {
      toldPublished = newest;
      tell(new Report().put("published", newest).line());
    }
  }

  /** Who looks on must not end what they look at. */
  private void tell(String line) {
    try {
      monitor.accept(line);
    } catch (RuntimeException | LinkageError e) {
      LOG.warn("Can't show what is learned: {}", e.toString());
    }
  }

  /** Reporting must not end what it reports on. */
  private Map<String, Long> lagOrUnknown(List<PartitionOffset> offsets) {
    try {
      return source.lag(offsets);
    } catch (RuntimeException e) {
      LOG.warn("The lag is unknown: {}", e.getMessage());
      return Map.of();
    }
  }

  private void appendMetrics(String line) {
    tell(line);
    try {
      store.appendMetrics(line);
    } catch (RuntimeException e) {
      LOG.warn("Can't write metrics.jsonl: {}", e.getMessage());
    }
  }
}
