package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.mockwebserver.Context;
import java.io.IOException;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import okhttp3.mockwebserver.MockResponse;
import okhttp3.mockwebserver.MockWebServer;
import okhttp3.mockwebserver.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What submit/kubernetes.sh makes at an API server, which here starts no pods. */
class KubernetesIT {
  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();

  @TempDir Path directory;

  /** What was applied, which this server's kind doesn't do by itself. */
  private final List<HasMetadata> applied = Collections.synchronizedList(new ArrayList<>());

  private KubernetesMockServer server;

  @BeforeEach
  void start() {
    KubernetesCrudDispatcher dispatcher =
        new KubernetesCrudDispatcher() {
          @Override
          public MockResponse handlePatch(RecordedRequest request) {
            HasMetadata resource = Serialization.unmarshal(request.getBody().readUtf8());
            applied.add(resource);
            return new MockResponse().setBody(Serialization.asJson(resource));
          }
        };
    server =
        new KubernetesMockServer(
            new Context(), new MockWebServer(), new HashMap<>(), dispatcher, false);
    server.init();
  }

  @AfterEach
  void stop() {
    server.destroy();
  }

  private <T> T applied(Class<T> type) {
    return applied.stream().filter(type::isInstance).map(type::cast).findFirst().orElseThrow();
  }

  private void submit() throws Exception {
    Path log = directory.resolve("submit.log");
    ProcessBuilder builder =
        new ProcessBuilder(
                HOME.resolve("submit/kubernetes.sh").toString(),
                "--master",
                "k8s://http://127.0.0.1:" + server.getPort(),
                "--conf",
                "spark.kubernetes.container.image=registry.example/rivulet:1",
                "--conf",
                "spark.kubernetes.submission.waitAppCompletion=false",
                "--conf",
                "spark.kubernetes.driver.secretKeyRef.AWS_SECRET_ACCESS_KEY=rivulet-s3:key",
                "--",
                "train",
                "--store",
                "s3a://models/clicks")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("SPARK_HOME", HOME.resolve("app/test-spark").toString());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    assertThat(builder.start().waitFor())
        .as(Files.readString(log, StandardCharsets.UTF_8))
        .isZero();
  }

  @Test
  void aDriverIsMadeThatMayDoLittleAndHasItsSecretsByReference() throws Exception {
    submit();

    Pod pod;
    try (KubernetesClient client = server.createClient()) {
      List<Pod> pods = client.pods().inNamespace("rivulet").list().getItems();
      assertThat(pods).hasSize(1);
      pod = pods.get(0);
    }
    assertThat(pod.getMetadata().getLabels())
        .containsEntry("app.kubernetes.io/name", "rivulet")
        .containsEntry("spark-role", "driver");
    assertThat(pod.getSpec().getServiceAccountName()).isEqualTo("rivulet");
    assertThat(pod.getSpec().getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(pod.getSpec().getSecurityContext().getSeccompProfile().getType())
        .isEqualTo("RuntimeDefault");

    assertThat(pod.getSpec().getContainers()).hasSize(1);
    Container driver = pod.getSpec().getContainers().get(0);
    assertThat(driver.getImage()).isEqualTo("registry.example/rivulet:1");
    assertThat(driver.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(driver.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
    assertThat(driver.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(driver.getVolumeMounts())
        .extracting(VolumeMount::getMountPath)
        .contains("/tmp", "/opt/spark/work-dir");
    // The heap of spark-defaults-cpu.conf and a tenth more.
    assertThat(Quantity.getAmountInBytes(driver.getResources().getLimits().get("memory")))
        .isGreaterThanOrEqualTo(BigDecimal.valueOf(8L << 30));
    assertThat(driver.getResources().getRequests().get("cpu").getAmount()).isEqualTo("4");
    assertThat(driver.getArgs())
        .containsSequence("--class", "io.rivulet.app.Main")
        .containsSequence(
            "local:///opt/rivulet/rivulet.jar", "train", "--store", "s3a://models/clicks");
    for (String name : List.of("KAFKA_PASSWORD", "AWS_SECRET_ACCESS_KEY")) {
      EnvVar secret =
          driver.getEnv().stream().filter(e -> e.getName().equals(name)).findFirst().orElseThrow();
      assertThat(secret.getValue()).isNull();
      assertThat(secret.getValueFrom().getSecretKeyRef().getName()).startsWith("rivulet-");
    }

    Service service = applied(Service.class);
    assertThat(service.getSpec().getSelector()).containsEntry("spark-role", "driver");
    ConfigMap settings =
        applied.stream()
            .filter(ConfigMap.class::isInstance)
            .map(ConfigMap.class::cast)
            .filter(map -> map.getData().containsKey("spark.properties"))
            .findFirst()
            .orElseThrow();
    assertThat(settings.getData().get("spark.properties"))
        .contains("spark.executor.instances=2", "spark.kubernetes.namespace=rivulet");
    // The template goes along, so that the driver can make executors by it.
    assertThat(
            applied.stream()
                .filter(ConfigMap.class::isInstance)
                .map(map -> String.valueOf(((ConfigMap) map).getData())))
        .anyMatch(
            data ->
                data.contains("app.kubernetes.io/component: executor")
                    && data.contains("automountServiceAccountToken: false"));
  }

  /** Each field of our files is one of the API's, as its client has it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "conf/driver-pod.yaml",
        "conf/executor-pod.yaml",
        "submit/kubernetes/rbac.yaml",
        "submit/kubernetes/networkpolicy.yaml"
      })
  void ourFilesAreWhatTheApiKnows(String file) throws IOException {
    for (String document : Files.readString(HOME.resolve(file)).split("\n---\n")) {
      assertThat(unknownFields(Serialization.unmarshal(document))).isEmpty();
    }
  }

  @Test
  void aMistakeInThemIsFound() throws IOException {
    String wrong =
        Files.readString(HOME.resolve("conf/driver-pod.yaml"))
            .replace("allowPrivilegeEscalation", "allowPrivileges");
    assertThat(unknownFields(Serialization.unmarshal(wrong))).containsExactly("allowPrivileges");
  }

  /** The client keeps what it doesn't know in maps of its own. */
  private static List<String> unknownFields(Object node) {
    if (node instanceof Collection<?> items) {
      return items.stream().flatMap(item -> unknownFields(item).stream()).toList();
    }
    List<String> unknown = new ArrayList<>();
    if (node != null && node.getClass().getName().startsWith("io.fabric8.kubernetes.api.model")) {
      for (Method method : node.getClass().getMethods()) {
        if (method.getName().startsWith("get") && method.getParameterCount() == 0) {
          try {
            Object value = method.invoke(node);
            if (method.getName().equals("getAdditionalProperties")) {
              ((Map<?, ?>) value).keySet().forEach(key -> unknown.add(key.toString()));
            } else {
              unknown.addAll(unknownFields(value));
            }
          } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
          }
        }
      }
    }
    return unknown;
  }
}
