package io.rivulet.app;

import io.rivulet.app.settings.Settings;
import io.rivulet.app.train.FeatureStage;
import io.rivulet.features.ClickFeaturesModel;
import io.rivulet.features.EventParser;
import io.rivulet.features.RawEvents;
import io.rivulet.features.WireForm;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "rapids-explain",
    mixinStandardHelpOptions = true,
    description = {
      "Says of each operator of the features' plan whether RAPIDS would run it on a GPU, for each"
          + " form of events, or why not. Needs no GPU.",
      "Needs a Spark with RAPIDS' jar: SPARK_HOME=… RIVULET_OPTS=\"--jars $(submit/fetch-rapids)\"."
    })
final class RapidsExplainCommand implements Callable<Integer> {
  private static final String EXPLAIN = "com.nvidia.spark.rapids.ExplainPlan";

  private static final Pattern OPERATOR =
      Pattern.compile("^([*!]) ?(?:Exec )?<(\\w+Exec)> .*run on GPU.*");
  private static final Pattern REFUSED =
      Pattern.compile("^! ?(?:Expression )?<(\\w+)> .* cannot run on GPU because (.*)$");

  /** Spark's number of a column, which is another one each time, and packages of classes. */
  private static final Pattern NOISE =
      Pattern.compile("#\\d+L?|(?<=\\bclass )(?:[a-z]\\w*\\.)+(?=[A-Z])");

  @Mixin private SettingsOptions options;

  @Override
  public Integer call() {
    Settings settings = options.settings();
    try (SparkSession spark = Sessions.create("rapids-explain")) {
      ClickFeaturesModel features = FeatureStage.of(spark, settings).model();
      for (WireForm form : WireForm.values()) {
        // As a micro-batch begins; its content doesn't matter.
        Dataset<Row> raw =
            spark.createDataFrame(
                JavaSparkContext.fromSparkContext(spark.sparkContext()).<Row>emptyRDD(),
                RawEvents.TYPE);
        Dataset<Row> examples =
            features
                .transform(EventParser.parsed(raw, settings.schema(), form, 1 << 20))
                .select(
                    "topic", "partition", "offset", "reason", "label", "keys", "weights", "fields");
        System.out.println("== " + form.name().toLowerCase(Locale.ROOT));
        summary(explain(examples)).forEach(System.out::println);
      }
    }
    return 0;
  }

  /**
   * The operators, the last one first, each with GPU or CPU; after one on the CPU the expressions
   * to blame and why, each once.
   */
  static List<String> summary(String explained) {
    List<String> lines = new ArrayList<>();
    Set<String> reasons = new LinkedHashSet<>();
    for (String line : explained.lines().map(String::strip).toList()) {
      Matcher operator = OPERATOR.matcher(line);
      if (operator.find()) {
        lines.addAll(reasons);
        reasons.clear();
        lines.add(operator.group(2) + "  " + (operator.group(1).equals("*") ? "GPU" : "CPU"));
      } else {
        Matcher refused = REFUSED.matcher(line);
        if (refused.find()) {
          String why = NOISE.matcher(refused.group(2)).replaceAll("");
          reasons.add("  " + refused.group(1) + ": " + why);
        }
      }
    }
    lines.addAll(reasons);
    return lines;
  }

  private static String explain(Dataset<Row> plan) {
    try {
      return (String)
          Class.forName(EXPLAIN, true, Thread.currentThread().getContextClassLoader())
              .getMethod("explainPotentialGpuPlan", Dataset.class, String.class)
              .invoke(null, plan, "ALL");
    } catch (ClassNotFoundException e) {
      throw new UserError(
          "RAPIDS' jar isn't there; set SPARK_HOME and RIVULET_OPTS=\"--jars"
              + " $(submit/fetch-rapids)\"",
          e);
    } catch (InvocationTargetException | NoSuchMethodException | IllegalAccessException e) {
      throw new UserError("RAPIDS can't explain the plan: " + e, e);
    }
  }
}
