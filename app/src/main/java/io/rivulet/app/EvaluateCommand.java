package io.rivulet.app;

import io.rivulet.app.serve.ServingComparison;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.source.EventFiles;
import io.rivulet.app.train.FeatureStage;
import io.rivulet.app.train.Report;
import io.rivulet.scorer.EventScorer;
import io.rivulet.trainer.averaging.Predictor;
import io.rivulet.trainer.metrics.QualityMeter;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.spark.ExampleReader;
import io.rivulet.trainer.store.Epoch;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.StoreException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    description = {
      "Scores files with a stored model, without learning.",
      "The last line is JSON: AUC, logloss, normalized entropy, calibration."
    })
final class EvaluateCommand implements Callable<Integer> {
  private static final int BLOCK_ROWS = 10_000;
  private static final double MOST_DIFFERENT = 1e-6;

  @Mixin private SettingsOptions options;
  @Mixin private StoreOption store;

  @Parameters(paramLabel = "FILE", arity = "1..*", description = "Events, plain or gzip.")
  private List<Path> files;

  @Option(
      names = "--version-number",
      paramLabel = "N",
      description = "The version to score with. Default: the newest.")
  private Long version;

  @Option(
      names = "--compare-serving",
      description = {
        "Instead compares what training and what serving make of the events, with the version that"
            + " is served: keys and weights to the bit, and probabilities.",
        "Exit code 1 if any differ, probabilities by more than 0.000001."
      })
  private boolean compareServing;

  @Override
  public Integer call() {
    Settings settings = store.in(options.settings());
    List<String> paths = EventFiles.resolve(files);
    try (SparkSession spark = Sessions.create("evaluate")) {
      ModelStore models =
          ModelStore.open(
              settings.get(Settings.STORE_PATH), spark.sparkContext().hadoopConfiguration());
      if (compareServing) {
        compare(spark, settings, models, paths);
        return 0;
      }
      Manifest manifest = version == null ? newest(models) : models.version(version);
      Epoch epoch = models.epoch(manifest.epoch());
      WideDeepModel model = models.load(manifest, epoch.learner());
      FeatureStage features = FeatureStage.ofEpoch(spark, models.location(), epoch);
      if (!settings.get(Settings.FILE_FORMAT).isEmpty()) {
        features = features.withFileForm(settings.fileFormat());
      }
      QualityMeter meter = new QualityMeter();
      try (Predictor predictor = new Predictor(model, features.admission())) {
        long refused =
            ExampleReader.forEachBlock(
                features.fileExamples(FileEvents.read(spark, paths)),
                features.model().fieldCount(),
                BLOCK_ROWS,
                block -> meter.add(block.labels(), predictor.predict(block), 0));
        if (meter.quality().rows() == 0 && refused > 0) {
          throw new UserError(
              String.format(
                  "None of the %,d events can be read as %s; is file.format right?",
                  refused, features.fileForm().name().toLowerCase(Locale.ROOT)));
        }
        System.out.println(
            new Report()
                .put("version", manifest.version())
                .put("rows", meter.quality().rows())
                .put("refused", refused)
                .put(meter.quality())
                .line());
      }
    }
    return 0;
  }

  private void compare(
      SparkSession spark, Settings settings, ModelStore models, List<String> paths) {
    if (version != null) {
      throw new UserError("--compare-serving takes the version that is served, no other");
    }
    try (EventScorer scorer =
        EventScorer.open(models.location(), spark.sparkContext().hadoopConfiguration())) {
      Manifest manifest = models.version(scorer.version());
      Epoch epoch = models.epoch(manifest.epoch());
      FeatureStage features = FeatureStage.ofEpoch(spark, models.location(), epoch);
      if (!settings.get(Settings.FILE_FORMAT).isEmpty()) {
        features = features.withFileForm(settings.fileFormat());
      }
      try (Predictor predictor =
          new Predictor(models.load(manifest, epoch.learner()), features.admission())) {
        ServingComparison compared =
            new ServingComparison(spark, features, predictor, scorer)
                .compare(EventFiles.lines(paths));
        System.out.println(
            new Report()
                .put("version", manifest.version())
                .put("rows", compared.rows())
                .put("refused_by_serving", compared.refused())
                .put("different_features", compared.different())
                .put("largest_difference", (Object) compared.largestDifference())
                .line());
        if (compared.rows() == 0) {
          throw new UserError("None of the events could be compared; is file.format right?");
        }
        if (compared.different() > 0 || compared.largestDifference() > MOST_DIFFERENT) {
          throw new UserError("Serving differs from training");
        }
      }
    }
  }

  static Manifest newest(ModelStore models) {
    return models
        .newest()
        .orElseThrow(() -> new StoreException(models.location() + " has no committed version yet"));
  }
}
