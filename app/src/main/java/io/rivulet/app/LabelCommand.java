package io.rivulet.app;

import io.rivulet.app.kafka.Topics;
import io.rivulet.app.label.LabelJob;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.source.StopSignal;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "label",
    mixinStandardHelpOptions = true,
    description = {
      "Makes click events of a topic of impressions and a topic of clicks, for `train` to learn.",
      "An impression with a click within label.horizon_seconds is a positive, one without is a"
          + " negative when that time has passed. Each is written once, also over a restart."
    })
final class LabelCommand implements Callable<Integer> {
  @Mixin private SettingsOptions options;

  @Option(
      names = "--until-idle",
      paramLabel = "SECONDS",
      defaultValue = "0",
      description = "Stop when nothing has come for so long. Default: never.")
  private long untilIdle;

  @Override
  public Integer call() {
    UserError.requireAtLeast(0, "--until-idle", untilIdle);
    Settings settings = options.settings();
    List<String> names =
        List.of(
            settings.get(Settings.LABEL_IMPRESSIONS_TOPIC),
            settings.get(Settings.LABEL_CLICKS_TOPIC),
            settings.get(Settings.KAFKA_TOPIC));
    if (Set.copyOf(names).size() < names.size()) {
      throw new UserError(
          "label.impressions_topic, label.clicks_topic and kafka.topic must be three topics, not "
              + names);
    }
    try (Topics topics = new Topics(settings.kafka())) {
      names.forEach(topics::partitions);
    }
    StopSignal stop = new StopSignal(0, Duration.ofSeconds(untilIdle));
    StopOnSignal.install(stop, System.out::println);
    try (SparkSession spark = Sessions.create("label")) {
      LabelJob job = new LabelJob(spark, settings, System.out::println);
      job.run(stop);
      System.out.println(job.summary());
    }
    return 0;
  }
}
