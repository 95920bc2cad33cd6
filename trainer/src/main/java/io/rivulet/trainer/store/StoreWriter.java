package io.rivulet.trainer.store;

import io.rivulet.trainer.metrics.Quality;
import io.rivulet.trainer.metrics.QualityMeter;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.store.StoreNames.Numbered;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;

/**
 * Writes a store. Opening it begins a new epoch, from which moment writers of older epochs can no
 * longer change what readers see. Plans may be logged by one thread while another commits. After an
 * exception a writer is of no more use: open the store again.
 */
public final class StoreWriter {
  /** A ledger segment as long as this is no longer rewritten. */
  private static final long MAX_MERGED_BYTES = 16 << 20;

  private static final long[] NONE = {};

  private final StoreFiles files;
  private final ModelStore store;
  private final Epoch epoch;
  private final int snapshotEvery;
  private final int keepMax;
  private final String configHash;

  private final OffsetLedger planned;
  private long nextWindow;

  /** The newest window that was planned before this epoch. */
  private final long plannedBefore;

  private final OffsetLedger committed;

  /** Set by the thread that commits, read by others. */
  private volatile Manifest newest;

  private final ModelCopies copies = new ModelCopies();

  private volatile long keptFrom = Long.MAX_VALUE;

  private final MetricsLog metrics;

  private StoreWriter(
      StoreFiles files,
      ModelStore store,
      Epoch epoch,
      long plannedBefore,
      int snapshotEvery,
      int keepMax)
      throws IOException {
    this.files = files;
    this.store = store;
    this.epoch = epoch;
    this.plannedBefore = plannedBefore;
    this.snapshotEvery = snapshotEvery;
    this.keepMax = keepMax;
    this.metrics = new MetricsLog(files, epoch.epoch());
    this.configHash = StoreJson.sha256(epoch.learner());
    this.newest = epoch.baseVersion() == 0 ? null : store.version(epoch.baseVersion());
    List<PartitionOffset> offsets = newest == null ? List.of() : newest.offsets();
    this.committed = new OffsetLedger(offsets);
    this.planned = new OffsetLedger(offsets);
    store.openPlans().forEach(plan -> planned.take(plan.ranges()));
    this.nextWindow = epoch.baseWindow() + 1;
  }

  /** Opens a store, with put-if-absent as its file system has it. */
  public static StoreWriter open(
      String location,
      Configuration hadoop,
      OpenMode mode,
      EpochTerms terms,
      int snapshotEvery,
      int keepMax) {
    return open(location, hadoop, mode, terms, snapshotEvery, keepMax, false);
  }

  /**
   * Opens the store at {@code location} for writing, making it if there is none.
   *
   * @param terms of every window that this writer commits
   * @param snapshotEvery a full snapshot at least every so many commits
   * @param keepMax snapshots that are kept, with the changes that build on them
   * @param singleWriter whether no second process can write, so that an S3 service without
   *     conditional writes will do
   * @throws StoreException if the store's model or features are others than asked for and {@code
   *     mode} doesn't allow it, its format is newer, or its file system can't commit atomically
   */
  public static StoreWriter open(
      String location,
      Configuration hadoop,
      OpenMode mode,
      EpochTerms terms,
      int snapshotEvery,
      int keepMax,
      boolean singleWriter) {
    try {
      StoreFiles files = StoreFiles.forWriting(location, hadoop, singleWriter);
      ModelStore store = ModelStore.of(files);
      // Before the claim, so that a start by mistake doesn't end a training that runs.
      store.epochs();
      store.orWayBack(store::newest).ifPresent(found -> requireSame(store, found, mode, terms));
      int number = claim(files);
      abandonUnrecorded(files, number, terms);
      // Only now: what an older epoch commits after this is void, and it will know.
      Optional<Manifest> newest = store.newest();
      newest.ifPresent(manifest -> requireSame(store, manifest, mode, terms));
      int plans = store.openPlans().size();
      long lastWindow = newest.map(Manifest::lastWindow).orElse(0L);
      Epoch epoch =
          Epoch.of(
              number,
              newest.map(Manifest::version).orElse(0L),
              mode == OpenMode.GO_ON ? lastWindow + plans : lastWindow,
              terms);
      if (!files.putIfAbsent(StoreNames.epoch(number), StoreJson.toRecord(epoch))) {
        throw superseded(files, number, number + 1);
      }
      StoreWriter writer =
          new StoreWriter(files, store, epoch, lastWindow + plans, snapshotEvery, keepMax);
      writer.deleteLeftovers();
      return writer;
    } catch (IOException e) {
      throw new StoreException(
          "Can't write to the store at " + location + ": " + e.getMessage(), e);
    }
  }

  /**
   * Opens the store as if nothing had been committed after {@code version}: later versions become
   * void and are deleted, and the next window begins where that version ended.
   *
   * @param singleWriter as of {@link #open}
   * @throws StoreException if the version isn't there or is damaged
   */
  public static StoreWriter rollBack(
      String location,
      Configuration hadoop,
      long version,
      int snapshotEvery,
      int keepMax,
      boolean singleWriter) {
    try {
      StoreFiles files = StoreFiles.forWriting(location, hadoop, singleWriter);
      ModelStore store = ModelStore.open(location, hadoop);
      Manifest target = store.version(version);
      Epoch trained = store.epoch(target.epoch());
      // Before anything becomes void: what is gone back to must be whole.
      store.requireWhole(target);
      int number = claim(files);
      abandonUnrecorded(files, number, trained.terms());
      Epoch epoch =
          Epoch.of(number, store.version(version).version(), target.lastWindow(), trained.terms());
      if (!files.putIfAbsent(StoreNames.epoch(number), StoreJson.toRecord(epoch))) {
        throw superseded(files, number, number + 1);
      }
      StoreWriter writer =
          new StoreWriter(files, store, epoch, target.lastWindow(), snapshotEvery, keepMax);
      writer.deleteLeftovers();
      return writer;
    } catch (IOException e) {
      throw new StoreException(
          "Can't roll back the store at " + location + ": " + e.getMessage(), e);
    }
  }

  /** Takes the next epoch's number; from then on older epochs can't finish a commit. */
  private static int claim(StoreFiles files) throws IOException {
    while (true) {
      int next = StoreNames.newestClaim(files.list(StoreNames.EPOCHS)) + 1;
      if (files.putIfAbsent(StoreNames.claim(next), new byte[0])) {
        return next;
      }
    }
  }

  /**
   * Records the epochs that were claimed and have no record, as ones that build on everything and
   * so make nothing void. If their process is only slow, it finds its record taken and gives up.
   */
  private static void abandonUnrecorded(StoreFiles files, int before, EpochTerms terms)
      throws IOException {
    List<Integer> recorded = StoreNames.epochs(files.list(StoreNames.EPOCHS));
    for (int number = 1; number < before; number++) {
      if (!recorded.contains(number)) {
        Epoch abandoned = Epoch.of(number, Long.MAX_VALUE, Long.MAX_VALUE, terms);
        files.putIfAbsent(StoreNames.epoch(number), StoreJson.toRecord(abandoned));
      }
    }
  }

  private static void putNew(StoreFiles files, String path, byte[] content) throws IOException {
    if (!files.putIfAbsent(path, content)) {
      throw new StoreException(path + " is there already, though only this process writes it");
    }
  }

  private static void requireSame(
      ModelStore store, Manifest manifest, OpenMode mode, EpochTerms terms) {
    if (mode == OpenMode.MIGRATE) {
      return;
    }
    LearnerSettings learner = terms.learner();
    String featureVersion = terms.featureVersion();
    if (!manifest.shape().equals(learner.shape())) {
      throw new StoreException(
          store.location()
              + " holds a model of "
              + manifest.shape()
              + ", but the settings say "
              + learner.shape()
              + "; use another store.path, the store's settings, or `store migrate`");
    }
    if (!manifest.featureVersion().equals(featureVersion)) {
      throw new StoreException(
          store.location()
              + " was trained with features "
              + manifest.featureVersion()
              + ", but the settings give "
              + featureVersion
              + "; use another store.path, the store's features, or `store migrate`");
    }
  }

  StoreFiles files() {
    return files;
  }

  /** The store, for reading. */
  public ModelStore store() {
    return store;
  }

  /** The epoch that this writer opened. */
  public Epoch epoch() {
    return epoch;
  }

  /** The newest version; empty before the first commit. */
  public Optional<Manifest> newest() {
    return Optional.ofNullable(newest);
  }

  /** Plans that were logged and never committed, in order: train these first. */
  public List<WindowPlan> openPlans() {
    return store.openPlans();
  }

  /** Whether an earlier epoch may have prepared this window, perhaps of other events. */
  public boolean plannedBefore(long window) {
    return window <= plannedBefore;
  }

  /** How far each partition is planned, so where the next window begins. */
  public List<PartitionOffset> plannedOffsets() {
    return planned.offsets();
  }

  /**
   * Logs the next window, all of whose events are to be learned, before it is trained.
   *
   * @throws StoreException if its ranges don't begin where the last plan ended
   */
  public WindowPlan plan(String source, List<OffsetRange> ranges) {
    return plan(source, ranges, 1.0);
  }

  /**
   * Logs the next window before it is trained.
   *
   * @param negativeRate share of its events without a click that are to be learned
   * @throws StoreException if its ranges don't begin where the last plan ended
   */
  public WindowPlan plan(String source, List<OffsetRange> ranges, double negativeRate) {
    WindowPlan plan = new WindowPlan(nextWindow, epoch.epoch(), source, ranges, negativeRate);
    planned.requireNext(plan.ranges());
    try {
      putNew(files, StoreNames.plan(plan.window(), epoch.epoch()), StoreJson.toRecord(plan));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    planned.take(plan.ranges());
    nextWindow++;
    return plan;
  }

  /**
   * The next window, of which nothing is trained: what a migration or a rollback commits. It is not
   * logged, since nothing of it could be trained again.
   *
   * @param ranges events that count as taken
   */
  public WindowPlan planWithoutTraining(String source, List<OffsetRange> ranges) {
    WindowPlan plan = new WindowPlan(nextWindow++, epoch.epoch(), source, ranges);
    planned.take(plan.ranges());
    return plan;
  }

  /**
   * Commits a window whose events are taken without being learned.
   *
   * @param source why, as in {@link WindowPlan}
   * @param model as the newest version has it
   */
  public Manifest leaveOut(String source, List<OffsetRange> ranges, WideDeepModel model) {
    WindowPlan plan = planWithoutTraining(source, ranges);
    return commit(
        model,
        new int[0],
        List.of(new TrainedWindow(plan, epoch.epoch(), 0, 0)),
        new QualityMeter().quality());
  }

  /**
   * Commits a version.
   *
   * @param model the whole model
   * @param changedRows table rows changed since the last commit, ascending
   * @param windows what was learned since the last commit, in order
   * @param quality of the predictions in these windows
   * @throws StoreException if another process has opened the store meanwhile
   */
  public Manifest commit(
      WideDeepModel model, int[] changedRows, List<TrainedWindow> windows, Quality quality) {
    boolean full = nextIsFull(model);
    int[] rows = full ? IntStream.range(0, model.table().size()).toArray() : changedRows;
    return commit(
        pending(
            model,
            full,
            ModelFiles.dense(model.dense()),
            ModelFiles.rows(model.table(), rows),
            NONE,
            windows,
            quality));
  }

  /**
   * What {@link #commit(PendingVersion)} will write, copied, so that learning can go on meanwhile;
   * all but a snapshot, see {@link PendingVersion#full}. The last version must be committed, and
   * its pending version isn't used any more: its memory is.
   *
   * @param evicted keys whose rows were removed since the last commit, before those that came back
   *     came back
   */
  public PendingVersion prepare(
      WideDeepModel model,
      int[] changedRows,
      long[] evicted,
      List<TrainedWindow> windows,
      Quality quality) {
    if (nextIsFull(model)) {
      int[] all = IntStream.range(0, model.table().size()).toArray();
      return pending(
          model,
          true,
          ModelFiles.dense(model.dense()),
          ModelFiles.rows(model.table(), all),
          NONE,
          windows,
          quality);
    }
    return pending(
        model,
        false,
        ModelFiles.dense(copies.dense(model.dense())),
        copies.rows(model.table(), changedRows),
        evicted,
        windows,
        quality);
  }

  private boolean nextIsFull(WideDeepModel model) {
    return newest == null
        || !newest.shape().equals(model.settings().shape())
        || newest.version() + 1 - newest.snapshot() >= snapshotEvery;
  }

  private PendingVersion pending(
      WideDeepModel model,
      boolean full,
      StoreFiles.Content dense,
      StoreFiles.Content rows,
      long[] evicted,
      List<TrainedWindow> windows,
      Quality quality) {
    return new PendingVersion(
        newest == null ? 1 : newest.version() + 1,
        full,
        model.settings().shape(),
        dense,
        rows,
        evicted,
        model.table().size(),
        model.dense().step,
        windows,
        quality);
  }

  /**
   * Commits a version.
   *
   * @throws StoreException if another process has opened the store meanwhile
   */
  public Manifest commit(PendingVersion pending) {
    try {
      long version = pending.version;
      boolean full = pending.full;
      List<TrainedWindow> windows = pending.windows;
      windows.forEach(window -> committed.take(window.plan().ranges()));
      Manifest manifest =
          new Manifest(
              ModelStore.FORMAT,
              version,
              version - 1,
              epoch.epoch(),
              full ? version : newest.snapshot(),
              pending.shape,
              epoch.featureVersion(),
              configHash,
              windows.get(windows.size() - 1).plan().window(),
              windows,
              committed.offsets(),
              files.write(data(version, "dense.bin"), pending.dense),
              files.write(data(version, "rows.bin"), pending.rows),
              pending.evicted.length == 0
                  ? null
                  : files.write(data(version, "evicted.bin"), ModelFiles.evicted(pending.evicted)),
              pending.tableRows,
              pending.step,
              full ? ledger(version, windows) : List.of(),
              pending.quality,
              Instant.now());
      requireNewestEpoch();
      putNew(files, StoreNames.manifest(version, epoch.epoch()), StoreJson.toRecord(manifest));
      // Again: one that was paused above may have written a void manifest, and must not clean up.
      requireNewestEpoch();
      newest = manifest;
      for (TrainedWindow window : windows) {
        files.delete(StoreNames.plan(window.plan().window(), window.plan().epoch()));
      }
      if (full) {
        dropOldSnapshots();
      }
      return manifest;
    } catch (IOException e) {
      throw new StoreException(
          "Can't commit to "
              + files.root()
              + ": "
              + e.getMessage()
              + ". The last committed version is intact",
          e);
    }
  }

  /** Keeps versions from this one on, whatever their number; the largest long for none. */
  public void keepFrom(long version) {
    keptFrom = version;
  }

  /**
   * Lets a version that this writer committed be served.
   *
   * @param quality by which it passed the gate
   */
  public void publish(long version, Quality quality) {
    try {
      publish(files, version, epoch.epoch(), quality);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Lets a version of the store at {@code location} be served, whatever the gate says. A training
   * that runs on the store goes on.
   *
   * @return false if it may be already
   * @throws StoreException if there is no such version
   */
  public static boolean publish(
      String location, Configuration hadoop, long version, boolean singleWriter) {
    ModelStore store = ModelStore.open(location, hadoop);
    Manifest manifest = store.version(version);
    if (store.isPublished(manifest)) {
      return false;
    }
    try {
      StoreFiles files = StoreFiles.forWriting(location, hadoop, singleWriter);
      publish(files, version, manifest.epoch(), manifest.quality());
      return true;
    } catch (IOException e) {
      throw new StoreException(
          "Can't write to the store at " + location + ": " + e.getMessage(), e);
    }
  }

  private static void publish(StoreFiles files, long version, int epoch, Quality quality)
      throws IOException {
    Publication record = new Publication(ModelStore.FORMAT, version, epoch, quality, Instant.now());
    files.putIfAbsent(StoreNames.publication(version, epoch), StoreJson.toRecord(record));
  }

  private String data(long version, String what) {
    return StoreNames.data(version, epoch.epoch(), what);
  }

  /**
   * The segments of a snapshot's ledger. Neighbours are merged when the older one isn't at least
   * twice as long, so their number grows with the logarithm of the windows, and each line is
   * rewritten as often.
   */
  private List<LedgerSegment> ledger(long version, List<TrainedWindow> windows) throws IOException {
    List<LedgerSegment> segments = new ArrayList<>();
    List<TrainedWindow> tail = new ArrayList<>();
    if (newest != null) {
      segments.addAll(store.version(newest.snapshot()).ledger());
      tail.addAll(store.windowsSinceSnapshot(newest));
    }
    tail.addAll(windows);
    while (!segments.isEmpty()
        && segments.get(segments.size() - 1).windows() < 2L * tail.size()
        && segments.get(segments.size() - 1).file().bytes() < MAX_MERGED_BYTES) {
      tail.addAll(0, store.readSegment(segments.remove(segments.size() - 1)));
    }
    DataFile file =
        files.write(
            data(version, "ledger.jsonl"),
            out -> {
              for (TrainedWindow window : tail) {
                out.write(StoreJson.toBytes(window));
                out.write('\n');
              }
            });
    segments.add(
        new LedgerSegment(
            file, tail.get(0).plan().window(), tail.get(tail.size() - 1).plan().window()));
    return segments;
  }

  private void requireNewestEpoch() throws IOException {
    int latest = StoreNames.newestClaim(files.list(StoreNames.EPOCHS));
    if (latest > epoch.epoch()) {
      throw superseded(files, epoch.epoch(), latest);
    }
  }

  private static StoreException superseded(StoreFiles files, int own, int latest) {
    return new StoreException(
        "Another process has opened "
            + files.root()
            + " for training (epoch "
            + latest
            + "); this one (epoch "
            + own
            + ") can no longer commit");
  }

  /**
   * Deletes versions older than the oldest snapshot that is kept, and than what is served;
   * manifests go first.
   */
  private void dropOldSnapshots() throws IOException {
    List<Manifest> versions = new ArrayList<>(store.versions());
    long[] snapshots =
        versions.stream().filter(Manifest::full).mapToLong(Manifest::version).toArray();
    if (snapshots.length <= keepMax) {
      return;
    }
    long oldest =
        Math.min(
            snapshots[snapshots.length - keepMax],
            store.newestPublished().map(Manifest::snapshot).orElse(Long.MAX_VALUE));
    for (Manifest manifest : versions) {
      if (manifest.version() >= keptFrom) {
        oldest = Math.min(oldest, manifest.snapshot());
      }
    }
    Set<String> kept = new HashSet<>();
    List<String> dropped = new ArrayList<>();
    // Newest first, so that a version is never left without the snapshot that it builds on.
    versions.sort(Comparator.comparingLong(Manifest::version).reversed());
    for (Manifest manifest : versions) {
      if (manifest.version() >= oldest) {
        manifest.files().forEach(file -> kept.add(file.path()));
      } else {
        files.delete(StoreNames.manifest(manifest.version(), manifest.epoch()));
        dropped.add(StoreNames.publication(manifest.version(), manifest.epoch()));
        manifest.files().forEach(file -> dropped.add(file.path()));
      }
    }
    for (String path : dropped) {
      if (!kept.contains(path)) {
        files.delete(path);
      }
    }
  }

  /** Deletes what older epochs wrote and no valid manifest names. */
  private void deleteLeftovers() throws IOException {
    Set<String> named = new HashSet<>();
    for (Manifest manifest : store.versions()) {
      named.add(StoreNames.manifest(manifest.version(), manifest.epoch()));
      named.add(StoreNames.publication(manifest.version(), manifest.epoch()));
      manifest.files().forEach(file -> named.add(file.path()));
    }
    for (WindowPlan plan : store.openPlans()) {
      named.add(StoreNames.plan(plan.window(), plan.epoch()));
    }
    for (String folder :
        List.of(StoreNames.MANIFESTS, StoreNames.PUBLISHED, StoreNames.PLANS, StoreNames.DATA)) {
      for (Numbered name : StoreNames.numbered(files.list(folder))) {
        String path = folder + "/" + name.name();
        if (name.epoch() < epoch.epoch() && !named.contains(path)) {
          files.delete(path);
        }
      }
    }
  }

  /** Adds a line to the store's metrics, which are for people and not part of any version. */
  public void appendMetrics(String json) {
    try {
      metrics.add(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
