package io.rivulet.app.kafka;

import io.rivulet.app.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.utils.Time;

/** A Kafka broker in this process (KRaft, no ZooKeeper), for the demo, for trying and for tests. */
public final class EmbeddedBroker implements AutoCloseable {
  private static final String HOST = "127.0.0.1";
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  private final KafkaRaftServer server;
  private final int port;

  private EmbeddedBroker(KafkaRaftServer server, int port) {
    this.server = server;
    this.port = port;
  }

  /**
   * Starts a broker that keeps its logs in {@code directory} and goes on with what is there.
   *
   * @param port the port to listen on; 0 for any that is free
   */
  public static EmbeddedBroker start(Path directory, int port) {
    return start(directory, port, SecurityProtocol.PLAINTEXT, Map.of());
  }

  /**
   * As {@link #start(Path, int)}, for clients that come by another way.
   *
   * @param advertised the port that clients are told to connect to
   */
  public static EmbeddedBroker startBehind(Path directory, int port, int advertised) {
    return start(directory, port, advertised, SecurityProtocol.PLAINTEXT, Map.of());
  }

  /**
   * As above, for clients that speak {@code protocol}.
   *
   * @param listener Kafka's settings of the clients' listener, such as {@code
   *     ssl.keystore.location}
   */
  public static EmbeddedBroker start(
      Path directory, int port, SecurityProtocol protocol, Map<String, String> listener) {
    return start(directory, port, 0, protocol, listener);
  }

  private static EmbeddedBroker start(
      Path directory,
      int port,
      int advertised,
      SecurityProtocol protocol,
      Map<String, String> listener) {
    try {
      int brokerPort;
      int controllerPort;
      // Both at once, so that they aren't the same.
      try (ServerSocket clients = bind(port);
          ServerSocket controller = bind(0)) {
        brokerPort = clients.getLocalPort();
        controllerPort = controller.getLocalPort();
      }
      Files.createDirectories(directory);
      Path meta = directory.resolve("meta.properties");
      if (!Files.exists(meta)) {
        Files.writeString(meta, "version=1\ncluster.id=cml2dWxldC1icm9rZXIwMQ\nnode.id=1\n");
      }
      Properties properties = new Properties();
      properties.put("process.roles", "broker,controller");
      properties.put("node.id", "1");
      properties.put("controller.quorum.voters", "1@" + HOST + ":" + controllerPort);
      properties.put(
          "listeners",
          "CLIENTS://" + HOST + ":" + brokerPort + ",CONTROLLER://" + HOST + ":" + controllerPort);
      properties.put(
          "advertised.listeners",
          "CLIENTS://" + HOST + ":" + (advertised == 0 ? brokerPort : advertised));
      properties.put("controller.listener.names", "CONTROLLER");
      properties.put(
          "listener.security.protocol.map", "CONTROLLER:PLAINTEXT,CLIENTS:" + protocol.name);
      properties.put("inter.broker.listener.name", "CLIENTS");
      properties.put("sasl.mechanism.inter.broker.protocol", "PLAIN");
      listener.forEach((name, value) -> properties.put("listener.name.clients." + name, value));
      properties.put("log.dirs", directory.toString());
      properties.put("message.max.bytes", Integer.toString(MAX_MESSAGE_BYTES));
      properties.put("auto.create.topics.enable", "false");
      properties.put("offsets.topic.replication.factor", "1");
      properties.put("transaction.state.log.replication.factor", "1");
      properties.put("transaction.state.log.min.isr", "1");
      properties.put("group.initial.rebalance.delay.ms", "0");
      KafkaRaftServer server =
          new KafkaRaftServer(
              new KafkaConfig(properties, false), Time.SYSTEM, scala.Option.empty());
      server.startup();
      return new EmbeddedBroker(server, brokerPort);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ServerSocket bind(int port) throws IOException {
    try {
      return new ServerSocket(port, 1, InetAddress.getByName(HOST));
    } catch (java.net.BindException e) {
      throw new UserError("Port " + port + " is in use; choose another with --port", e);
    }
  }

  /** Where clients connect. */
  public String bootstrapServers() {
    return HOST + ":" + port;
  }

  /** How clients connect to a broker that asks for neither TLS nor login. */
  public KafkaConnection connection() {
    return KafkaConnection.open(bootstrapServers());
  }

  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
  }
}
