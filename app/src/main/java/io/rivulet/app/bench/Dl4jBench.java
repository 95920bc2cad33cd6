package io.rivulet.app.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rivulet.app.SettingsOptions;
import io.rivulet.app.process.ChildJvm;
import io.rivulet.app.process.ChildProcess;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.train.Report;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/**
 * The stock-DL4J engine alone, which {@code bench kernel} runs in a JVM of its own: with a large
 * vocabulary to run out of memory is what is to be found out.
 */
@Command(
    name = "dl4j",
    hidden = true,
    mixinStandardHelpOptions = true,
    description = "What `bench kernel --dl4j` runs in a process of its own.")
final class Dl4jBench implements Callable<Integer> {
  private static final String RATE = "dl4j_rows_per_s";
  private static final String ERROR = "dl4j_error";

  /** What the JVM exits with on -XX:+ExitOnOutOfMemoryError. */
  private static final int JVM_OUT_OF_MEMORY = 3;

  /** What Spark exits with when a task runs out of memory. */
  private static final int SPARK_OUT_OF_MEMORY = 52;

  /** SIGKILL, as Linux sends it when the machine has no memory left. */
  private static final int KILLED = 137;

  /** Of the heap; the JVM keeps the rest for what is young. */
  private static final double TABLE_SHARE = 0.6;

  @Mixin private SettingsOptions options;
  @Mixin private BenchOptions bench;

  @Option(names = "--vocab", required = true, paramLabel = "V", description = "Resident keys.")
  private int vocab;

  @Override
  public Integer call() {
    Report report = new Report();
    try {
      report.put(RATE, measure());
    } catch (OutOfMemoryError e) {
      report.put(ERROR, outOfMemory());
    } catch (IllegalStateException e) {
      report.put(ERROR, String.valueOf(e.getMessage()));
    }
    System.out.println(report.line());
    return 0;
  }

  private static String heap() {
    return Math.round(Heap.maxBytes() / Heap.GIB) + " GiB";
  }

  private double measure() {
    Settings settings = options.settings();
    LearnerSettings learner = settings.learner();
    ExampleBlock rows = bench.rows(settings).examples(Dl4jContender.rows(learner));
    ExampleBlock mapped = BenchRows.withVocabulary(rows, vocab);
    try (Dl4jContender dl4j = new Dl4jContender(learner, vocab, mapped)) {
      Interleaved<Double> alone = new Interleaved<>();
      alone.add(RATE, dl4j::rowsPerSecond);
      return alone.run(bench.repeats()).median(RATE, rate -> rate);
    }
  }

  private static String outOfMemory() {
    return "out of memory with a heap of " + heap();
  }

  /**
   * Runs this command in a JVM of its own and adds what it found to a case.
   *
   * @param parsed the command line of the command that asks
   * @param learner the model's settings
   */
  static void runApart(ParseResult parsed, LearnerSettings learner, int vocab, Report report) {
    double tableBytes = (double) vocab * learner.shape().rowWidth() * Float.BYTES;
    if (tableBytes > TABLE_SHARE * Heap.maxBytes()) {
      report
          .put(RATE, (Object) null)
          .put(
              ERROR,
              "not measured: the table alone needs more than the heap of "
                  + heap()
                  + "; set RIVULET_MEMORY");
      return;
    }
    List<String> arguments = new ArrayList<>(List.of("bench", "dl4j"));
    arguments.addAll(ChildJvm.given(parsed, List.of("--config", "--set", "--data", "--repeats")));
    for (String setting :
        List.of(
            "emb_dim=" + learner.shape().embDim(),
            "batch_size=" + learner.batchSize(),
            "averaging_frequency=" + learner.averagingFrequency(),
            "workers=" + learner.workers())) {
      arguments.addAll(List.of("--set", setting));
    }
    arguments.addAll(List.of("--vocab", Integer.toString(vocab)));
    putResult(ChildJvm.run(List.of("-XX:+ExitOnOutOfMemoryError"), arguments), report);
  }

  /** Adds what the process found, or what became of it. */
  static void putResult(ChildProcess child, Report report) {
    JsonNode found = result(child);
    if (found.has(RATE)) {
      report.put(RATE, found.get(RATE).asDouble()).put(ERROR, (Object) null);
    } else {
      report.put(RATE, (Object) null).put(ERROR, error(child, found));
    }
  }

  private static JsonNode result(ChildProcess child) {
    ObjectMapper json = new ObjectMapper();
    try {
      return child.code() == 0
          ? json.readTree(ChildProcess.lastLine(child.out()))
          : json.createObjectNode();
    } catch (JsonProcessingException e) {
      return json.createObjectNode();
    }
  }

  private static String error(ChildProcess child, JsonNode found) {
    if (found.has(ERROR)) {
      return found.get(ERROR).asText();
    }
    if (child.code() == JVM_OUT_OF_MEMORY
        || child.code() == SPARK_OUT_OF_MEMORY
        || child.err().contains(OutOfMemoryError.class.getName())) {
      return outOfMemory();
    }
    if (child.code() == KILLED) {
      return "killed by the system, which had no memory left";
    }
    return "exit code " + child.code() + ": " + ChildProcess.lastLine(child.err());
  }
}
