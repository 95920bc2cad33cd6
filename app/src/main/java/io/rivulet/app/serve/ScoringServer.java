package io.rivulet.app.serve;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.rivulet.scorer.EventScorer;
import io.rivulet.trainer.serving.Scores;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HTTP in front of an {@link EventScorer}, by the JDK's server: {@code POST /score}, {@code GET
 * /version} and {@code GET /metrics}. Looks for newer versions while it runs.
 */
public final class ScoringServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ScoringServer.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String JSON_TYPE = "application/json; charset=utf-8";
  private static final String TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  static {
    // Small answers at once, and no connection that is held open by a request that never ends.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    System.setProperty("sun.net.httpserver.maxReqTime", "10");
    System.setProperty("sun.net.httpserver.maxRspTime", "10");
  }

  /**
   * What a request may ask for.
   *
   * @param maxBytes of its body
   * @param maxEvents in it
   */
  public record Limits(int maxBytes, int maxEvents) {}

  private final EventScorer scorer;
  private final ScoreRequest requests;
  private final Limits limits;
  private final ServeMetrics metrics = new ServeMetrics();
  private final HttpServer http;
  private final ExecutorService threads;
  private final ScheduledExecutorService follower = Executors.newSingleThreadScheduledExecutor();
  private final Consumer<String> console;
  private String lastFailure = "";

  private ScoringServer(
      EventScorer scorer, HttpServer http, Limits limits, Consumer<String> console) {
    this.scorer = scorer;
    this.requests = new ScoreRequest(scorer.jsonLines(), limits.maxEvents());
    this.limits = limits;
    this.http = http;
    this.console = console;
    this.threads = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
  }

  /**
   * Starts to answer.
   *
   * @param scorer is closed with the server
   * @param pollMillis time between two looks for a newer version
   * @param console gets a line for each version that can't be taken over
   * @throws IOException if the address can't be listened on
   */
  public static ScoringServer start(
      EventScorer scorer,
      InetSocketAddress address,
      Limits limits,
      long pollMillis,
      Consumer<String> console)
      throws IOException {
    ScoringServer server =
        new ScoringServer(scorer, HttpServer.create(address, 0), limits, console);
    server.http.createContext("/", server::answer);
    server.http.setExecutor(server.threads);
    server.http.start();
    server.follower.scheduleWithFixedDelay(
        server::refresh, pollMillis, pollMillis, TimeUnit.MILLISECONDS);
    return server;
  }

  /** The port that it listens on. */
  public int port() {
    return http.getAddress().getPort();
  }

  private void refresh() {
    try {
      scorer.refresh();
      lastFailure = "";
    } catch (RuntimeException e) {
      metrics.refreshFailed();
      // Once, not at each look.
      if (!String.valueOf(e.getMessage()).equals(lastFailure)) {
        lastFailure = String.valueOf(e.getMessage());
        console.accept("Still scoring with version " + scorer.version() + ": " + lastFailure);
      }
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      switch (exchange.getRequestURI().getPath()) {
        case "/score" -> score(exchange);
        case "/version" ->
            get(exchange, JSON_TYPE, JSON.writeValueAsString(Map.of("version", scorer.version())));
        case "/metrics" -> get(exchange, TEXT_TYPE, metrics.text(scorer.version()));
        default -> send(exchange, 404, error("There is /score, /version and /metrics"));
      }
    }
  }

  private static void get(HttpExchange exchange, String type, String body) throws IOException {
    if (exchange.getRequestMethod().equals("GET")) {
      exchange.getResponseHeaders().set("Content-Type", type);
      send(exchange, 200, body);
    } else {
      exchange.getResponseHeaders().set("Allow", "GET");
      send(exchange, 405, error("Ask with GET"));
    }
  }

  private void score(HttpExchange exchange) throws IOException {
    long start = System.nanoTime();
    int status = 200;
    int scored = 0;
    String body;
    try {
      if (!exchange.getRequestMethod().equals("POST")) {
        exchange.getResponseHeaders().set("Allow", "POST");
        throw new RefusedRequest(405, "Ask with POST");
      }
      List<byte[]> lines = requests.read(body(exchange));
      Scores scores = score(lines);
      scored = lines.size();
      body = JSON.writeValueAsString(new Answer(scores.version(), scores.probabilities()));
    } catch (RefusedRequest e) {
      status = e.status();
      body = error(e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("A request failed", e);
      status = 500;
      body = error("This should not have happened; the server's log says more");
    }
    send(exchange, status, body);
    metrics.answered(status, scored, System.nanoTime() - start);
  }

  private Scores score(List<byte[]> lines) {
    try {
      return scorer.score(lines);
    } catch (IllegalArgumentException e) {
      throw new RefusedRequest(400, e.getMessage());
    }
  }

  private record Answer(long version, float[] scores) {}

  private byte[] body(HttpExchange exchange) throws IOException {
    try (InputStream in = exchange.getRequestBody()) {
      byte[] body = in.readNBytes(limits.maxBytes() + 1);
      if (body.length > limits.maxBytes()) {
        throw new RefusedRequest(413, "A request may have at most " + limits.maxBytes() + " bytes");
      }
      return body;
    }
  }

  private static String error(String message) {
    try {
      return JSON.writeValueAsString(Map.of("error", message));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().putIfAbsent("Content-Type", List.of(JSON_TYPE));
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  /** Ends after the requests that were begun. */
  @Override
  public void close() {
    follower.shutdown();
    http.stop(1);
    threads.shutdown();
    try {
      boolean done =
          threads.awaitTermination(10, TimeUnit.SECONDS)
              & follower.awaitTermination(10, TimeUnit.SECONDS);
      if (done) {
        scorer.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
