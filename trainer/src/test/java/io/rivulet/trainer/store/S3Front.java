package io.rivulet.trainer.store;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands before an S3 service and hands requests on, but answers some conditional puts as S3 may.
 * Conditional puts go on one by one, since the service behind isn't atomic.
 */
final class S3Front implements Closeable {
  private static final String CONDITION = "if-none-match";
  private static final Set<String> NOT_HANDED_ON =
      Set.of("connection", "content-length", "expect", "host", "transfer-encoding", "upgrade");

  /** Conditional puts that are answered with 409 Conflict from now on. */
  final AtomicInteger conflicts = new AtomicInteger();

  /** The answer of the conditional put that takes this to 0 is lost, though the put takes place. */
  final AtomicInteger untilAnswerIsLost = new AtomicInteger();

  /** Whether the condition is ignored, as by services that don't know it. */
  volatile boolean unconditional;

  /** Whether the condition is refused with 501 Not Implemented. */
  volatile boolean refusing;

  static {
    // Else each answer with a body waits for an acknowledgement, 40 ms.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private final URI service;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpClient client = HttpClient.newHttpClient();

  S3Front(URI service) throws IOException {
    this.service = service;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.setExecutor(threads);
    server.start();
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** Hands everything on again. */
  void behave() {
    conflicts.set(0);
    untilAnswerIsLost.set(0);
    unconditional = false;
    refusing = false;
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      if (exchange.getRequestHeaders().containsKey(CONDITION)) {
        synchronized (this) {
          handleConditional(exchange, body);
        }
      } else {
        answer(exchange, handOn(exchange, body));
      }
    }
  }

  private void handleConditional(HttpExchange exchange, byte[] body) throws IOException {
    if (refusing) {
      exchange.sendResponseHeaders(501, -1);
    } else if (take(conflicts)) {
      exchange.sendResponseHeaders(409, -1);
    } else {
      HttpResponse<byte[]> response = handOn(exchange, body);
      if (!take(untilAnswerIsLost) || untilAnswerIsLost.get() > 0) {
        answer(exchange, response);
      }
    }
  }

  private static boolean take(AtomicInteger left) {
    return left.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
  }

  private HttpResponse<byte[]> handOn(HttpExchange exchange, byte[] body) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(service.resolve(exchange.getRequestURI()))
            .method(exchange.getRequestMethod(), BodyPublishers.ofByteArray(body));
    exchange
        .getRequestHeaders()
        .forEach(
            (name, values) -> {
              String header = name.toLowerCase(Locale.ROOT);
              boolean ignored = unconditional && header.equals(CONDITION);
              if (!ignored && !NOT_HANDED_ON.contains(header)) {
                values.forEach(value -> request.header(name, value));
              }
            });
    try {
      return client.send(request.build(), BodyHandlers.ofByteArray());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private static void answer(HttpExchange exchange, HttpResponse<byte[]> response)
      throws IOException {
    boolean head = exchange.getRequestMethod().equals("HEAD");
    Headers headers = exchange.getResponseHeaders();
    response
        .headers()
        .map()
        .forEach(
            (name, values) -> {
              String header = name.toLowerCase(Locale.ROOT);
              // Of a HEAD the length is the object's.
              if (!NOT_HANDED_ON.contains(header) || (head && header.equals("content-length"))) {
                headers.put(name, values);
              }
            });
    byte[] body = response.body();
    if (body.length == 0) {
      exchange.sendResponseHeaders(response.statusCode(), -1);
    } else {
      exchange.sendResponseHeaders(response.statusCode(), body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
