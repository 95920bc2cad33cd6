package io.rivulet.app.kafka;

import io.rivulet.app.UserError;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;

/**
 * Where Kafka is and how to log in there. Every client of Rivulet's is made from one, so that none
 * forgets TLS or login. Immutable; {@link #toString} shows no secret.
 */
public final class KafkaConnection {
  /** What Rivulet's names of Kafka's settings begin with. */
  public static final String PREFIX = "kafka.client.";

  private static final String PROTOCOL = "security.protocol";
  private static final String MECHANISM = "sasl.mechanism";
  private static final String JAAS = "sasl.jaas.config";
  private static final String MASK = "********";

  /**
   * Kafka's settings that a user may give. None of them names a class, so none can load code; group
   * and offsets are Rivulet's own.
   */
  private static final Set<String> ALLOWED =
      Set.of(
          PROTOCOL,
          MECHANISM,
          "ssl.truststore.location",
          "ssl.truststore.type",
          "ssl.truststore.password",
          "ssl.truststore.certificates",
          "ssl.keystore.location",
          "ssl.keystore.type",
          "ssl.keystore.password",
          "ssl.keystore.key",
          "ssl.keystore.certificate.chain",
          "ssl.key.password",
          "ssl.endpoint.identification.algorithm",
          "ssl.protocol",
          "ssl.enabled.protocols",
          "ssl.cipher.suites",
          "client.id",
          "client.rack",
          "client.dns.lookup",
          "request.timeout.ms",
          "default.api.timeout.ms",
          "delivery.timeout.ms",
          "max.block.ms",
          "connections.max.idle.ms",
          "metadata.max.age.ms",
          "reconnect.backoff.ms",
          "reconnect.backoff.max.ms",
          "retry.backoff.ms",
          "socket.connection.setup.timeout.ms",
          "socket.connection.setup.timeout.max.ms",
          "receive.buffer.bytes",
          "send.buffer.bytes",
          "fetch.min.bytes",
          "fetch.max.bytes",
          "fetch.max.wait.ms",
          "max.partition.fetch.bytes",
          "max.poll.records");

  private static final Map<String, String> INSTEAD =
      Map.of(
          JAAS,
          "set kafka.username and kafka.password, of which Rivulet makes it",
          "bootstrap.servers",
          "set kafka.bootstrap_servers",
          "group.id",
          "set kafka.group_id",
          "auto.offset.reset",
          "say where to begin by `train --from`");

  private static final Map<String, String> LOGIN_MODULES =
      Map.of(
          "PLAIN", "org.apache.kafka.common.security.plain.PlainLoginModule",
          "SCRAM-SHA-256", "org.apache.kafka.common.security.scram.ScramLoginModule",
          "SCRAM-SHA-512", "org.apache.kafka.common.security.scram.ScramLoginModule");

  private final String servers;
  private final Map<String, String> client;

  private KafkaConnection(String servers, Map<String, String> client) {
    this.servers = servers;
    this.client = client;
  }

  /** A broker that asks for neither TLS nor login. */
  public static KafkaConnection open(String servers) {
    return new KafkaConnection(servers, Map.of());
  }

  /**
   * A connection by Kafka's own settings.
   *
   * @param servers HOST:PORT, several with commas between
   * @param username for SASL; empty for none
   * @param password of {@code username}
   * @param client by Kafka's names, each {@linkplain #requireAllowed allowed}
   * @throws UserError for a value that Kafka refuses, or a login that is incomplete
   */
  public static KafkaConnection of(
      String servers, String username, String password, Map<String, String> client) {
    client.forEach(KafkaConnection::check);
    Map<String, String> all = new TreeMap<>(client);
    String protocol = client.getOrDefault(PROTOCOL, "PLAINTEXT");
    if (protocol.startsWith("SASL_")) {
      all.put(JAAS, jaas(client.getOrDefault(MECHANISM, ""), username, password));
    } else if (!username.isEmpty() || !password.isEmpty()) {
      throw new UserError(
          "kafka.username and kafka.password need "
              + PREFIX
              + PROTOCOL
              + " SASL_SSL (or SASL_PLAINTEXT), not "
              + protocol);
    }
    return new KafkaConnection(servers, Map.copyOf(all));
  }

  /**
   * Checks that a user may give a setting of Kafka's.
   *
   * @param name as Kafka calls it
   * @throws UserError if not
   */
  public static void requireAllowed(String name) {
    if (!ALLOWED.contains(name)) {
      throw new UserError(
          PREFIX
              + name
              + " can't be set; "
              + INSTEAD.getOrDefault(
                  name, "docs/security.md lists the settings of Kafka's clients that can"));
    }
  }

  static Set<String> allowed() {
    return ALLOWED;
  }

  /** Lets Kafka check a value; a secret is text, which is never wrong. */
  private static void check(String name, String value) {
    requireAllowed(name);
    for (ConfigDef clients :
        List.of(
            AdminClientConfig.configDef(),
            ConsumerConfig.configDef(),
            ProducerConfig.configDef())) {
      clients.validate(Map.of(name, value)).stream()
          .filter(checked -> checked.name().equals(name) && !checked.errorMessages().isEmpty())
          .findFirst()
          .ifPresent(
              wrong -> {
                throw new UserError(
                    PREFIX + name + " isn't right: " + wrong.errorMessages().get(0));
              });
    }
  }

  private static String jaas(String mechanism, String username, String password) {
    String module = LOGIN_MODULES.get(mechanism);
    if (module == null) {
      throw new UserError(
          PREFIX
              + MECHANISM
              + " must be one of "
              + String.join(", ", new TreeSet<>(LOGIN_MODULES.keySet()))
              + ", not '"
              + mechanism
              + "'");
    }
    if (username.isEmpty() || password.isEmpty()) {
      throw new UserError(
          PREFIX
              + MECHANISM
              + " "
              + mechanism
              + " needs kafka.username and kafka.password; "
              + (username.isEmpty() ? "kafka.username" : "kafka.password")
              + " is empty");
    }
    return module
        + " required username="
        + quoted(username)
        + " password="
        + quoted(password)
        + ";";
  }

  /** As a string of Kafka's JAAS syntax, whose reader is a {@link java.io.StreamTokenizer}. */
  private static String quoted(String text) {
    return '"'
        + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replace("\r", "\\r")
        + '"';
  }

  /** HOST:PORT of brokers, with commas between. */
  public String servers() {
    return servers;
  }

  /** Settings of a client, by Kafka's names. Has secrets: not to be printed. */
  public Map<String, String> client() {
    Map<String, String> all = new TreeMap<>(client);
    all.put("bootstrap.servers", servers);
    return all;
  }

  /**
   * The same as options of Spark's source or sink, which reads no event of a transaction that was
   * given up. Has secrets: not to be printed.
   */
  public Map<String, String> sparkOptions() {
    Map<String, String> options =
        client().entrySet().stream()
            .collect(Collectors.toMap(e -> "kafka." + e.getKey(), Map.Entry::getValue));
    options.put("kafka.isolation.level", "read_committed");
    return options;
  }

  private static boolean isSecret(String name) {
    return name.endsWith("password") || name.equals("ssl.keystore.key") || name.equals(JAAS);
  }

  @Override
  public String toString() {
    Map<String, String> shown = new TreeMap<>(client);
    shown.replaceAll((name, value) -> isSecret(name) ? MASK : value);
    return servers + " " + shown;
  }
}
