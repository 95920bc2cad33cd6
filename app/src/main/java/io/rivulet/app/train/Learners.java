package io.rivulet.app.train;

import io.rivulet.trainer.averaging.Learner;
import io.rivulet.trainer.averaging.OnlineLearner;
import io.rivulet.trainer.dl4j.Dl4jLearner;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.spark.SparkWorkers;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** The engines by their setting. */
final class Learners {
  private Learners() {}

  /** A learner that goes on with {@code model}, on the executors of {@code spark}. */
  static Learner create(SparkSession spark, WideDeepModel model, Admission admission) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    return switch (model.settings().engine()) {
      case SPARSE ->
          new OnlineLearner(model, admission, new SparkWorkers(context, model.settings()));
      case DL4J -> new Dl4jLearner(context, model, admission);
    };
  }
}
