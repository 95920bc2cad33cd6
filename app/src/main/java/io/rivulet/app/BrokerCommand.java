package io.rivulet.app;

import io.rivulet.app.kafka.EmbeddedBroker;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import sun.misc.Signal;

@Command(
    name = "broker",
    mixinStandardHelpOptions = true,
    description = "Runs a Kafka broker for trying things out, until Ctrl-C.")
final class BrokerCommand implements Callable<Integer> {
  @Option(
      names = "--port",
      defaultValue = "9092",
      description = "Port on 127.0.0.1; 0 for any that is free. Default: ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      defaultValue = ".rivulet/kafka",
      description = "Where it keeps its logs. Default: ${DEFAULT-VALUE}.")
  private Path directory;

  @Override
  public Integer call() throws InterruptedException {
    CountDownLatch stop = new CountDownLatch(1);
    Signal.handle(new Signal("TERM"), signal -> stop.countDown());
    Signal.handle(new Signal("INT"), signal -> stop.countDown());
    try (EmbeddedBroker broker = EmbeddedBroker.start(directory.toAbsolutePath(), port)) {
      System.out.println("Kafka is at " + broker.bootstrapServers() + "; Ctrl-C stops it");
      System.out.flush();
      stop.await();
    }
    return 0;
  }
}
