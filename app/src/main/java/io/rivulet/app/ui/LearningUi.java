package io.rivulet.app.ui;

import io.rivulet.app.report.History;
import java.util.function.Consumer;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.LiveListenerBus;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.ui.SparkUI;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.collection.JavaConverters;

/** Puts a training into Spark's web UI and event log. */
public final class LearningUi {
  private static final Logger LOG = LoggerFactory.getLogger(LearningUi.class);

  private LearningUi() {}

  /**
   * Adds the tab, if there is a web UI.
   *
   * @return takes what it shows from then on: the lines of {@code metrics.jsonl}, and {@code
   *     {"committed": version, "window": …, "at": time, "bytes": …}} after each commit
   */
  public static Consumer<String> attach(SparkSession spark) {
    try {
      SparkContext context = spark.sparkContext();
      History history = new History();
      if (context.ui().isDefined()) {
        SparkUI ui = context.ui().get();
        // Of an earlier training in this session.
        JavaConverters.seqAsJavaList(ui.getTabs()).stream()
            .filter(LearningTab.class::isInstance)
            .toList()
            .forEach(ui::detachTab);
        ui.attachTab(new LearningTab(ui, () -> history));
      }
      LiveListenerBus bus = context.listenerBus();
      return line -> {
        history.add(line);
        bus.post(new MetricsLine(line));
      };
    } catch (LinkageError | RuntimeException e) {
      LOG.warn("There is no tab \"Online learning\" in this Spark's web UI: {}", e.toString());
      return line -> {};
    }
  }
}
