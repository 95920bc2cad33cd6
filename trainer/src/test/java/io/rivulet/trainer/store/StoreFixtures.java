package io.rivulet.trainer.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.trainer.metrics.Quality;
import io.rivulet.trainer.model.Activation;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.EmbeddingTable;
import io.rivulet.trainer.model.Initializer;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.ModelShape;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.optim.Adam;
import io.rivulet.trainer.optim.Ftrl;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;

/** Small stores, and a run that fills them. */
final class StoreFixtures {
  static final String TOPIC = "clicks";
  static final String FEATURES = "criteo-log1p-dynamic-0123456789ab";
  static final int MAX_EVENT_BYTES = 1 << 20;
  static final int RACES = 30;

  /** Offsets of a window in partition 0 and in partition 1. */
  static final int[] WINDOW = {10, 5};

  /** Events of a window; one of its 15 offsets holds none. */
  static final int TRAINED = 13;

  static final int QUARANTINED = 1;

  /** As of labels of one class: some figures aren't defined. */
  static final Quality QUALITY = new Quality(TRAINED, Double.NaN, 0.1 + 0.2, Double.NaN, 1e-9);

  private StoreFixtures() {}

  static LearnerSettings settings() {
    return settings(2);
  }

  static LearnerSettings settings(int embDim) {
    Initializer normal = new Initializer(Initializer.Kind.NORMAL, 0f, 0f);
    return new LearnerSettings(
        new ModelShape(3, embDim, List.of(4), Activation.RELU),
        normal,
        normal,
        normal,
        new Adam(3.5e-4f, 0.9f, 0.999f, 1e-8f),
        new Ftrl(5e-2f, 1e-8f, 1e-8f, 1f, Ftrl.Reduction.MEAN),
        0f,
        1f,
        10,
        2,
        1,
        LearnerSettings.EmbeddingMerge.SUM,
        LearnerSettings.TowerKind.BLAS,
        7,
        new Initializer(Initializer.Kind.ZERO, 0f, 0f),
        LearnerSettings.TowerMerge.MEAN,
        LearnerSettings.Engine.SPARSE,
        0f,
        false,
        0,
        1f,
        1);
  }

  static ModelStore read(Path directory) {
    return ModelStore.open(directory.toString(), new Configuration());
  }

  static Training train(Path directory, int snapshotEvery, int keepMax) {
    return train(directory.toString(), new Configuration(), snapshotEvery, keepMax);
  }

  static EpochTerms terms(LearnerSettings learner, String featureVersion) {
    return new EpochTerms(learner, featureVersion, MAX_EVENT_BYTES, "tsv", "tsv");
  }

  static Training train(String location, Configuration hadoop, int snapshotEvery, int keepMax) {
    return new Training(
        StoreWriter.open(
            location, hadoop, OpenMode.GO_ON, terms(settings(), FEATURES), snapshotEvery, keepMax));
  }

  /** One window's ranges from where {@code offsets} stand. */
  static List<OffsetRange> nextRanges(List<PartitionOffset> offsets) {
    List<OffsetRange> ranges = new ArrayList<>();
    for (int partition = 0; partition < WINDOW.length; partition++) {
      long from = offsets.isEmpty() ? 0 : offsets.get(partition).next();
      ranges.add(new OffsetRange(TOPIC, partition, from, from + WINDOW[partition]));
    }
    return ranges;
  }

  /** Names of the files in a folder. */
  static TreeSet<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      TreeSet<String> names = new TreeSet<>();
      files.forEach(file -> names.add(file.getFileName().toString()));
      return names;
    }
  }

  /** Names of the data files that a store's versions name. */
  static TreeSet<String> namedData(ModelStore store) {
    TreeSet<String> names = new TreeSet<>();
    for (Manifest manifest : store.versions()) {
      manifest.files().forEach(file -> names.add(file.path().substring("data/".length())));
    }
    return names;
  }

  /** Replaces text in a record that has it, and seals the record again. */
  static void edit(Path record, String from, String to) throws IOException {
    String text = open(record);
    assertThat(text).contains(from);
    Files.write(record, StoreJson.seal(text.replace(from, to).getBytes(StandardCharsets.UTF_8)));
  }

  /** A record without its seal and its last brace. */
  private static String open(Path record) throws IOException {
    String text = Files.readString(record, StandardCharsets.UTF_8);
    return text.substring(0, text.lastIndexOf(",\"sha256\""));
  }

  /** Fields that format 1 doesn't have, none of them the first of its object. */
  private static final List<String> LATER =
      List.of(
          "gated",
          "arrivingNegatives",
          "maxLoss",
          "mixedPrecision",
          "maxRows",
          "admitRate",
          "admitAfter",
          "wideFields",
          "evicted",
          "negativeRate",
          "sampledOut",
          "towerMerge",
          "engine");

  /** Makes records what format 1 has: without seal and later fields, and a plan on one line. */
  static void toFormat1(Path directory) throws IOException {
    for (String folder : List.of(StoreNames.EPOCHS, StoreNames.MANIFESTS, StoreNames.PLANS)) {
      for (String name : names(directory.resolve(folder))) {
        Path record = directory.resolve(folder).resolve(name);
        if (name.endsWith(".json")) {
          String text = open(record).replace("\"format\" : 3,", "\"format\" : 1,") + "\n}";
          for (String later : LATER) {
            text = text.replaceAll(",\\s*\"" + later + "\" : [^,\\s}]+", "");
          }
          Files.writeString(record, folder.equals(StoreNames.PLANS) ? oneLine(text) : text);
        }
      }
    }
  }

  private static String oneLine(String json) {
    return json.replaceAll("\\s", "");
  }

  /** Changes one byte of a file. */
  static void damage(Path file, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at] = (byte) ~bytes[at];
    Files.write(file, bytes);
  }

  /**
   * Lets two threads race to put each of {@link #RACES} files: one must win, and its content stay.
   */
  static void assertEachFileHasOneWinner(StoreFiles files) throws Exception {
    CyclicBarrier start = new CyclicBarrier(2);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      for (int i = 0; i < RACES; i++) {
        String path = "races/race" + i;
        Future<Boolean> first = threads.submit(() -> put(files, path, "first", start));
        Future<Boolean> second = threads.submit(() -> put(files, path, "second", start));
        boolean firstWon = first.get();
        assertThat(second.get()).as(path).isNotEqualTo(firstWon);
        assertThat(files.read(path))
            .asString(StandardCharsets.UTF_8)
            .isEqualTo(firstWon ? "first" : "second");
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(files.list("races")).hasSize(RACES);
  }

  private static boolean put(StoreFiles files, String path, String content, CyclicBarrier start)
      throws Exception {
    start.await();
    return files.putIfAbsent(path, content.getBytes(StandardCharsets.UTF_8));
  }

  /** A run on a store, from its newest version on; its model changes at random. */
  static final class Training {
    final StoreWriter writer;
    final WideDeepModel model;
    private final Random random;

    /** Rows that the last commit changed. */
    private int[] changed = new int[0];

    Training(StoreWriter writer) {
      this.writer = writer;
      this.model =
          writer
              .newest()
              .map(manifest -> writer.store().load(manifest, settings()))
              .orElseGet(() -> new WideDeepModel(settings()));
      this.random = new Random(writer.epoch().epoch());
    }

    int changedRows() {
      return changed.length;
    }

    WindowPlan plan() {
      return writer.plan("kafka", nextRanges(writer.plannedOffsets()));
    }

    Manifest commit() {
      return commit(List.of(plan()));
    }

    Manifest commit(List<WindowPlan> plans) {
      change();
      return writer.commit(model, changed, windows(plans), QUALITY);
    }

    /** Learns a window, and takes the copy that its commit will write. */
    PendingVersion prepare() {
      List<WindowPlan> plans = List.of(plan());
      change();
      return writer.prepare(model, changed, new long[0], windows(plans), QUALITY);
    }

    private List<TrainedWindow> windows(List<WindowPlan> plans) {
      return plans.stream()
          .map(p -> new TrainedWindow(p, writer.epoch().epoch(), TRAINED, QUARANTINED))
          .toList();
    }

    List<Manifest> commitTimes(int times) {
      return Stream.generate(this::commit).limit(times).toList();
    }

    void change() {
      EmbeddingTable table = model.table();
      TreeSet<Integer> rows = new TreeSet<>();
      for (int i = 0; i < 5; i++) {
        rows.add(table.add(random.nextLong()));
        rows.add(random.nextInt(table.size()));
      }
      for (int row : rows) {
        float[] values = new float[table.rowWidth()];
        fill(values);
        table.write(row, values, 0);
      }
      DenseState dense = model.dense();
      fill(dense.tower);
      fill(dense.moment1);
      fill(dense.moment2);
      fill(dense.wideBias);
      dense.step++;
      changed = rows.stream().mapToInt(Integer::intValue).toArray();
    }

    private void fill(float[] values) {
      for (int i = 0; i < values.length; i++) {
        values[i] = random.nextFloat() - 0.5f;
      }
    }
  }
}
