package io.rivulet.app.ui;

import io.rivulet.app.report.History;
import java.util.function.Consumer;
import org.apache.spark.SparkContext;
import org.apache.spark.metrics.MetricsSystem;
import org.apache.spark.scheduler.LiveListenerBus;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.ui.SparkUI;
import scala.collection.JavaConverters;

/** Puts a training into Spark's web UI, metrics and event log. */
public final class LearningUi implements Consumer<String> {
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
   *     {"committed": version, "window": …, "at": time, "bytes": …}} after each commit, {@code
   *     {"published": version}} when one may be served
   */
  public static Consumer<String> attach(SparkSession spark) {
    return new LearningUi(spark.sparkContext());
  }

  @Override
  public void accept(String line) {
    metrics.heard();
    if (history.add(line)) {
      metrics.committed();
    }
    bus.post(new MetricsLine(line));
  }
}
