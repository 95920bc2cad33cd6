package io.rivulet.app.ui;

import io.rivulet.app.report.History;
import java.util.function.Consumer;
import org.apache.spark.SparkContext;
import org.apache.spark.metrics.MetricsSystem;
import org.apache.spark.scheduler.LiveListenerBus;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.ui.SparkUI;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.collection.JavaConverters;

/** Puts a training into Spark's web UI, metrics and event log. */
public final class LearningUi implements Consumer<String> {
  private static final Logger LOG = LoggerFactory.getLogger(LearningUi.class);

  private final History history = new History();
  private final LearningMetrics metrics = new LearningMetrics(history);
  private final LiveListenerBus bus;

  private LearningUi(SparkContext context) {
    bus = context.listenerBus();
    // Of an earlier training in this session there may be both.
    MetricsSystem system = context.env().metricsSystem();
    JavaConverters.seqAsJavaList(system.getSourcesByName(LearningMetrics.NAME))
        .forEach(system::removeSource);
    system.registerSource(metrics);
    if (context.ui().isDefined()) {
      SparkUI ui = context.ui().get();
      JavaConverters.seqAsJavaList(ui.getTabs()).stream()
          .filter(LearningTab.class::isInstance)
          .toList()
          .forEach(ui::detachTab);
      ui.attachTab(new LearningTab(ui, () -> history));
    }
  }

  /**
   * Adds the tab, if there is a web UI, and the metrics.
   *
   * @return takes what they show from then on: the lines of {@code metrics.jsonl}, and {@code
   *     {"committed": version, "window": …, "at": time, "bytes": …}} after each commit
   */
  public static Consumer<String> attach(SparkSession spark) {
    try {
      return new LearningUi(spark.sparkContext());
    } catch (LinkageError | RuntimeException e) {
      LOG.warn("This Spark's web UI and metrics don't show what is learned: {}", e.toString());
      return line -> {};
    }
  }

  @Override
  public void accept(String line) {
    if (history.add(line)) {
      metrics.committed();
    }
    bus.post(new MetricsLine(line));
  }
}
