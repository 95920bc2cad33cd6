package io.rivulet.app;

import static org.apache.spark.sql.functions.col;

import io.rivulet.app.settings.Settings;
import io.rivulet.app.source.EventFiles;
import io.rivulet.features.ClickFeatures;
import io.rivulet.features.ClickFeaturesModel;
import io.rivulet.features.EventParser;
import io.rivulet.features.MindRecDictionaries;
import io.rivulet.features.RawEvents;
import io.rivulet.features.Schema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
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
          + " than features.min_count times; or, with --from-pickles, takes both from MindRec's"
          + " dictionaries.",
      "Writes them to features.path, from where train takes them; a store keeps a copy."
    })
final class PrepareCommand implements Callable<Integer> {
  @Mixin private SettingsOptions options;

  @Parameters(
      paramLabel = "FILE",
      arity = "0..*",
      description = "Events, plain or gzip; streamed, however large.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--from-pickles",
      paramLabel = "DIR",
      description =
          "Directory of MindRec's all_val_max_dict.pkl, all_val_min_dict.pkl and cat2id_dict.pkl.")
  private Path pickles;

  @Option(names = "--max-dict", paramLabel = "FILE", description = "Instead of the one in DIR.")
  private Path maxDict;

  @Option(names = "--min-dict", paramLabel = "FILE", description = "Instead of the one in DIR.")
  private Path minDict;

  @Option(names = "--map-dict", paramLabel = "FILE", description = "Instead of the one in DIR.")
  private Path mapDict;

  @Option(names = "--overwrite", description = "Replace features that are there already.")
  private boolean overwrite;

  @Override
  public Integer call() throws IOException {
    Settings settings = options.settings();
    String path = settings.get(Settings.FEATURES_PATH);
    if (path.isEmpty()) {
      throw new UserError("Where to? Set features.path, for example --set features.path=features");
    }
    boolean imported = pickles != null || maxDict != null || minDict != null || mapDict != null;
    if (imported && !files.isEmpty()) {
      throw new UserError("The features come from files or from pickles, not from both");
    }
    if (imported && settings.schema().crosses() > 0) {
      throw new UserError(
          "MindRec's pickles know no pairs of values: features.crosses must be empty with them");
    }
    List<String> paths = imported ? List.of() : EventFiles.resolve(files);
    MindRecDictionaries dictionaries = imported ? dictionaries(settings.schema()) : null;
    try (SparkSession spark = Sessions.create("prepare");
        Progress progress = new Progress(spark, System.out::println)) {
      ClickFeaturesModel model;
      String refused = "";
      if (imported) {
        model = ClickFeaturesModel.imported(settings.schema(), dictionaries);
      } else {
        Dataset<Row> parsed =
            EventParser.parsed(
                FileEvents.read(spark, paths),
                settings.schema(),
                settings.fileFormat(),
                settings.get(Settings.EVENT_MAX_BYTES));
        model =
            new ClickFeatures()
                .setSchema(settings.schema())
                .setVocabulary(settings.get(Settings.FEATURES_VOCABULARY))
                .setMinCount(settings.get(Settings.FEATURES_MIN_COUNT))
                .fit(parsed);
        refused =
            String.format(
                ", %,d events refused", parsed.filter(col(RawEvents.REASON).isNotNull()).count());
      }
      if (overwrite) {
        model.write().overwrite().save(path);
      } else {
        save(model, path);
      }
      System.out.printf(
          "Features %s: %,d keys%s; in %s%n",
          model.version(), model.fitted().vocabulary().length, refused, path);
    }
    return 0;
  }

  private MindRecDictionaries dictionaries(Schema schema) {
    try {
      return MindRecDictionaries.read(
          pickle(maxDict, "all_val_max_dict.pkl"),
          pickle(minDict, "all_val_min_dict.pkl"),
          pickle(mapDict, "cat2id_dict.pkl"),
          names(schema, Schema.Kind.DENSE),
          names(schema, Schema.Kind.CATEGORICAL));
    } catch (IllegalArgumentException e) {
      throw new UserError(e.getMessage(), e);
    }
  }

  private Path pickle(Path given, String name) {
    return given != null ? given : (pickles == null ? Path.of("") : pickles).resolve(name);
  }

  private static Set<String> names(Schema schema, Schema.Kind kind) {
    return schema.fields().stream()
        .filter(field -> field.kind() == kind)
        .map(Schema.Field::name)
        .collect(Collectors.toSet());
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
