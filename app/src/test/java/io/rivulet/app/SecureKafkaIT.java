package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rivulet.app.kafka.ClickProducer;
import io.rivulet.app.kafka.EmbeddedBroker;
import io.rivulet.app.kafka.KafkaConnection;
import io.rivulet.app.kafka.Topics;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker that demands TLS and a login, and a password that must be found nowhere. */
class SecureKafkaIT {
  private static final String CANARY = "c4nary-";
  private static final String PASSWORD = CANARY + "\"; \\";
  private static final String QUARANTINE = "clicks-quarantine";
  private static final String EVENT_LOG = "spark.eventLog.enabled";
  private static final String EVENT_LOG_DIR = "spark.eventLog.dir";
  private static final int ROWS = 400;
  private static final Duration PATIENCE = Duration.ofSeconds(180);
  private static final Pattern UI = Pattern.compile("'SparkUI' on port (\\d+)");
  private static final Pattern APPLICATION = Pattern.compile("\"id\" : \"([^\"]+)\"");

  @TempDir Path directory;

  /** For the training's JVM too, which gets this one's settings of Spark. */
  @BeforeEach
  void logSparksEvents() throws IOException {
    System.setProperty(EVENT_LOG, "true");
    System.setProperty(EVENT_LOG_DIR, Files.createDirectories(events()).toUri().toString());
  }

  @AfterEach
  void logNoMoreEvents() {
    System.clearProperty(EVENT_LOG);
    System.clearProperty(EVENT_LOG_DIR);
  }

  private Path events() {
    return directory.resolve("events");
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  private void keytool(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    command.addAll(
        List.of(
            "-keystore", directory.resolve("broker.p12").toString(),
            "-storepass:file", directory.resolve("secret").toString(),
            "-alias", "broker"));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  /** A broker with a certificate for its address, which is in {@code broker.pem}. */
  private EmbeddedBroker broker() throws Exception {
    Path certificate = directory.resolve("broker.pem");
    keytool(
        "-genkeypair",
        "-keyalg",
        "EC",
        "-dname",
        "CN=broker",
        "-ext",
        "SAN=ip:127.0.0.1",
        "-storetype",
        "PKCS12");
    KeyStore keys =
        KeyStore.getInstance(directory.resolve("broker.p12").toFile(), PASSWORD.toCharArray());
    Files.writeString(
        certificate,
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder().encodeToString(keys.getCertificate("broker").getEncoded())
            + "\n-----END CERTIFICATE-----\n");
    String quoted = '"' + PASSWORD.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    return EmbeddedBroker.start(
        directory.resolve("kafka"),
        0,
        SecurityProtocol.SASL_SSL,
        Map.of(
            "ssl.keystore.type",
            "PKCS12",
            "ssl.keystore.location",
            directory.resolve("broker.p12").toString(),
            "ssl.keystore.password",
            PASSWORD,
            "ssl.truststore.type",
            "PEM",
            "ssl.truststore.certificates",
            Files.readString(certificate),
            "sasl.enabled.mechanisms",
            "PLAIN",
            "plain.sasl.jaas.config",
            "org.apache.kafka.common.security.plain.PlainLoginModule required username=broker"
                + " password="
                + quoted
                + " user_broker="
                + quoted
                + " user_rivulet="
                + quoted
                + ";"));
  }

  private Path config(String name, String servers, String secretFile) throws IOException {
    return write(
        name,
        """
        kafka:
          bootstrap_servers: %s
          username: rivulet
          password: ${file:%s}
          client:
            security.protocol: SASL_SSL
            sasl.mechanism: PLAIN
            ssl.truststore.type: PEM
            ssl.truststore.certificates: ${file:%s}
        quarantine.to: topic
        window.rows: 500
        """
            .formatted(servers, directory.resolve(secretFile), directory.resolve("broker.pem")));
  }

  private KafkaConnection connection(EmbeddedBroker broker) throws IOException {
    return KafkaConnection.of(
        broker.bootstrapServers(),
        "rivulet",
        PASSWORD,
        Map.of(
            "security.protocol", "SASL_SSL",
            "sasl.mechanism", "PLAIN",
            "ssl.truststore.type", "PEM",
            "ssl.truststore.certificates", Files.readString(directory.resolve("broker.pem"))));
  }

  /** Trains in a JVM that logs much and serves Spark's pages, until all is committed. */
  private void train(Path config, String store) throws Exception {
    Path log = directory.resolve("train.log");
    Path logging =
        write(
            "log4j2.properties",
            """
            rootLogger.level = info
            rootLogger.appenderRef.err.ref = err
            appender.err.type = Console
            appender.err.name = err
            appender.err.target = SYSTEM_ERR
            appender.err.layout.type = PatternLayout
            appender.err.layout.pattern = %p %c: %m%n%ex
            logger.kafka.name = org.apache.spark.sql.kafka010
            logger.kafka.level = debug
            """);
    Process training =
        Rivulet.start(
            log,
            directory,
            List.of(
                "-Dlog4j2.configurationFile=" + logging.toUri(),
                "-Dspark.ui.enabled=true",
                "-Dspark.ui.port=0"),
            Rivulet.args(
                List.of("train", "--store", store, "--config", config.toString()), Rivulet.SMALL));
    try {
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  !training.isAlive()
                      || Rivulet.newest(store).stream()
                          .anyMatch(version -> version.offsets().get(0).next() == ROWS + 1));
      assertThat(training.isAlive()).as(() -> read(log)).isTrue();
      lookThrough(sparksPages("http://127.0.0.1:" + found(UI, read(log))));
      training.destroy();
      assertThat(training.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } finally {
      training.destroyForcibly();
    }
    assertThat(training.exitValue()).as(() -> read(log)).isZero();
    assertThat(read(log)).contains("sasl.jaas.config = [hidden]");
    lookThrough(Map.of("log", read(log)));
  }

  private static Map<String, String> sparksPages(String ui) throws Exception {
    String applications = get(ui + "/api/v1/applications");
    String rest = ui + "/api/v1/applications/" + found(APPLICATION, applications);
    String environment = get(rest + "/environment");
    String queries = get(ui + "/StreamingQuery/");
    String executions = get(rest + "/sql?details=true&length=1000");
    assertThat(environment).contains("rivulet train");
    assertThat(queries).contains("rivulet clicks");
    assertThat(executions).contains("SaveIntoDataSourceCommand").contains("(redacted)");
    return Map.of(
        "applications",
        applications,
        "environment of the API",
        environment,
        "queries",
        queries,
        "executions of the API",
        executions,
        "environment",
        get(ui + "/environment/"),
        "executions",
        get(ui + "/SQL/"),
        "an execution",
        get(ui + "/SQL/execution/?id=0"),
        "jobs",
        get(ui + "/jobs/"));
  }

  private static String get(String address) throws Exception {
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(address)).build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(address).isEqualTo(200);
    return response.body();
  }

  private static String found(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    assertThat(matcher.find()).as(() -> pattern + " in " + text).isTrue();
    return matcher.group(1);
  }

  private static void lookThrough(Map<String, String> texts) {
    texts.forEach((name, text) -> assertThat(text).as(name).isNotEmpty().doesNotContain(CANARY));
  }

  /** Bytes as characters, so that a Parquet or gzip file doesn't hide plain text. */
  private static void lookThroughFiles(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> all = files.filter(Files::isRegularFile).toList();
      assertThat(all).isNotEmpty();
      for (Path file : all) {
        assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain(CANARY);
      }
    }
  }

  @Test
  void trainingLogsInAndItsPasswordIsNowhere() throws Exception {
    write("secret", PASSWORD + "\n");
    write("wrong", CANARY + "wrong");
    String store = directory.resolve("store").toString();
    try (EmbeddedBroker broker = broker()) {
      Path config = config("rivulet.yaml", broker.bootstrapServers(), "secret");
      KafkaConnection connection = connection(broker);
      List<String> lines = new ArrayList<>(Rivulet.clicks(ROWS));
      lines.add("damaged");
      try (Topics topics = new Topics(connection);
          ClickProducer producer = new ClickProducer(connection)) {
        topics.create(KafkaTopic.NAME, 1);
        topics.create(QUARANTINE, 1);
        producer.send(
            lines.stream().map(line -> line.getBytes(StandardCharsets.UTF_8)).iterator(),
            KafkaTopic.NAME,
            1,
            0,
            () -> false,
            n -> {});
        train(config, store);
        TopicPartition quarantine = new TopicPartition(QUARANTINE, 0);
        assertThat(topics.latest(List.of(quarantine))).containsEntry(quarantine, 1L);
      }

      Rivulet.Result ledger =
          Rivulet.succeed(
              "store", "verify", "--ledger", "--store", store, "--config", config.toString());
      Rivulet.Result refused =
          Rivulet.run(
              "train",
              "--store",
              store,
              "--config",
              config("wrong.yaml", broker.bootstrapServers(), "wrong").toString());

      assertThat(ledger.out())
          .contains("400 events trained, 1 quarantined")
          .contains("0 lost, 0 doubled");
      assertThat(refused.code()).isEqualTo(1);
      assertThat(refused.err())
          .contains("rivulet: Kafka at " + broker.bootstrapServers() + " refused the login")
          .contains("kafka.password")
          .doesNotContain("\tat ");
      lookThrough(Map.of("ledger", ledger.out(), "refusal", refused.out() + refused.err()));
    }
    lookThroughFiles(Path.of(store));
    assertThat(logOf("rivulet ledger")).contains("BatchScan KafkaTable");
    lookThroughFiles(events());
  }

  /** The log of Spark's events of an application. */
  private String logOf(String application) throws IOException {
    try (Stream<Path> logs = Files.list(events())) {
      return logs.filter(log -> log.getFileName().toString().startsWith("local-"))
          .map(SecureKafkaIT::read)
          .filter(log -> log.contains("\"App Name\":\"" + application + "\""))
          .findFirst()
          .orElseThrow();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
