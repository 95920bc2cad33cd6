package io.rivulet.app.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rivulet.app.process.Scratch;
import io.rivulet.trainer.metrics.Quality;
import io.rivulet.trainer.model.Activation;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.EmbeddingTable;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.ModelShape;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.store.EpochTerms;
import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.OpenMode;
import io.rivulet.trainer.store.PartitionOffset;
import io.rivulet.trainer.store.StoreWriter;
import io.rivulet.trainer.store.TrainedWindow;
import io.rivulet.trainer.store.WindowPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;

/** The files of a small store of two epochs: snapshots, changes, ledger segments, open plans. */
final class SampleStore {
  private static final int SNAPSHOT_EVERY = 3;
  private static final int SNAPSHOTS = 2;
  private static final int WINDOW = 10;

  /** Other times would give other bytes at each run. */
  private static final String TIMES = "\"(openedAt|committedAt)\" : \"[^\"]*\"";

  private SampleStore() {}

  /** The files by their path, the same each time, all times aside that are in them. */
  static Map<String, byte[]> files(LearnerSettings defaults) {
    try (Scratch scratch = Scratch.create()) {
      Path directory = scratch.resolve("store");
      LearnerSettings learner = smallest(defaults);
      WideDeepModel model = new WideDeepModel(learner);
      for (int epoch = 0; epoch < 2; epoch++) {
        train(directory, model);
      }
      return read(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static LearnerSettings smallest(LearnerSettings s) {
    return new LearnerSettings(
        new ModelShape(2, 2, List.of(4), Activation.RELU),
        s.embInit(),
        s.weightInit(),
        s.biasInit(),
        s.adam(),
        s.ftrl(),
        s.l2Coef(),
        s.keepProb(),
        s.batchSize(),
        s.workers(),
        s.averagingFrequency(),
        s.embeddingMerge(),
        s.tower(),
        s.seed(),
        s.wideInit(),
        s.towerMerge(),
        s.engine(),
        s.maxLoss(),
        s.mixedPrecision(),
        s.maxRows(),
        s.admitRate(),
        s.admitAfter());
  }

  /** Commits versions, and leaves two planned windows. */
  private static void train(Path directory, WideDeepModel model) {
    StoreWriter writer =
        StoreWriter.open(
            directory.toString(),
            new Configuration(),
            OpenMode.GO_ON,
            new EpochTerms(model.settings(), "fuzz-dynamic-000000000000", 1 << 20, "tsv", "tsv"),
            SNAPSHOT_EVERY,
            SNAPSHOTS);
    Random random = new Random(writer.epoch().epoch());
    List<WindowPlan> open = writer.openPlans();
    for (WindowPlan plan : open.isEmpty() ? List.of(plan(writer)) : open) {
      commit(writer, model, plan, random);
    }
    commit(writer, model, plan(writer), random);
    plan(writer);
    plan(writer);
    writer.appendMetrics("{}");
  }

  private static WindowPlan plan(StoreWriter writer) {
    List<PartitionOffset> from = writer.plannedOffsets();
    long first = from.isEmpty() ? 0 : from.get(0).next();
    long second = from.isEmpty() ? 7 : from.get(1).next();
    return writer.plan(
        "kafka",
        List.of(
            new OffsetRange("clicks", 0, first, first + WINDOW),
            new OffsetRange("clicks", 1, second, second + WINDOW)));
  }

  private static void commit(
      StoreWriter writer, WideDeepModel model, WindowPlan plan, Random random) {
    EmbeddingTable table = model.table();
    TreeSet<Integer> changed = new TreeSet<>();
    for (int i = 0; i < 3; i++) {
      changed.add(table.add(random.nextLong()));
      changed.add(random.nextInt(table.size()));
    }
    float[] row = new float[table.rowWidth()];
    for (int number : changed) {
      fill(row, random);
      table.write(number, row, 0);
    }
    DenseState dense = model.dense();
    Stream.of(dense.tower, dense.moment1, dense.moment2, dense.wideBias)
        .forEach(values -> fill(values, random));
    dense.step++;
    writer.commit(
        model,
        changed.stream().mapToInt(Integer::intValue).toArray(),
        List.of(new TrainedWindow(plan, writer.epoch().epoch(), 2 * WINDOW - 1, 1)),
        new Quality(2 * WINDOW - 1, Double.NaN, 0.5, 0.9, 1));
  }

  private static void fill(float[] values, Random random) {
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat();
    }
  }

  private static Map<String, byte[]> read(Path directory) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        String path = directory.relativize(file).toString();
        byte[] content = Files.readAllBytes(file);
        files.put(path, Seal.isRecord(path) ? atFixedTimes(content) : content);
      }
    }
    return files;
  }

  private static byte[] atFixedTimes(byte[] sealed) {
    String open = new String(Seal.open(sealed), UTF_8);
    return Seal.seal(open.replaceAll(TIMES, "\"$1\" : \"2026-01-01T00:00:00Z\"").getBytes(UTF_8));
  }
}
