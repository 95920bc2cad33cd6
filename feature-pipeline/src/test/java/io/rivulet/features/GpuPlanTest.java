package io.rivulet.features;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.FeatureSpec.Vocabulary;
import io.rivulet.features.Schema.EventTime;
import io.rivulet.features.Schema.Field;
import io.rivulet.features.Schema.Label;
import io.rivulet.features.Schema.Pooling;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.StringSplit;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import scala.collection.JavaConverters;

/**
 * Holds the physical plan of the features to what RAPIDS runs on a GPU: see the page "Supported
 * Operators" of the RAPIDS Accelerator for Apache Spark 25.04. Only MindRec's form has work for the
 * CPU, in operators of its own; RAPIDS moves whole operators.
 */
class GpuPlanTest {
  private static final Set<String> OPERATORS =
      Set.of("RDDScanExec", "InputAdapter", "WholeStageCodegenExec", "ProjectExec", "FilterExec");

  private static final Set<String> EXPRESSIONS =
      Set.of(
          "Abs",
          "Add",
          "Alias",
          "And",
          "ArrayRepeat",
          "ArrayTransform",
          "AttributeReference",
          "BoundReference",
          "CaseWhen",
          "Cast",
          "Coalesce",
          "Concat",
          "Contains",
          "CreateArray",
          "Divide",
          "EndsWith",
          "EqualNullSafe",
          "EqualTo",
          "Floor",
          "GetArrayItem",
          "GetStructField",
          "GreaterThan",
          "GreaterThanOrEqual",
          "Greatest",
          "If",
          "In",
          "InSet",
          "IsNaN",
          "IsNotNull",
          "IsNull",
          "JsonToStructs",
          "LambdaFunction",
          "Least",
          "Length",
          "LessThan",
          "LessThanOrEqual",
          "Literal",
          "Log",
          "Log1p",
          "Multiply",
          "NamedLambdaVariable",
          "Not",
          "Or",
          "Pow",
          "Signum",
          "Size",
          "StartsWith",
          "StringSplit",
          "SubstringIndex",
          "Subtract",
          "XxHash64");

  /** What finds columns by the names in a record's key. */
  private static final Set<String> BY_NAME =
      Set.of("ArrayDistinct", "ArrayPosition", "OctetLength", "RLike");

  /** What that must leave to operators that can run on a GPU. */
  private static final Set<String> WORK = Set.of("In", "Log1p", "StringSplit", "XxHash64");

  /** Every kind of field and every setting that changes an expression. */
  private static final Schema POOLED =
      new Schema(
          "pooled",
          new Label("stars", List.of(), List.of(), 4),
          "id",
          new EventTime("at", EventTime.Unit.SECONDS),
          List.of(
              Field.dense("whole", "whole", Scaling.LOG1P, true),
              Field.multiValued("mean", "mean", Pooling.MEAN),
              Field.dense("real", "real", Scaling.NONE, false),
              new Field(
                  "zero",
                  "zero",
                  Schema.Kind.CATEGORICAL,
                  Scaling.LOG1P,
                  false,
                  Schema.Missing.ZERO,
                  -1,
                  "|",
                  Pooling.MEAN),
              Field.multiValued("sum", "sum", Pooling.SUM)),
          List.of());

  @ParameterizedTest
  @EnumSource
  void parsingRunsOnAGpu(WireForm form) {
    assertThat(notForGpu(parsed(Events.CRITEO, form), form)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void featuresThatNeedNoFittingRunOnAGpu(WireForm form) {
    assertThat(notForGpu(examples(Events.CRITEO, form), form)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void pooledFeaturesRunOnAGpu(WireForm form) {
    Dataset<Row> examples = examples(POOLED, form);

    assertThat(notForGpu(examples, form)).isEmpty();
    assertThat(found(examples)).contains("ArrayTransform", "ArrayRepeat", "StringSplit", "IsNaN");
  }

  @Test
  void bucketsRunOnAGpu() {
    Dataset<Row> examples = examples(Schema.criteo(Scaling.BUCKETS), WireForm.TSV);

    assertThat(notForGpu(examples)).isEmpty();
    assertThat(found(examples)).contains("Log", "Floor");
  }

  @Test
  void fittedFeaturesRunOnAGpu() {
    ClickFeaturesModel fitted =
        new ClickFeatures()
            .setScaling(Scaling.MINMAX)
            .setVocabulary(Vocabulary.FROZEN)
            .setMinCount(1)
            .fit(parsed(Events.CRITEO, WireForm.TSV));

    assertThat(notForGpu(fitted.transform(parsed(Events.CRITEO, WireForm.TSV)))).isEmpty();
  }

  @Test
  void columnsAreFoundByNameInOperatorsOfTheirOwn() {
    for (Schema schema : List.of(Events.CRITEO, POOLED)) {
      List<Set<String>> byName =
          operators(examples(schema, WireForm.MINDREC)).stream()
              .filter(operator -> operator.stream().anyMatch(BY_NAME::contains))
              .toList();

      assertThat(byName).isNotEmpty();
      assertThat(byName).allSatisfy(one -> assertThat(one).doesNotContainAnyElementsOf(WORK));
    }
  }

  @ParameterizedTest
  @EnumSource
  void textsAreSplitByPatternsThatAGpuReads(WireForm form) {
    List<String> patterns = new ArrayList<>();
    collectPatterns(examples(POOLED, form).queryExecution().executedPlan(), patterns);

    // RAPIDS knows an escaped character, but no \Q.
    assertThat(patterns).isNotEmpty().noneMatch(pattern -> pattern.contains("\\Q"));
  }

  @Test
  void thePlanHasTheWorkInIt() {
    assertThat(found(examples(Events.CRITEO, WireForm.TSV)))
        .contains("RDDScanExec", "ProjectExec", "StringSplit", "XxHash64", "Log1p");
    assertThat(found(examples(Events.CRITEO, WireForm.JSON)))
        .contains("JsonToStructs", "GetStructField", "XxHash64", "Log1p");
  }

  @Test
  void aFunctionOfTheUsersIsFound() {
    UserDefinedFunction shout =
        functions.udf((UDF1<String, String>) text -> text + "!", DataTypes.StringType);
    Dataset<Row> withFunction =
        parsed(Events.CRITEO, WireForm.TSV).withColumn("C1", shout.apply(col("C1")));

    assertThat(notForGpu(ClickFeaturesModel.unfitted(Events.CRITEO).transform(withFunction)))
        .contains("ScalaUDF");
  }

  @Test
  void typedLambdasAreFound() {
    Dataset<Row> examples = examples(Events.CRITEO, WireForm.TSV);
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

  /** Plans don't depend on what the events hold, so these needn't be of the form. */
  private static Dataset<Row> parsed(Schema schema, WireForm form) {
    return Events.parsed(schema, form, Events.line(0), Events.line(1));
  }

  private static Dataset<Row> examples(Schema schema, WireForm form) {
    return ClickFeaturesModel.unfitted(schema).transform(parsed(schema, form));
  }

  /** Operators and expressions of the physical plan that aren't known to run on a GPU. */
  private static Set<String> notForGpu(Dataset<Row> data) {
    Set<String> found = found(data);
    found.removeAll(OPERATORS);
    found.removeAll(EXPRESSIONS);
    return found;
  }

  /** The same but for what {@link WireForm#MINDREC} alone needs. */
  private static Set<String> notForGpu(Dataset<Row> data, WireForm form) {
    Set<String> found = notForGpu(data);
    if (form == WireForm.MINDREC) {
      found.removeAll(BY_NAME);
    }
    return found;
  }

  private static Set<String> found(Dataset<Row> data) {
    Set<String> found = new TreeSet<>();
    operators(data).forEach(found::addAll);
    return found;
  }

  /** Each operator of the physical plan: its own name and those of its expressions. */
  private static List<Set<String>> operators(Dataset<Row> data) {
    List<Set<String>> operators = new ArrayList<>();
    collect(data.queryExecution().executedPlan(), operators);
    return operators;
  }

  private static void collect(SparkPlan plan, List<Set<String>> operators) {
    Set<String> operator = new TreeSet<>();
    operator.add(plan.getClass().getSimpleName());
    for (Expression expression : JavaConverters.seqAsJavaList(plan.expressions())) {
      collect(expression, operator);
    }
    operators.add(operator);
    for (SparkPlan child : JavaConverters.seqAsJavaList(plan.children())) {
      collect(child, operators);
    }
  }

  private static void collect(Expression expression, Set<String> operator) {
    operator.add(expression.getClass().getSimpleName());
    for (Expression child : JavaConverters.seqAsJavaList(expression.children())) {
      collect(child, operator);
    }
  }

  private static void collectPatterns(SparkPlan plan, List<String> patterns) {
    for (Expression expression : JavaConverters.seqAsJavaList(plan.expressions())) {
      collectPatterns(expression, patterns);
    }
    for (SparkPlan child : JavaConverters.seqAsJavaList(plan.children())) {
      collectPatterns(child, patterns);
    }
  }

  private static void collectPatterns(Expression expression, List<String> patterns) {
    if (expression instanceof StringSplit split) {
      patterns.add(split.regex().toString());
    }
    for (Expression child : JavaConverters.seqAsJavaList(expression.children())) {
      collectPatterns(child, patterns);
    }
  }
}
