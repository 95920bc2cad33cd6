package io.rivulet.trainer.store;

import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.EmbeddingTable;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.store.StoreNames.Numbered;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.apache.hadoop.conf.Configuration;

/**
 * Reads a store. Every call looks at the files anew, so a reader sees commits as they come.
 *
 * @see StoreWriter
 */
public final class ModelStore {
  /** The store format that this code writes, and the newest that it reads. */
  public static final int FORMAT = 3;

  private final StoreFiles files;

  private ModelStore(StoreFiles files) {
    this.files = files;
  }

  static ModelStore of(StoreFiles files) {
    return new ModelStore(files);
  }

  /**
   * Opens the store at {@code location}, any path that Hadoop's file systems know.
   *
   * @throws StoreException if there is none, or it can't be read
   */
  public static ModelStore open(String location, Configuration hadoop) {
    try {
      StoreFiles files = new StoreFiles(location, hadoop);
      if (files.list(StoreNames.EPOCHS).isEmpty()) {
        throw new StoreException(
            "There is no model store at " + files.root() + "; `train` makes one, see store.path");
      }
      return new ModelStore(files);
    } catch (IOException e) {
      throw new StoreException("Can't read the store at " + location + ": " + e.getMessage(), e);
    }
  }

  /**
   * How far the newest version of the store at {@code location} is; empty where there is none yet.
   *
   * @throws StoreException if it can't be read
   */
  public static List<PartitionOffset> offsets(String location, Configuration hadoop) {
    ModelStore store = new ModelStore(new StoreFiles(location, hadoop));
    return store.orWayBack(store::newest).map(Manifest::offsets).orElse(List.of());
  }

  /**
   * Kafka's id of each topic that the newest version of the store at {@code location} has events
   * of, as the newest epoch that knew it wrote it down.
   */
  public static Map<String, String> topicIds(String location, Configuration hadoop) {
    Map<String, String> ids = new TreeMap<>();
    new ModelStore(new StoreFiles(location, hadoop))
        .epochs()
        .forEach(epoch -> ids.putAll(epoch.topicIds()));
    ids.keySet().retainAll(offsets(location, hadoop).stream().map(PartitionOffset::topic).toList());
    return ids;
  }

  /** Where the store is. */
  public String location() {
    return files.root().toString();
  }

  /**
   * Reads what {@link StoreWriter#appendMetrics} wrote, oldest line first.
   *
   * @param lines takes them
   */
  public void metrics(Consumer<String> lines) {
    try {
      List<String> names = new ArrayList<>();
      if (files.length(StoreNames.METRICS) >= 0) {
        names.add(StoreNames.METRICS);
      }
      files
          .list(StoreNames.METRICS_PARTS)
          .forEach(part -> names.add(StoreNames.METRICS_PARTS + "/" + part));
      for (String name : names) {
        try (BufferedReader in =
            new BufferedReader(new InputStreamReader(files.open(name), StandardCharsets.UTF_8))) {
          in.lines().forEach(lines);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Every epoch, oldest first. */
  public List<Epoch> epochs() {
    try {
      List<Epoch> epochs = new ArrayList<>();
      for (int epoch : StoreNames.epochs(files.list(StoreNames.EPOCHS))) {
        epochs.add(epoch(epoch));
      }
      return epochs;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One epoch. */
  public Epoch epoch(int epoch) {
    String path = StoreNames.epoch(epoch);
    try {
      Epoch record = StoreJson.readRecord(files.read(path), Epoch.class, path);
      requireNamed(path, record.epoch() == epoch);
      return record;
    } catch (FileNotFoundException e) {
      throw new StoreException(path + " is missing, though files of that epoch are there", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void requireNamed(String path, boolean holds) {
    if (!holds) {
      throw new StoreException(path + " is damaged: its content belongs to another name");
    }
  }

  /** Every committed version that is kept, oldest first. */
  public List<Manifest> versions() {
    return manifestNames().stream().map(this::manifest).toList();
  }

  /** The newest committed version. */
  public Optional<Manifest> newest() {
    List<Numbered> names = manifestNames();
    return names.isEmpty() ? Optional.empty() : Optional.of(manifest(names.get(names.size() - 1)));
  }

  /**
   * The newest version that may be served: one that is published, or whose epoch had no gate.
   *
   * @return empty if there is none
   */
  public Optional<Manifest> newestPublished() {
    List<Numbered> names = manifestNames();
    Set<String> published = publishedNames();
    Map<Integer, Boolean> gated = new HashMap<>();
    for (int i = names.size() - 1; i >= 0; i--) {
      Numbered name = names.get(i);
      if (published.contains(name.name())
          || !gated.computeIfAbsent(name.epoch(), epoch -> epoch(epoch).gated())) {
        return Optional.of(manifest(name));
      }
    }
    return Optional.empty();
  }

  /** Whether a version may be served. */
  public boolean isPublished(Manifest manifest) {
    return !epoch(manifest.epoch()).gated()
        || publishedNames().contains(StoreNames.fileName(manifest));
  }

  /** The figures by which a version of a gated epoch passed. */
  public Optional<Publication> publication(Manifest manifest) {
    String path = StoreNames.publication(manifest.version(), manifest.epoch());
    try {
      if (files.length(path) < 0) {
        return Optional.empty();
      }
      Publication record = StoreJson.readRecord(files.read(path), Publication.class, path);
      requireNamed(
          path, record.version() == manifest.version() && record.epoch() == manifest.epoch());
      return Optional.of(record);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Names of published versions' manifests. */
  private Set<String> publishedNames() {
    try {
      return new HashSet<>(files.list(StoreNames.PUBLISHED));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The newest version's number, 0 for none; its files aren't read and may be damaged. */
  public long newestNumber() {
    return manifestNames().stream().mapToLong(Numbered::number).max().orElse(0);
  }

  /**
   * A committed version.
   *
   * @throws StoreException if it isn't there, or no longer
   */
  public Manifest version(long version) {
    return manifestNames().stream()
        .filter(name -> name.number() == version)
        .findFirst()
        .map(this::manifest)
        .orElseThrow(
            () ->
                new StoreException(
                    "No version "
                        + version
                        + " in "
                        + location()
                        + "; `store list` shows those that are kept"));
  }

  /**
   * Loads a version: its snapshot, and the changes since in order.
   *
   * @param settings the settings to go on with; their shape must be the version's
   * @throws StoreException if a file is missing or damaged, or the shapes differ
   */
  public WideDeepModel load(Manifest manifest, LearnerSettings settings) {
    if (!settings.shape().equals(manifest.shape())) {
      throw new StoreException(
          location()
              + " holds a model of "
              + manifest.shape()
              + ", but the settings say "
              + settings.shape()
              + "; use another store.path, or the store's field_size, emb_dim and"
              + " deep_layer_dim");
    }
    return load(chain(manifest), settings);
  }

  private WideDeepModel load(List<Manifest> chain, LearnerSettings settings) {
    Manifest manifest = chain.get(chain.size() - 1);
    try {
      DenseState dense =
          ModelFiles.readDense(files, manifest.dense(), manifest.shape(), manifest.step());
      WideDeepModel model = new WideDeepModel(settings, dense);
      for (Manifest link : chain) {
        applyRows(link, settings.shape().rowWidth(), model.table());
      }
      if (model.table().size() != manifest.rowCount()) {
        throw new StoreException(
            "Version "
                + manifest.version()
                + " in "
                + location()
                + " should have "
                + manifest.rowCount()
                + " rows, but its files have "
                + model.table().size());
      }
      return model;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void applyRows(Manifest link, int width, EmbeddingTable table) throws IOException {
    if (link.evicted() != null) {
      ModelFiles.removeEvicted(files, link.evicted(), table);
    }
    ModelFiles.readRows(files, link.rows(), width, table, link.full());
  }

  /** Whether {@code version} came of {@code earlier} by learning, without a way back between. */
  public boolean descends(Manifest version, Manifest earlier) {
    return earlier.version() <= version.version()
        && earlier.epoch() <= version.epoch()
        && epochs().stream()
            .filter(e -> e.epoch() > earlier.epoch() && e.epoch() <= version.epoch())
            .allMatch(e -> earlier.version() <= e.baseVersion());
  }

  /**
   * Brings rows to a version.
   *
   * @param held the version whose rows {@code table} has, of which {@code manifest} {@linkplain
   *     #descends descends}; null for an empty table
   * @param table rows as in {@link io.rivulet.trainer.model.RowLayout}, or only the first floats of
   *     each
   * @throws StoreException if a file is missing or damaged; the table is of no use then
   */
  public void readRows(Manifest manifest, Manifest held, EmbeddingTable table) {
    try {
      for (Manifest link : chain(manifest)) {
        // A snapshot has the rows of all before.
        if (held == null || link.version() > held.version()) {
          applyRows(link, manifest.shape().rowWidth(), table);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads the tower and the wide bias of a version, without optimizer state.
   *
   * @throws StoreException if the file is missing or damaged
   */
  public TowerParameters readTower(Manifest manifest) {
    try {
      return ModelFiles.readTower(files, manifest.dense(), manifest.shape(), manifest.step());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Loads the newest version.
   *
   * @param settings the settings to go on with; their shape must be the version's
   * @return empty for a store without versions
   * @throws StoreException if it is damaged; the message names the version to roll back to
   */
  public Optional<WideDeepModel> loadNewest(LearnerSettings settings) {
    return orWayBack(() -> newest().map(manifest -> load(manifest, settings)));
  }

  /** Adds to what is wrong with the newest version how to go on. */
  <T> T orWayBack(Supplier<T> newest) {
    try {
      return newest.get();
    } catch (StoreException e) {
      throw newestWhole()
          .map(
              whole ->
                  new StoreException(
                      String.format(
                          "%s; version %d is the newest that is whole: `store rollback %d` goes"
                              + " back to it",
                          e.getMessage(), whole, whole),
                      e))
          .orElse(e);
    }
  }

  /** The newest version before the newest that is whole. */
  private Optional<Long> newestWhole() {
    try {
      List<Numbered> names = manifestNames();
      for (int i = names.size() - 2; i >= 0; i--) {
        if (isWhole(names.get(i))) {
          return Optional.of(names.get(i).number());
        }
      }
    } catch (StoreException e) {
      // Without its epochs' records nothing tells which versions count.
    }
    return Optional.empty();
  }

  private boolean isWhole(Numbered name) {
    try {
      requireWhole(manifest(name));
      return true;
    } catch (StoreException e) {
      return false;
    }
  }

  /** Reads all that a version needs: its model and its ledger. */
  void requireWhole(Manifest manifest) {
    load(manifest, epoch(manifest.epoch()).learner());
    ledger(manifest);
  }

  /** A version's manifests from its snapshot on. */
  private List<Manifest> chain(Manifest manifest) {
    List<Manifest> before =
        manifestNames().stream()
            .filter(n -> n.number() >= manifest.snapshot() && n.number() < manifest.version())
            .map(this::manifest)
            .toList();
    return chain(manifest, before);
  }

  /** The same, of manifests that were read. */
  private List<Manifest> chain(Manifest manifest, List<Manifest> versions) {
    List<Manifest> chain = new ArrayList<>();
    versions.stream()
        .filter(v -> v.version() >= manifest.snapshot() && v.version() < manifest.version())
        .forEach(chain::add);
    chain.add(manifest);
    for (int i = 0; i < chain.size(); i++) {
      if (chain.get(i).version() != manifest.snapshot() + i
          || chain.get(i).snapshot() != manifest.snapshot()) {
        throw new StoreException(
            "Version "
                + manifest.version()
                + " builds on version "
                + (manifest.snapshot() + i)
                + ", whose manifest is missing from "
                + location());
      }
    }
    return chain;
  }

  /**
   * Copies a version, and what it builds on, to a store of its own: from there it can be scored,
   * replayed and trained on.
   *
   * @throws StoreException if {@code location} holds a store already
   */
  public void copyTo(Manifest manifest, String location) {
    try {
      StoreFiles target = new StoreFiles(location, files.hadoop());
      if (!target.list(StoreNames.EPOCHS).isEmpty()) {
        throw new StoreException(target.root() + " holds a model store already");
      }
      List<Manifest> chain = chain(manifest);
      for (Manifest link : chain) {
        for (DataFile file : link.files()) {
          copy(target, file.path());
        }
      }
      for (String epoch : files.list(StoreNames.EPOCHS)) {
        copy(target, StoreNames.EPOCHS + "/" + epoch);
      }
      Set<String> published = publishedNames();
      for (Manifest link : chain) {
        if (published.contains(StoreNames.fileName(link))) {
          copy(target, StoreNames.publication(link.version(), link.epoch()));
        }
      }
      if (!isPublished(manifest)) {
        // Whoever copies a version wants that one.
        Publication record =
            new Publication(
                FORMAT,
                manifest.version(),
                manifest.epoch(),
                manifest.quality(),
                manifest.committedAt());
        target.copy(
            new ByteArrayInputStream(StoreJson.toRecord(record)),
            StoreNames.publication(manifest.version(), manifest.epoch()));
      }
      // Last, as in a commit: only a manifest makes data visible.
      for (Manifest link : chain) {
        copy(target, StoreNames.manifest(link.version(), link.epoch()));
      }
    } catch (IOException e) {
      throw new StoreException("Can't copy to " + location + ": " + e.getMessage(), e);
    }
  }

  private void copy(StoreFiles target, String path) throws IOException {
    try (InputStream in = files.open(path)) {
      target.copy(in, path);
    }
  }

  /**
   * Every window that a version has learned, from window 1 on.
   *
   * @throws StoreException if a window or an offset is missing, or there twice
   */
  public List<TrainedWindow> ledger(Manifest manifest) {
    return ledger(chain(manifest));
  }

  private List<TrainedWindow> ledger(List<Manifest> chain) {
    try {
      List<TrainedWindow> windows = new ArrayList<>();
      for (LedgerSegment segment : chain.get(0).ledger()) {
        windows.addAll(readSegment(segment));
      }
      windows.addAll(windowsSinceSnapshot(chain));
      OffsetLedger.check(location(), windows, chain.get(chain.size() - 1));
      return windows;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The windows that a version adds to those of its snapshot. */
  List<TrainedWindow> windowsSinceSnapshot(Manifest manifest) {
    return windowsSinceSnapshot(chain(manifest));
  }

  private static List<TrainedWindow> windowsSinceSnapshot(List<Manifest> chain) {
    return chain.stream().skip(1).flatMap(link -> link.windows().stream()).toList();
  }

  List<TrainedWindow> readSegment(LedgerSegment segment) throws IOException {
    String path = segment.file().path();
    ModelFiles.verify(files, segment.file());
    List<TrainedWindow> windows = StoreJson.readLines(files.read(path), TrainedWindow.class, path);
    boolean named =
        windows.size() == segment.windows()
            && windows.get(0).plan().window() == segment.firstWindow();
    requireNamed(path, named);
    return windows;
  }

  /** Plans that no version has in yet, in order; they are trained before anything new. */
  public List<WindowPlan> openPlans() {
    try {
      long committed = newest().map(Manifest::lastWindow).orElse(0L);
      List<WindowPlan> plans = new ArrayList<>();
      for (Numbered name : valid(StoreNames.PLANS, Epoch::baseWindow)) {
        if (name.number() == committed + plans.size() + 1) {
          plans.add(plan(name));
        }
      }
      return plans;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private WindowPlan plan(Numbered name) throws IOException {
    String path = StoreNames.PLANS + "/" + name.name();
    int format = epoch(name.epoch()).format();
    WindowPlan plan = StoreJson.readRecord(files.read(path), format, WindowPlan.class, path);
    requireNamed(path, plan.window() == name.number() && plan.epoch() == name.epoch());
    return plan;
  }

  private List<Numbered> manifestNames() {
    try {
      return valid(StoreNames.MANIFESTS, Epoch::baseVersion);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The names in a folder that no later epoch has made void; each number once. */
  private List<Numbered> valid(String folder, ToLongFunction<Epoch> base) throws IOException {
    List<Numbered> named =
        StoreNames.numbered(files.list(folder)).stream().filter(Numbered::complete).toList();
    if (named.isEmpty()) {
      return named;
    }
    List<Epoch> epochs = epochs();
    List<Numbered> valid =
        named.stream()
            .filter(
                name ->
                    epochs.stream()
                        .filter(e -> e.epoch() > name.epoch())
                        .allMatch(e -> name.number() <= base.applyAsLong(e)))
            .toList();
    for (int i = 1; i < valid.size(); i++) {
      if (valid.get(i).number() == valid.get(i - 1).number()) {
        throw new StoreException(
            location()
                + " is damaged: both "
                + valid.get(i - 1).name()
                + " and "
                + valid.get(i).name()
                + " count");
      }
    }
    return valid;
  }

  private Manifest manifest(Numbered name) {
    String path = StoreNames.MANIFESTS + "/" + name.name();
    try {
      Manifest manifest = StoreJson.readRecord(files.read(path), Manifest.class, path);
      requireNamed(path, manifest.version() == name.number() && manifest.epoch() == name.epoch());
      return manifest;
    } catch (FileNotFoundException e) {
      throw new StoreException(
          "Version " + name.number() + " was dropped while it was being read; try again", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Checks everything: each file's length and SHA-256, each chain, and that the newest version's
   * ledger has every window once with every offset in it once.
   *
   * @return what was checked
   * @throws StoreException at the first thing that is wrong
   */
  public Verification verify() {
    List<Manifest> manifests = versions();
    long bytes = 0;
    try {
      Set<String> seen = new HashSet<>();
      for (Manifest manifest : manifests) {
        chain(manifest, manifests);
        for (DataFile file : manifest.files()) {
          if (seen.add(file.path())) {
            ModelFiles.verify(files, file);
            bytes += file.bytes();
          }
        }
      }
      if (manifests.isEmpty()) {
        return new Verification(0, 0, 0, 0, 0, 0);
      }
      Manifest newest = manifests.get(manifests.size() - 1);
      List<Manifest> chain = chain(newest, manifests);
      load(chain, epoch(newest.epoch()).learner());
      List<TrainedWindow> ledger = ledger(chain);
      return new Verification(
          manifests.size(),
          seen.size(),
          bytes,
          ledger.stream().mapToLong(TrainedWindow::trained).sum(),
          ledger.stream().mapToLong(TrainedWindow::quarantined).sum(),
          ledger.stream().mapToLong(TrainedWindow::sampledOut).sum());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What {@link #verify} went through. */
  public record Verification(
      int versions, int files, long bytes, long trained, long quarantined, long sampledOut) {}
}
