package io.rivulet.app;

import static org.apache.spark.sql.functions.col;

import io.rivulet.app.settings.Settings;
import io.rivulet.app.source.EventFiles;
import io.rivulet.app.train.FeatureStage;
import io.rivulet.features.ClickFeatures;
import io.rivulet.features.ClickFeaturesModel;
import io.rivulet.features.RawEvents;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "prepare",
    mixinStandardHelpOptions = true,
    description = {
      "Fits the features on files: the range of each dense field, and the categories seen more"
          + " than features.min_count times.",
      "Writes them to features.path, from where train takes them; a store keeps a copy."
    })
final class PrepareCommand implements Callable<Integer> {
  @Mixin private SettingsOptions options;

  @Parameters(
      paramLabel = "FILE",
      arity = "1..*",
      description = "Events, plain or gzip; streamed, however large.")
  private List<Path> files;

  @Option(names = "--overwrite", description = "Replace features that are there already.")
  private boolean overwrite;

  @Override
  public Integer call() throws IOException {
    Settings settings = options.settings();
    String path = settings.get(Settings.FEATURES_PATH);
    if (path.isEmpty()) {
      throw new UserError("Where to? Set features.path, for example --set features.path=features");
    }
    List<String> paths = EventFiles.resolve(files);
    try (SparkSession spark = Sessions.create("prepare");
        Progress progress = new Progress(spark, System.out::println)) {
      Dataset<Row> parsed =
          FeatureStage.parsed(
              FileEvents.read(spark, paths),
              settings.get(Settings.EVENT_MAX_BYTES),
              ClickFeaturesModel.unfitted());
      ClickFeaturesModel model =
          new ClickFeatures()
              .setScaling(settings.get(Settings.FEATURES_SCALING))
              .setVocabulary(settings.get(Settings.FEATURES_VOCABULARY))
              .setMinCount(settings.get(Settings.FEATURES_MIN_COUNT))
              .fit(parsed);
      long refused = parsed.filter(col(RawEvents.REASON).isNotNull()).count();
      if (overwrite) {
        model.write().overwrite().save(path);
      } else {
        save(model, path);
      }
      System.out.printf(
          "Features %s: %,d keys, %,d events refused; in %s%n",
          model.version(), model.vocabulary().length, refused, path);
    }
    return 0;
  }

  private static void save(ClickFeaturesModel model, String path) throws IOException {
    try {
      model.write().save(path);
    } catch (IOException e) {
      if (String.valueOf(e.getMessage()).contains("already exists")) {
        throw new UserError(path + " exists; choose another features.path or give --overwrite", e);
      }
      throw e;
    }
  }
}
