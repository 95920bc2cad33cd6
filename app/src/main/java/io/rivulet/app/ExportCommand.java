package io.rivulet.app;

import io.rivulet.app.settings.Settings;
import io.rivulet.app.train.EmbeddingRows;
import io.rivulet.scorer.StoreFeatures;
import io.rivulet.trainer.dl4j.Dl4jExport;
import io.rivulet.trainer.export.OnnxExport;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.store.Epoch;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    description = {
      "Writes a version for other programs; see docs/serving.md for their inputs.",
      "onnx: a graph with keys, embeddings and tower. dl4j: a ComputationGraph's zip, and beside it"
          + " FILE.keys, the key of each id. parquet: a directory of keys with their wide weights and"
          + " embeddings."
    })
final class ExportCommand implements Callable<Integer> {
  enum Form {
    ONNX,
    DL4J,
    PARQUET
  }

  @Mixin private SettingsOptions options;
  @Mixin private StoreOption store;

  @Parameters(index = "0", paramLabel = "FORM", description = "${COMPLETION-CANDIDATES}.")
  private Form form;

  @Parameters(index = "1", paramLabel = "FILE", description = "Where to; it must not exist.")
  private Path target;

  @Option(
      names = "--version-number",
      paramLabel = "N",
      description = "Default: the one that is served, or the newest.")
  private Long version;

  @Override
  public Integer call() throws IOException {
    if (Files.exists(target)) {
      throw new UserError(target + " exists already; give another name");
    }
    ModelStore models =
        ModelStore.open(store.in(options.settings()).get(Settings.STORE_PATH), Sessions.hadoop());
    Manifest manifest =
        version == null
            ? models.newestPublished().orElseGet(() -> EvaluateCommand.newest(models))
            : models.version(version);
    Epoch epoch = models.epoch(manifest.epoch());
    WideDeepModel model = models.load(manifest, epoch.learner());
    boolean pooled =
        StoreFeatures.of(models.location(), epoch, Sessions.hadoop()).spec().schema().pooled();
    try {
      write(model, pooled);
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new UserError(e.getMessage(), e);
    } catch (IOException e) {
      throw new UserError("Can't write " + target + ": " + e, e);
    }
    System.out.printf(
        "Version %d, %,d rows, is in %s%n", manifest.version(), model.table().size(), target);
    return 0;
  }

  private void write(WideDeepModel model, boolean pooled) throws IOException {
    switch (form) {
      case ONNX -> {
        try (OutputStream out = file(unfinished(target))) {
          OnnxExport.write(model, pooled, out);
        }
        Files.move(unfinished(target), target);
      }
      case DL4J -> {
        if (pooled || model.settings().shape().wideFields() > 0) {
          throw new UserError(
              "DL4J's layers take one key a field, and all fields in both parts; export as onnx");
        }
        Path keys = target.resolveSibling(target.getFileName() + ".keys");
        try (OutputStream zip = file(unfinished(target));
            OutputStream lines = file(keys)) {
          Dl4jExport.write(model, zip, lines);
        }
        Files.move(unfinished(target), target);
      }
      case PARQUET -> {
        try (SparkSession spark = Sessions.create("export")) {
          EmbeddingRows.write(spark, model, target.toAbsolutePath().toUri().toString());
        }
      }
    }
  }

  private static OutputStream file(Path path) throws IOException {
    return new BufferedOutputStream(Files.newOutputStream(path));
  }

  /** A file gets its name when it is whole. */
  private static Path unfinished(Path path) {
    return path.resolveSibling(path.getFileName() + ".tmp");
  }
}
