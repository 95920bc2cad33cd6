package io.rivulet.app;

import io.rivulet.app.bench.BenchCommand;
import io.rivulet.app.fuzz.FuzzCommand;
import io.rivulet.app.soak.SoakCommand;
import io.rivulet.trainer.averaging.DivergedException;
import io.rivulet.trainer.store.StoreException;
import java.io.EOFException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.zip.ZipException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.spark.SparkUserAppException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Entry of the application jar. */
@Command(
    name = "rivulet",
    mixinStandardHelpOptions = true,
    version = "Rivulet 0.1.0",
    description = "Keeps a Wide&Deep click model learning while clicks arrive.",
    subcommands = {
      DemoCommand.class,
      TrainCommand.class,
      EvaluateCommand.class,
      ServeCommand.class,
      ExportCommand.class,
      ReportCommand.class,
      RapidsExplainCommand.class,
      PrepareCommand.class,
      StoreCommand.class,
      BrokerCommand.class,
      LabelCommand.class,
      GenerateCommand.class,
      ProduceCommand.class,
      SettingsCommand.class,
      PlanCommand.class,
      BenchCommand.class,
      SoakCommand.class,
      FuzzCommand.class
    })
public final class Main implements Runnable {
  /** See Spark's SparkExitCode. */
  private static final String EXIT_OF_OUT_OF_MEMORY = "exited with code 52";

  @Spec private CommandSpec spec;

  /** Runs a command and exits with its code: 0, 1 for an error, 2 for a wrong command line. */
  public static void main(String[] args) throws SparkUserAppException {
    int code = execute(args);
    System.out.flush();
    if (!"cluster".equals(System.getProperty("spark.submit.deployMode"))) {
      System.exit(code);
    }
    // The JVM is a cluster manager's, which takes an exit for a failure.
    if (code != 0) {
      throw new SparkUserAppException(code);
    }
  }

  static int execute(String... args) {
    return commandLine().execute(args);
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(true)
        .setExecutionExceptionHandler((e, line, parsed) -> fail(e));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command?");
  }

  private static int fail(Exception e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      String sentence = explain(cause);
      if (sentence != null) {
        System.err.println("rivulet: " + sentence);
        return 1;
      }
    }
    System.err.println("rivulet: This should not have happened; please report it:");
    e.printStackTrace();
    return 1;
  }

  /** What a user should read, or null where only the cause behind may tell. */
  private static String explain(Throwable e) {
    String message = String.valueOf(e.getMessage());
    if (message.contains("No space left on device") || message.contains("Disk quota exceeded")) {
      return "The disk is full. The last committed version is intact; free some space and start"
          + " again: training goes on from there. ("
          + message
          + ")";
    }
    if (message.contains("ExecutorLostFailure")) {
      return String.format(
          "%s each time that a task was tried. The last committed version is intact; give executors"
              + " more memory (spark.executor.memory), or make windows smaller (window.rows), and"
              + " start again. (%s)",
          message.contains(EXIT_OF_OUT_OF_MEMORY)
              ? "An executor ran out of memory"
              : "An executor was lost",
          message.lines().findFirst().orElse(message));
    }
    if (message.contains("INVALID_DRIVER_MEMORY")) {
      return "Spark can't start with so little memory; set RIVULET_MEMORY, or spark-submit's"
          + " --driver-memory, to 1g or more ("
          + message.lines().findFirst().orElse(message)
          + ")";
    }
    if (e instanceof OutOfMemoryError) {
      return "This process ran out of memory ("
          + message
          + "). The last committed version is intact; give it more with RIVULET_MEMORY or"
          + " spark-submit's --driver-memory: `rivulet plan` says how much it needs";
    }
    if (e instanceof UserError || e instanceof StoreException || e instanceof DivergedException) {
      return message;
    }
    if (e instanceof TimeoutException) {
      return "Kafka doesn't answer any more. The last committed version is intact; start again when"
          + " the broker is back: training goes on from there. ("
          + message
          + ")";
    }
    if (e instanceof ApiException) {
      return "Kafka refused: " + message;
    }
    if (e instanceof NoSuchFileException || e instanceof AccessDeniedException) {
      return "Can't read or write " + message;
    }
    return e instanceof ZipException || e instanceof EOFException
        ? "A file is damaged, or ends early: " + message
        : null;
  }
}
