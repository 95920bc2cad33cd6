package io.rivulet.app.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.app.ConfFiles;
import io.rivulet.app.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.security.JaasContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaConnectionTest {
  private static final String SECRET = "c4nary";

  private static KafkaConnection login(String mechanism, String username, String password) {
    return KafkaConnection.of(
        "k:9093",
        username,
        password,
        Map.of("security.protocol", "SASL_SSL", "sasl.mechanism", mechanism));
  }

  /** What Kafka reads out of the JAAS configuration. */
  private static AppConfigurationEntry read(KafkaConnection connection) {
    String jaas = connection.client().get("sasl.jaas.config");
    return JaasContext.loadClientContext(Map.of("sasl.jaas.config", new Password(jaas)))
        .configurationEntries()
        .get(0);
  }

  @ParameterizedTest
  @CsvSource({
    "PLAIN, plain.PlainLoginModule",
    "SCRAM-SHA-256, scram.ScramLoginModule",
    "SCRAM-SHA-512, scram.ScramLoginModule"
  })
  void kafkaReadsALoginOfTheMechanism(String mechanism, String module) {
    AppConfigurationEntry entry = read(login(mechanism, "me", SECRET));

    assertThat(entry.getLoginModuleName()).isEqualTo("org.apache.kafka.common.security." + module);
    assertThat(entry.getOptions()).isEqualTo(Map.of("username", "me", "password", SECRET));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\"; org.example.Evil required x=\"",
        "back\\slash\\",
        "\\\"",
        "two\nlines\r\n",
        "tab\tand space ",
        "päß¢€",
        "'single' /* no comment */ // nor this",
        "${env:HOME}"
      })
  void anyPasswordReachesKafkaAsItIsAndAddsNoModule(String password) {
    AppConfigurationEntry entry = read(login("PLAIN", password, password));

    assertThat(entry.getOptions()).isEqualTo(Map.of("username", password, "password", password));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sasl.login.class",
        "sasl.login.callback.handler.class",
        "sasl.client.callback.handler.class",
        "interceptor.classes",
        "metric.reporters",
        "key.deserializer",
        "value.serializer",
        "ssl.engine.factory.class",
        "security.providers",
        "config.providers",
        "enable.auto.commit",
        "no.such.thing"
      })
  void whatIsNotOnTheListIsRefused(String name) {
    assertThatThrownBy(() -> KafkaConnection.requireAllowed(name))
        .isInstanceOf(UserError.class)
        .hasMessage(
            "kafka.client."
                + name
                + " can't be set; docs/security.md lists the settings of Kafka's clients that can");
    assertThatThrownBy(() -> KafkaConnection.of("k:9093", "", "", Map.of(name, "x")))
        .hasMessageContaining("kafka.client." + name + " can't be set");
  }

  @ParameterizedTest
  @CsvSource({
    "sasl.jaas.config, kafka.password",
    "bootstrap.servers, kafka.bootstrap_servers",
    "group.id, kafka.group_id",
    "auto.offset.reset, train --from"
  })
  void whatHasAnotherNameIsRefusedWithIt(String name, String instead) {
    assertThatThrownBy(() -> KafkaConnection.requireAllowed(name)).hasMessageContaining(instead);
  }

  @Test
  void theSecurityPageNamesAllThatMayBeSet() throws IOException {
    String page = Files.readString(ConfFiles.shipped("../docs/security.md"));

    assertThat(KafkaConnection.allowed())
        .allSatisfy(name -> assertThat(page).contains("`" + name + "`"));
  }

  @ParameterizedTest
  @CsvSource({
    "request.timeout.ms, soon, Not a number",
    "fetch.min.bytes, -1, at least 0",
    "client.dns.lookup, never, String must be one of",
    "security.protocol, TLS, String must be one of"
  })
  void aValueThatKafkaRefusesIsSaidByName(String name, String value, String why) {
    assertThatThrownBy(() -> KafkaConnection.of("k:9093", "", "", Map.of(name, value)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("kafka.client." + name)
        .hasMessageContaining(why)
        .hasMessageContaining(value);
  }

  @Test
  void aLoginMustBeWhole() {
    assertThatThrownBy(() -> login("PLAIN", "", SECRET))
        .hasMessageContaining("kafka.username is empty")
        .hasMessageNotContaining(SECRET);
    assertThatThrownBy(() -> login("PLAIN", "me", ""))
        .hasMessageContaining("kafka.password is empty");
    assertThatThrownBy(() -> login("GSSAPI", "me", SECRET))
        .hasMessage(
            "kafka.client.sasl.mechanism must be one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, not"
                + " 'GSSAPI'");
    assertThatThrownBy(() -> KafkaConnection.of("k:9093", "me", SECRET, Map.of()))
        .hasMessageContaining("kafka.client.security.protocol SASL_SSL")
        .hasMessageNotContaining(SECRET);
  }

  @Test
  void everyClientGetsTheSameSettings() {
    KafkaConnection connection =
        KafkaConnection.of("k:9093", "", "", Map.of("security.protocol", "SSL"));

    assertThat(connection.client())
        .isEqualTo(Map.of("bootstrap.servers", "k:9093", "security.protocol", "SSL"));
    assertThat(connection.sparkOptions())
        .isEqualTo(
            Map.of(
                "kafka.bootstrap.servers", "k:9093",
                "kafka.security.protocol", "SSL",
                "kafka.isolation.level", "read_committed"));
  }

  @Test
  void itsTextShowsNoSecret() {
    Map<String, String> client = new HashMap<>();
    client.put("security.protocol", "SASL_SSL");
    client.put("sasl.mechanism", "PLAIN");
    client.put("ssl.truststore.password", SECRET);
    client.put("ssl.keystore.password", SECRET);
    client.put("ssl.keystore.key", SECRET);
    client.put("ssl.key.password", SECRET);

    assertThat(KafkaConnection.of("k:9093", "me", SECRET, client).toString())
        .contains("k:9093", "sasl.mechanism=PLAIN", "ssl.keystore.key=********")
        .doesNotContain(SECRET);
  }

  @Test
  void aTrustStoreThatIsMissingIsSaidInOneSentence() {
    KafkaConnection connection =
        KafkaConnection.of(
            "localhost:9093",
            "",
            "",
            Map.of(
                "security.protocol",
                "SSL",
                "ssl.truststore.location",
                "/no/such/store",
                "ssl.truststore.password",
                SECRET));

    assertThatThrownBy(() -> new Topics(connection).close())
        .isInstanceOf(UserError.class)
        .hasMessageContaining("kafka.client.*")
        .hasMessageContaining("/no/such/store")
        .hasMessageNotContaining(SECRET);
  }
}
