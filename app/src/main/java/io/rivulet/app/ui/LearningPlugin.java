package io.rivulet.app.ui;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.rivulet.trainer.averaging.StepTimes;
import io.rivulet.trainer.spark.WorkerTotals;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * What the workers of each executor do, as metrics of that executor for Spark's sinks. It is for
 * {@code spark.plugins}; the driver's metrics are {@link LearningMetrics} and need no plugin.
 */
public final class LearningPlugin implements SparkPlugin {
  private static final double NANO = 1e9;

  @Override
  public DriverPlugin driverPlugin() {
    return null;
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new WorkerMetrics();
  }

  private static final class WorkerMetrics implements ExecutorPlugin {
    @Override
    public void init(PluginContext context, Map<String, String> extra) {
      MetricRegistry registry = context.metricRegistry();
      registry.register("worker_tasks", (Gauge<Long>) () -> WorkerTotals.here().tasks());
      registry.register("worker_events", (Gauge<Long>) () -> WorkerTotals.here().examples());
      seconds(registry, "gather", StepTimes::gather);
      seconds(registry, "forward", StepTimes::forward);
      seconds(registry, "backward", StepTimes::backward);
      seconds(registry, "tower", StepTimes::towerOptimizer);
      seconds(registry, "sparse", StepTimes::sparseOptimizer);
    }

    private static void seconds(
        MetricRegistry registry, String part, ToLongFunction<StepTimes> time) {
      registry.register(
          "worker_seconds_" + part,
          (Gauge<Double>) () -> time.applyAsLong(WorkerTotals.here().times()) / NANO);
    }
  }
}
