package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.StoreException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.yarn.server.MiniYARNCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** submit/yarn.sh on a real YARN with a store on HDFS; the script needs the application jar. */
class YarnIT {
  private static final int WINDOW = 500;
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  private static final Path SPARK = HOME.resolve("app/test-spark");

  // Containers that end late may still write.
  @TempDir(cleanup = CleanupMode.NEVER)
  static Path directory;

  private static MiniDFSCluster hdfs;
  private static MiniYARNCluster yarn;

  @BeforeAll
  static void start() throws IOException {
    Configuration disks = new Configuration();
    disks.set("hdfs.minidfs.basedir", directory.resolve("hdfs").toString());
    disks.setInt("dfs.replication", 1);
    disks.setInt("dfs.namenode.metrics.logger.period.seconds", 0);
    disks.setInt("dfs.datanode.metrics.logger.period.seconds", 0);
    hdfs = new MiniDFSCluster.Builder(disks).numDataNodes(1).build();
    hdfs.waitActive();

    System.setProperty("yarn.is.minicluster", "true");
    Configuration settings = new Configuration();
    settings.set("fs.defaultFS", hdfs.getURI().toString());
    settings.set("yarn.scheduler.capacity.root.queues", "default");
    settings.set("yarn.scheduler.capacity.root.default.capacity", "100");
    settings.set("yarn.scheduler.capacity.maximum-am-resource-percent", "1.0");
    settings.setInt("yarn.scheduler.minimum-allocation-mb", 256);
    settings.setInt("yarn.minicluster.yarn.nodemanager.resource.memory-mb", 8192);
    settings.setBoolean("yarn.nodemanager.vmem-check-enabled", false);
    settings.setBoolean("yarn.nodemanager.pmem-check-enabled", false);
    settings.set(
        "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage", "100");
    settings.setInt("yarn.resourcemanager.am.max-attempts", 3);
    settings.set("yarn.application.classpath", directory.resolve("nothing").toString());
    // In this process there are several of its kind.
    yarn = new MiniYARNCluster("rivulet", 1, 1, 1);
    yarn.init(settings);
    yarn.start();

    Configuration forClients = new Configuration(yarn.getConfig());
    // The mini cluster's own is unknown to others.
    forClients.set(
        "net.topology.node.switch.mapping.impl", "org.apache.hadoop.net.ScriptBasedMapping");
    Path conf = Files.createDirectory(directory.resolve("conf"));
    for (String name : List.of("core-site.xml", "yarn-site.xml")) {
      try (OutputStream out = Files.newOutputStream(conf.resolve(name))) {
        forClients.writeXml(out);
      }
    }
  }

  @AfterAll
  static void stop() {
    if (yarn != null) {
      yarn.stop();
    }
    if (hdfs != null) {
      hdfs.shutdown();
    }
    // Hadoop's servers register it for the whole process, where it would answer Kafka's clients.
    Security.removeProvider("SaslPlainServer");
  }

  private static String store() {
    return hdfs.getURI() + "/models/clicks";
  }

  private static Optional<Manifest> newest() {
    try {
      return ModelStore.open(store(), new Configuration()).newest();
    } catch (StoreException notYet) {
      return Optional.empty();
    }
  }

  private static long version() {
    return newest().map(Manifest::version).orElse(0L);
  }

  private static Process submit(Path log, List<String> command) throws IOException {
    String jars =
        Arrays.stream(Files.readString(SPARK.resolve("target/spark.classpath")).strip().split(":"))
            .map(jar -> "local:" + jar)
            .collect(Collectors.joining(","));
    String java = System.getProperty("java.home");
    List<String> line =
        new ArrayList<>(List.of(HOME.resolve("submit/yarn.sh").toString(), "--name", "rivulet-it"));
    for (String setting :
        List.of(
            "spark.yarn.jars=" + jars,
            "spark.yarn.appMasterEnv.JAVA_HOME=" + java,
            "spark.executorEnv.JAVA_HOME=" + java,
            "spark.yarn.maxAppAttempts=3",
            "spark.executor.cores=1",
            "spark.executor.memory=512m",
            "spark.driver.cores=1",
            "spark.driver.memory=768m",
            "spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1",
            "spark.executor.extraJavaOptions=-XX:TieredStopAtLevel=1",
            "spark.ui.enabled=false",
            "spark.yarn.report.interval=500ms")) {
      line.addAll(List.of("--conf", setting));
    }
    line.add("--");
    line.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("SPARK_HOME", SPARK.toString());
    builder.environment().put("HADOOP_CONF_DIR", directory.resolve("conf").toString());
    builder.environment().put("JAVA_HOME", java);
    return builder.start();
  }

  /** JVMs of the application's containers in which this class runs; they are our descendants. */
  private static List<ProcessHandle> containers(String main) {
    return ProcessHandle.current()
        .descendants()
        .filter(
            process ->
                process.info().command().orElse("").endsWith("/java")
                    && process
                        .info()
                        .arguments()
                        .map(arguments -> Arrays.stream(arguments).anyMatch(main::equals))
                        .orElse(false))
        .toList();
  }

  /** Kills one of these containers' JVMs; waits for it to come if need be. */
  private static long kill(String main, long otherThan) {
    List<ProcessHandle> found = new ArrayList<>();
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              found.clear();
              containers(main).stream().filter(p -> p.pid() != otherThan).forEach(found::add);
              return !found.isEmpty();
            });
    found.get(0).destroyForcibly();
    return found.get(0).pid();
  }

  @Test
  void trainingOutlivesItsExecutorsAndItsDriver() throws Exception {
    try (KafkaTopic topic = new KafkaTopic(directory.resolve("kafka"), 2)) {
      Path log = directory.resolve("submit.log");
      topic.send(Rivulet.clicks(4 * WINDOW));
      Process submitted =
          submit(
              log,
              Rivulet.args(
                  List.of("train", "--store", store(), "--until-idle", "5"),
                  List.of("--set", "window.rows=" + WINDOW),
                  Rivulet.SMALL,
                  topic.settings()));
      try {
        awaitVersion(2, submitted, log);
        kill("org.apache.spark.executor.YarnCoarseGrainedExecutorBackend", -1);
        topic.send(Rivulet.clicks(4 * WINDOW));
        awaitVersion(version() + 2, submitted, log);

        int epoch = newest().orElseThrow().epoch();
        kill("org.apache.spark.deploy.yarn.ApplicationMaster", -1);
        topic.send(Rivulet.clicks(4 * WINDOW));
        awaitVersion(version() + 2, submitted, log);
        assertThat(newest().orElseThrow().epoch()).isGreaterThan(epoch);

        assertThat(submitted.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      } finally {
        submitted.destroyForcibly();
      }
      assertThat(submitted.exitValue()).as(() -> read(log)).isZero();
      assertThat(read(log)).contains("final status: SUCCEEDED");

      assertThat(
              Rivulet.succeed(
                      Rivulet.args(
                          List.of("store", "verify", "--ledger", "--store", store()),
                          topic.settings()))
                  .out())
          .contains(String.format("%,d events trained, 0 quarantined", 12 * WINDOW))
          .contains("0 lost, 0 doubled");
      assertThat(
              Rivulet.succeed(
                      Rivulet.args(
                          List.of("store", "replay", "--store", store()), topic.settings()))
                  .out())
          .contains("The bits are the same");
    }
  }

  private static void awaitVersion(long version, Process submitted, Path log) {
    await().atMost(PATIENCE).until(() -> version() >= version || !submitted.isAlive());
    assertThat(submitted.isAlive()).as(() -> read(log)).isTrue();
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
