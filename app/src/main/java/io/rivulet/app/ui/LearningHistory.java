package io.rivulet.app.ui;

import io.rivulet.app.report.History;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.status.AppHistoryServerPlugin;
import org.apache.spark.status.ElementTrackingStore;
import org.apache.spark.ui.SparkUI;
import org.apache.spark.util.kvstore.KVIndex;
import org.apache.spark.util.kvstore.KVStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * The tab in Spark's history server, which finds this class by the application jar on its class
 * path.
 */
public final class LearningHistory implements AppHistoryServerPlugin {
  private static final Logger LOG = LoggerFactory.getLogger(LearningHistory.class);

  /** A line as the history server's store keeps it; public for Spark's serializer. */
  public static final class StoredLine {
    /** Its place among the lines. */
    @KVIndex public final long id;

    /** JSON. */
    public final String line;

    /** For Spark's serializer. */
    public StoredLine() {
      this(0, "");
    }

    StoredLine(long id, String line) {
      this.id = id;
      this.line = line;
    }
  }

  private static final class Listener extends SparkListener {
    private final ElementTrackingStore store;
    private long lines;

    Listener(ElementTrackingStore store) {
      this.store = store;
    }

    @Override
    public void onOtherEvent(SparkListenerEvent event) {
      if (event instanceof MetricsLine metrics) {
        store.write(new StoredLine(lines++, metrics.line()));
      }
    }
  }

  @Override
  public Seq<SparkListener> createListeners(SparkConf conf, ElementTrackingStore store) {
    return JavaConverters.asScalaBuffer(List.<SparkListener>of(new Listener(store)));
  }

  @Override
  public void setupUI(SparkUI ui) {
    KVStore store = ui.store().store();
    try {
      if (store.count(StoredLine.class) > 0) {
        ui.attachTab(new LearningTab(ui, () -> read(store)));
      }
    } catch (Exception e) {
      LOG.warn("There is no tab \"Online learning\" in this history server: {}", e.toString());
    }
  }

  private static History read(KVStore store) {
    History history = new History();
    try {
      store.view(StoredLine.class).forEach(stored -> history.add(stored.line));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return history;
  }
}
