package io.rivulet.app;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.status.api.v1.StageData;
import scala.collection.JavaConverters;

/** Tells every few seconds how far Spark's running stages are. */
final class Progress implements AutoCloseable {
  private static final long EVERY_S = 2;

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "rivulet-progress");
            thread.setDaemon(true);
            return thread;
          });

  Progress(SparkSession spark, Consumer<String> console) {
    timer.scheduleAtFixedRate(() -> tell(spark, console), EVERY_S, EVERY_S, TimeUnit.SECONDS);
  }

  private static void tell(SparkSession spark, Consumer<String> console) {
    for (StageData stage :
        JavaConverters.seqAsJavaList(spark.sparkContext().statusStore().activeStages())) {
      console.accept(
          String.format(
              "%,d rows, %,d MB read, %d of %d tasks done",
              stage.inputRecords(),
              stage.inputBytes() >> 20,
              stage.numCompleteTasks(),
              stage.numTasks()));
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
