package io.rivulet.app.bench;

import io.rivulet.app.Sessions;
import io.rivulet.app.process.TalkingJvm;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.train.Report;
import io.rivulet.trainer.averaging.OnlineLearner;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.spark.SparkWorkers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * A driver with executors in JVMs of their own, for {@link ScaleBench}: master and workers of
 * Spark's standalone mode run in this process, where they have next to nothing to do. Each line on
 * standard input asks for one measurement, which is answered by a line of JSON.
 */
final class ScaleProgram {
  private static final String LOGGING = "log4j2.configurationFile";
  private static final long EXIT_TIMEOUT_S = 20;
  private static final double NANO = 1e9;

  private ScaleProgram() {}

  /**
   * Starts the program.
   *
   * @param home a new directory, which stands in for Spark's own
   * @param rows examples of a measurement, in windows of all workers' rounds
   */
  static TalkingJvm start(
      Path home, Path lines, int rows, int executors, int executorMb, Map<String, String> settings)
      throws IOException {
    // Spark's worker starts executors with the jars of an installed Spark. Here it finds none
    // there,
    // since they are on the class path.
    Files.createDirectories(home.resolve("jars"));
    List<String> options =
        List.of(
            "-Dspark.master=local-cluster[" + executors + ",1," + executorMb + "]",
            "-Dspark.executor.memory=" + executorMb + "m",
            "-Dspark.executor.cores=1",
            "-Dspark.cores.max=" + executors,
            "-Dspark.scheduler.minRegisteredResourcesRatio=1.0",
            "-Dspark.scheduler.maxRegisteredResourcesWaitingTime=120s",
            "-Dspark.ui.enabled=false");
    List<String> arguments = new ArrayList<>(List.of(lines.toString(), Integer.toString(rows)));
    settings.forEach((name, value) -> arguments.add(name + "=" + value));
    Map<String, String> environment =
        Map.of(
            "SPARK_HOME", home.toString(),
            "SPARK_SCALA_VERSION", "2.12",
            "SPARK_LOCAL_IP", "127.0.0.1");
    return TalkingJvm.start(ScaleProgram.class, options, arguments, environment);
  }

  public static void main(String[] args) throws IOException {
    PrintStream answers = System.out;
    System.setOut(System.err);
    configureExecutors();
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 2; i < args.length; i++) {
      int equals = args[i].indexOf('=');
      values.put(args[i].substring(0, equals), args[i].substring(equals + 1));
    }
    Settings settings = Settings.of(values);
    ExampleBlock examples =
        BenchRows.ofFile(settings, Path.of(args[0])).examples(Integer.parseInt(args[1]));
    BufferedReader questions =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    List<ProcessHandle> executors;
    try (SparkSession spark = Sessions.create("bench scale")) {
      LearnerSettings learnerSettings = settings.learner();
      JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
      try (OnlineLearner learner =
          new OnlineLearner(
              new WideDeepModel(learnerSettings),
              BenchOptions.admission(learnerSettings),
              new SparkWorkers(context, learnerSettings))) {
        learn(learner, examples);
        executors = ProcessHandle.current().children().toList();
        if (executors.size() != learnerSettings.workers()) {
          throw new IllegalStateException(
              executors.size() + " child processes, not " + learnerSettings.workers());
        }
        while (questions.readLine() != null) {
          answers.println(measure(learner, examples, executors).line());
          answers.flush();
        }
      }
    }
    executors.forEach(ScaleProgram::awaitExit);
    System.exit(0);
  }

  private static void configureExecutors() {
    System.setProperty("spark.executor.extraClassPath", System.getProperty("java.class.path"));
    String logging = System.getProperty(LOGGING);
    System.setProperty(
        "spark.executor.extraJavaOptions",
        "-XX:+UseParallelGC" + (logging == null ? "" : " \"-D" + LOGGING + "=" + logging + "\""));
  }

  /** Learns in windows of one round each. */
  private static void learn(OnlineLearner learner, ExampleBlock examples) {
    LearnerSettings settings = learner.model().settings();
    int window = settings.workers() * settings.batchSize() * settings.averagingFrequency();
    for (int from = 0; from < examples.rows(); from += window) {
      learner.learn(BenchRows.slice(examples, from, Math.min(examples.rows(), from + window)));
    }
  }

  private static Report measure(
      OnlineLearner learner, ExampleBlock examples, List<ProcessHandle> executors) {
    double driverBefore = ProcessCpu.seconds();
    double executorsBefore = executorSeconds(executors);
    long start = System.nanoTime();
    learn(learner, examples);
    double wall = (System.nanoTime() - start) / NANO;
    return new Report()
        .put("rows", examples.rows())
        .put("wall_s", wall)
        .put("executor_s", executorSeconds(executors) - executorsBefore)
        .put("driver_s", ProcessCpu.seconds() - driverBefore);
  }

  /** CPU time of whole executors, so that garbage collection and the network are in it. */
  private static double executorSeconds(List<ProcessHandle> executors) {
    return executors.stream()
        .mapToDouble(
            executor ->
                executor
                        .info()
                        .totalCpuDuration()
                        .orElseThrow(
                            () -> new IllegalStateException("An executor's CPU time is unknown"))
                        .toNanos()
                    / NANO)
        .sum();
  }

  private static void awaitExit(ProcessHandle executor) {
    try {
      executor.onExit().get(EXIT_TIMEOUT_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      executor.destroyForcibly();
    }
  }
}
