package io.rivulet.app;

import io.rivulet.app.kafka.StartFrom;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.source.EventFiles;
import io.rivulet.app.source.StopSignal;
import io.rivulet.app.train.TrainingRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    description = {
      "Learns from click events as they come, and commits a version after every window.",
      "Goes on where the store stands. On SIGTERM or Ctrl-C stops after the windows that were begun,"
          + " five at most."
    })
final class TrainCommand implements Callable<Integer> {
  enum Source {
    KAFKA,
    FILES
  }

  @Mixin private SettingsOptions options;
  @Mixin private StoreOption store;

  @Option(
      names = "--source",
      defaultValue = "kafka",
      description = "kafka (kafka.topic) or files: ${COMPLETION-CANDIDATES}.")
  private Source source;

  @Parameters(
      paramLabel = "FILE",
      arity = "0..*",
      description = "With --source files: events, plain or gzip, in the order of their names.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--from",
      paramLabel = "WHERE",
      defaultValue = "store",
      description = {
        "Where partitions begin of which the store has nothing yet: store or earliest (the first"
            + " event held), latest, or a time such as 2026-11-24T08:00:00Z. All others go on where"
            + " the store stands."
      })
  private String from;

  @Option(
      names = "--history",
      paramLabel = "FILE",
      arity = "1..*",
      description =
          "Warm start: learn these files first, then Kafka; what the store has is skipped.")
  private List<Path> history = new ArrayList<>();

  @Option(
      names = "--until-idle",
      paramLabel = "SECONDS",
      defaultValue = "0",
      description = "Stop when nothing has come for so long. Default: never.")
  private long untilIdle;

  @Option(
      names = "--max-batches",
      paramLabel = "N",
      defaultValue = "0",
      description = "Stop after N windows. Default: never.")
  private long maxBatches;

  @Option(
      names = "--warm",
      paramLabel = "ROWS",
      defaultValue = "0",
      description = "First rows that the quality figures of the summary leave out.")
  private long warm;

  @Override
  public Integer call() {
    UserError.requireAtLeast(0, "--until-idle", untilIdle);
    UserError.requireAtLeast(0, "--max-batches", maxBatches);
    UserError.requireAtLeast(0, "--warm", warm);
    Settings settings = store.in(options.settings());
    StartFrom start = StartFrom.parse(from);
    if (source == Source.KAFKA && !files.isEmpty()) {
      throw new UserError("Files are read with --source files, or before Kafka with --history");
    }
    if (source == Source.FILES && !history.isEmpty()) {
      throw new UserError(
          "--history is read before Kafka; with --source files just list all files");
    }
    List<String> paths = source == Source.FILES ? EventFiles.resolve(files) : List.of();
    List<String> past = history.isEmpty() ? List.of() : EventFiles.resolve(history);
    StopSignal stop = new StopSignal(maxBatches, Duration.ofSeconds(untilIdle));
    StopOnSignal.install(stop, System.out::println);
    try (SparkSession spark = Sessions.create("train")) {
      TrainingRun run = new TrainingRun(spark, settings, warm, System.out::println);
      System.out.println(
          source == Source.FILES ? run.fromFiles(paths, stop) : run.fromKafka(past, start, stop));
    }
    return 0;
  }
}
