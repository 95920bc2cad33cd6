package io.rivulet.app;

import io.rivulet.app.serve.ScoringServer;
import io.rivulet.app.settings.Settings;
import io.rivulet.scorer.EventScorer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import sun.misc.Signal;

@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    description = {
      "Scores events over HTTP with a store's newest published version, and takes newer ones over"
          + " as they are published, until Ctrl-C.",
      "POST /score takes {\"events\": [{…}, …]} or {\"lines\": [\"…\", …]}. Whoever reaches the port"
          + " may ask."
    })
final class ServeCommand implements Callable<Integer> {
  @Mixin private SettingsOptions options;
  @Mixin private StoreOption store;

  @Option(
      names = "--host",
      defaultValue = "127.0.0.1",
      description = "Address to listen on. Default: ${DEFAULT-VALUE}.")
  private String host;

  @Option(
      names = "--port",
      defaultValue = "8080",
      description = "Port; 0 for any that is free. Default: ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = "--poll-ms",
      paramLabel = "MS",
      defaultValue = "100",
      description = "Time between two looks for a newer version. Default: ${DEFAULT-VALUE}.")
  private long pollMillis;

  @Option(
      names = "--max-bytes",
      paramLabel = "BYTES",
      defaultValue = "4194304",
      description = "Longer requests are refused. Default: ${DEFAULT-VALUE}.")
  private int maxBytes;

  @Option(
      names = "--max-events",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Requests with more events are refused. Default: ${DEFAULT-VALUE}.")
  private int maxEvents;

  @Override
  public Integer call() throws InterruptedException {
    UserError.requireAtLeast(1, "--poll-ms", pollMillis);
    UserError.requireAtLeast(1, "--max-bytes", maxBytes);
    UserError.requireAtLeast(1, "--max-events", maxEvents);
    if (port < 0 || port > 65535) {
      throw new UserError("--port must be from 0 to 65535, not " + port);
    }
    InetSocketAddress address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw new UserError("--host " + host + " is no address of this machine");
    }
    String location = store.in(options.settings()).get(Settings.STORE_PATH);
    EventScorer scorer = EventScorer.open(location, Sessions.hadoop());
    try (ScoringServer server =
        ScoringServer.start(
            scorer,
            address,
            new ScoringServer.Limits(maxBytes, maxEvents),
            pollMillis,
            System.err::println)) {
      System.out.println(
          "Scoring with version "
              + scorer.version()
              + " at http://"
              + host
              + ":"
              + server.port()
              + "; Ctrl-C stops it");
      System.out.flush();
      CountDownLatch stop = new CountDownLatch(1);
      Signal.handle(new Signal("TERM"), signal -> stop.countDown());
      Signal.handle(new Signal("INT"), signal -> stop.countDown());
      stop.await();
    } catch (IOException e) {
      scorer.close();
      throw new UserError(
          "Can't listen on " + host + ":" + port + ": " + e.getMessage() + "; see --port", e);
    }
    return 0;
  }
}
