package io.rivulet.app.bench;

import io.rivulet.app.Sessions;
import io.rivulet.trainer.dl4j.Dl4jLearner;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * The stock-DL4J engine on a local Spark, with all keys of a vocabulary in its table. Beside
 * Rivulet's learner it shares the setting of one BLAS thread a worker, which suits it: with more,
 * the threads of its workers would fight for the cores.
 */
final class Dl4jContender implements AutoCloseable {
  private static final int MINI_BATCHES = 4;

  private final SparkSession spark;
  private final Dl4jLearner learner;
  private final ExampleBlock window;

  /**
   * A contender that learns one window again and again.
   *
   * @param rows over the keys 0 to {@code vocab} − 1; as many as {@link #rows} says are used
   */
  Dl4jContender(LearnerSettings settings, int vocab, ExampleBlock rows) {
    WideDeepModel model = new WideDeepModel(settings);
    ResidentKeys.fill(model, vocab);
    window = BenchRows.slice(rows, 0, Math.min(rows.rows(), rows(settings)));
    spark = Sessions.create("bench");
    learner =
        new Dl4jLearner(
            JavaSparkContext.fromSparkContext(spark.sparkContext()), model, Admission.DYNAMIC);
  }

  /** Rows of its window: a full round, but a few mini-batches at least. It is slow. */
  static int rows(LearnerSettings settings) {
    int miniBatches = Math.max(MINI_BATCHES, settings.workers() * settings.averagingFrequency());
    return Math.multiplyExact(miniBatches, settings.batchSize());
  }

  /** Learns the window. */
  double rowsPerSecond() {
    long start = System.nanoTime();
    learner.learn(window);
    return window.rows() * 1e9 / (System.nanoTime() - start);
  }

  @Override
  public void close() {
    learner.close();
    spark.close();
  }
}
