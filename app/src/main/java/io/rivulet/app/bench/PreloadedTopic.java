package io.rivulet.app.bench;

import io.rivulet.app.callback.Callback;
import io.rivulet.app.callback.CommittedWindow;
import io.rivulet.app.callback.RunContext;
import io.rivulet.app.kafka.ClickProducer;
import io.rivulet.app.kafka.EventEncoder;
import io.rivulet.app.kafka.KafkaConnection;
import io.rivulet.app.kafka.StartFrom;
import io.rivulet.app.kafka.Topics;
import io.rivulet.app.process.Scratch;
import io.rivulet.app.process.TalkingJvm;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.source.EventFiles;
import io.rivulet.app.source.StopSignal;
import io.rivulet.app.train.TrainingRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/**
 * A topic of one partition with all events in it, at a broker in a JVM of its own, from which a
 * model is trained as {@code train} does.
 */
final class PreloadedTopic implements AutoCloseable {
  private static final String TOPIC = "bench";
  private static final double NANO = 1e9;

  private final TalkingJvm broker;
  private final String servers;

  /** A topic with the lines of a file, in the form that the settings say. */
  PreloadedTopic(Settings settings, Path logs, Path lines) {
    broker = TalkingJvm.start(BrokerProgram.class, List.of(), List.of(logs.toString()), Map.of());
    try {
      servers = broker.answer();
      try (Topics topics = new Topics(KafkaConnection.open(servers))) {
        topics.create(TOPIC, 1);
      }
      EventEncoder encoder =
          new EventEncoder(settings.schema(), settings.get(Settings.EVENT_FORMAT));
      try (ClickProducer producer = new ClickProducer(KafkaConnection.open(servers))) {
        producer.send(
            EventFiles.lines(List.of(lines.toString())),
            encoder::encode,
            TOPIC,
            sent -> 0,
            0,
            () -> false,
            sent -> {});
      }
    } catch (RuntimeException e) {
      broker.close();
      throw e;
    }
  }

  /**
   * When windows were committed.
   *
   * @param seconds since the run was started, for each window
   */
  record Commits(List<Double> seconds) {

    /** From the start of the run to the last commit. */
    double whole() {
      return seconds.get(seconds.size() - 1);
    }

    /** From the commit of window {@code after}, counted from 1, to the last. */
    double since(int after) {
      return whole() - seconds.get(after - 1);
    }
  }

  /** Trains a new model on the first windows of the topic, and commits each. */
  Commits train(SparkSession spark, Settings settings, int windowRows, int windows) {
    try (Scratch scratch = Scratch.create()) {
      Settings run =
          settings
              .withOpenKafka(servers)
              .with(Settings.KAFKA_TOPIC, TOPIC)
              .with(Settings.WINDOW_ROWS, Integer.toString(windowRows))
              .with(Settings.COMMIT_EVERY, "1")
              .with(Settings.STORE_PATH, scratch.resolve("store").toString());
      Clock clock = new Clock();
      new TrainingRun(spark, run, 0, line -> {})
          .withCallbacks(List.of(clock), line -> {})
          .fromKafka(List.of(), StartFrom.EARLIEST, new StopSignal(windows, Duration.ZERO));
      return new Commits(List.copyOf(clock.seconds));
    }
  }

  private static final class Clock implements Callback {
    private final long start = System.nanoTime();
    private final List<Double> seconds = new ArrayList<>();

    @Override
    public boolean readsModel() {
      return false;
    }

    @Override
    public void windowEnd(RunContext context, CommittedWindow window) {
      seconds.add((System.nanoTime() - start) / NANO);
    }
  }

  @Override
  public void close() {
    broker.close();
  }
}
