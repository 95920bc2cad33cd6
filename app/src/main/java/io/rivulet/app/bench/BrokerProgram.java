package io.rivulet.app.bench;

import io.rivulet.app.kafka.EmbeddedBroker;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * A Kafka broker in a JVM of its own, so that its work isn't done by the process that is measured.
 * It says where it is, and runs until its standard input ends.
 */
final class BrokerProgram {
  private BrokerProgram() {}

  public static void main(String[] args) throws IOException {
    PrintStream answers = System.out;
    System.setOut(System.err);
    try (EmbeddedBroker broker = EmbeddedBroker.start(Path.of(args[0]), 0)) {
      answers.println(broker.bootstrapServers());
      answers.flush();
      while (System.in.read() >= 0) {
        // Nobody writes; this waits for the end.
      }
    }
    System.exit(0);
  }
}
