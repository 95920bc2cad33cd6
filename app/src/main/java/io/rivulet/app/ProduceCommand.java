package io.rivulet.app;

import io.rivulet.app.kafka.ClickProducer;
import io.rivulet.app.kafka.EventEncoder;
import io.rivulet.app.kafka.KafkaConnection;
import io.rivulet.app.kafka.Topics;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.source.EventFiles;
import io.rivulet.features.WireForm;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "produce",
    mixinStandardHelpOptions = true,
    description = "Sends event files to a Kafka topic, which it creates where it doesn't exist.")
final class ProduceCommand implements Callable<Integer> {
  @Mixin private SettingsOptions options;

  @Parameters(
      paramLabel = "FILE",
      arity = "1..*",
      description = "One event a line, plain or gzip; sent in the order of names and lines.")
  private List<Path> files;

  @Option(names = "--topic", description = "The topic; short for --set kafka.topic=TOPIC.")
  private String topic;

  @Option(
      names = "--partitions",
      defaultValue = "1",
      description = "Partitions; event i goes to partition i modulo this. Default: 1.")
  private int partitions;

  @Option(
      names = "--partition",
      paramLabel = "N",
      description = "Send all events to this partition.")
  private Integer partition;

  @Option(
      names = "--format",
      description =
          "Form of the records: ${COMPLETION-CANDIDATES}; the files' lines are tab-separated."
              + " Default: tsv, the lines as they are.")
  private WireForm format = WireForm.TSV;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "0",
      description = "Events a second. Default: as fast as the broker takes them.")
  private int rate;

  @Override
  public Integer call() {
    UserError.requireAtLeast(1, "--partitions", partitions);
    UserError.requireAtLeast(0, "--rate", rate);
    if (partition != null && (partition < 0 || partition >= partitions)) {
      throw new UserError(
          "--partition must be from 0 to " + (partitions - 1) + "; see --partitions");
    }
    Settings settings = options.settings();
    String to = topic == null ? settings.get(Settings.KAFKA_TOPIC) : topic;
    KafkaConnection kafka = settings.kafka();
    List<String> paths = EventFiles.resolve(files);
    try (Topics topics = new Topics(kafka)) {
      topics.create(to, partitions);
    }
    try (ClickProducer producer = new ClickProducer(kafka)) {
      long total =
          producer.send(
              EventFiles.lines(paths),
              new EventEncoder(settings.schema(), format)::encode,
              to,
              sent -> partition == null ? (int) (sent % partitions) : partition,
              rate,
              () -> false,
              n -> System.out.printf("%,d events sent%n", n));
      System.out.printf("%,d events sent to %s, %d partitions%n", total, to, partitions);
    }
    return 0;
  }
}
