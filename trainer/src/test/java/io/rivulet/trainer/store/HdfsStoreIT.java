package io.rivulet.trainer.store;

import static io.rivulet.trainer.store.StoreFixtures.train;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HdfsStoreIT extends StoreContract {
  @TempDir static Path disks;

  private static MiniDFSCluster cluster;
  private static Configuration settings;

  @BeforeAll
  static void startHdfs() throws IOException {
    settings = new Configuration();
    settings.set("hdfs.minidfs.basedir", disks.toString());
    settings.setInt("dfs.namenode.metrics.logger.period.seconds", 0);
    settings.setInt("dfs.datanode.metrics.logger.period.seconds", 0);
    cluster = new MiniDFSCluster.Builder(settings).numDataNodes(1).build();
    cluster.waitActive();
  }

  @AfterAll
  static void stopHdfs() {
    if (cluster != null) {
      cluster.shutdown();
    }
  }

  @Override
  String root() {
    return cluster.getURI().toString();
  }

  @Override
  Configuration settingsOfHadoop() {
    return settings;
  }

  @Test
  void metricsGrowByLinesAcrossRuns() throws IOException {
    train(location, hadoop, 3, 9).writer.appendMetrics("{\"a\":1}");
    train(location, hadoop, 3, 9).writer.appendMetrics("{\"b\":2}");

    assertThat(new StoreFiles(location, hadoop).read(StoreNames.METRICS))
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("{\"a\":1}\n{\"b\":2}\n");
  }
}
