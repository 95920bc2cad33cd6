package io.rivulet.features;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.FeatureSpec.Vocabulary;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Test;
import scala.collection.JavaConverters;

/**
 * Holds the physical plan of the features to what RAPIDS runs on a GPU: see the page "Supported
 * Operators" of the RAPIDS Accelerator for Apache Spark. The door ({@link RawEvents}) runs on the
 * CPU by design, so plans begin behind it, from rows as in foreachBatch.
 */
class GpuPlanTest {
  private static final Set<String> OPERATORS =
      Set.of("RDDScanExec", "InputAdapter", "WholeStageCodegenExec", "ProjectExec", "FilterExec");

  private static final Set<String> EXPRESSIONS =
      Set.of(
          "Add",
          "Alias",
          "And",
          "AttributeReference",
          "BoundReference",
          "CaseWhen",
          "Cast",
          "Coalesce",
          "Contains",
          "CreateArray",
          "Divide",
          "EqualNullSafe",
          "EqualTo",
          "GetArrayItem",
          "GreaterThan",
          "GreaterThanOrEqual",
          "Greatest",
          "If",
          "IsNotNull",
          "IsNull",
          "Least",
          "Length",
          "LessThan",
          "LessThanOrEqual",
          "Literal",
          "Log1p",
          "Multiply",
          "Not",
          "OctetLength",
          "Or",
          "Size",
          "StringSplit",
          "Subtract",
          "XxHash64");

  @Test
  void parsingRunsOnAGpu() {
    assertThat(notForGpu(parsed())).isEmpty();
  }

  @Test
  void featuresThatNeedNoFittingRunOnAGpu() {
    assertThat(notForGpu(ClickFeaturesModel.unfitted().transform(parsed()))).isEmpty();
  }

  @Test
  void fittedFeaturesRunOnAGpu() {
    ClickFeaturesModel fitted =
        new ClickFeatures()
            .setScaling(Scaling.MINMAX)
            .setVocabulary(Vocabulary.FROZEN)
            .setMinCount(1)
            .fit(parsed());

    assertThat(notForGpu(fitted.transform(parsed()))).isEmpty();
  }

  @Test
  void thePlanHasTheWorkInIt() {
    Set<String> found = found(ClickFeaturesModel.unfitted().transform(parsed()));

    assertThat(found).contains("RDDScanExec", "ProjectExec", "StringSplit", "XxHash64", "Log1p");
  }

  @Test
  void aFunctionOfTheUsersIsFound() {
    UserDefinedFunction shout =
        functions.udf((UDF1<String, String>) text -> text + "!", DataTypes.StringType);
    Dataset<Row> withFunction = parsed().withColumn("C1", shout.apply(col("C1")));

    assertThat(notForGpu(ClickFeaturesModel.unfitted().transform(withFunction)))
        .contains("ScalaUDF");
  }

  @Test
  void typedLambdasAreFound() {
    Dataset<Row> examples = ClickFeaturesModel.unfitted().transform(parsed());
    MapFunction<Row, String> topic = row -> row.getAs(RawEvents.TOPIC);
    MapPartitionsFunction<String, String> same = texts -> texts;

    assertThat(notForGpu(examples.map(topic, Encoders.STRING()).toDF()))
        .contains("MapElementsExec", "DeserializeToObjectExec", "SerializeFromObjectExec");
    assertThat(
            notForGpu(
                examples
                    .select(RawEvents.TOPIC)
                    .as(Encoders.STRING())
                    .mapPartitions(same, Encoders.STRING())
                    .toDF()))
        .contains("MapPartitionsExec");
  }

  private static Dataset<Row> parsed() {
    Dataset<Row> decoded = Events.decoded(Events.lines(4));
    Dataset<Row> behindTheDoor =
        LocalSpark.SESSION.createDataFrame(decoded.toJavaRDD(), decoded.schema());
    return TsvEvents.parsed(behindTheDoor, Schema.criteo());
  }

  /** Operators and expressions of the physical plan that aren't known to run on a GPU. */
  private static Set<String> notForGpu(Dataset<Row> data) {
    Set<String> found = found(data);
    found.removeAll(OPERATORS);
    found.removeAll(EXPRESSIONS);
    return found;
  }

  private static Set<String> found(Dataset<Row> data) {
    Set<String> found = new TreeSet<>();
    collect(data.queryExecution().executedPlan(), found);
    return found;
  }

  private static void collect(SparkPlan plan, Set<String> found) {
    found.add(plan.getClass().getSimpleName());
    for (Expression expression : JavaConverters.seqAsJavaList(plan.expressions())) {
      collect(expression, found);
    }
    for (SparkPlan child : JavaConverters.seqAsJavaList(plan.children())) {
      collect(child, found);
    }
  }

  private static void collect(Expression expression, Set<String> found) {
    found.add(expression.getClass().getSimpleName());
    for (Expression child : JavaConverters.seqAsJavaList(expression.children())) {
      collect(child, found);
    }
  }
}
