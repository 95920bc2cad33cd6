package io.rivulet.app.fuzz;

import io.rivulet.app.Sessions;
import io.rivulet.app.UserError;
import io.rivulet.app.process.Scratch;
import io.rivulet.app.train.Report;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Feeds damaged input to all that reads from outside. */
@Command(
    name = "fuzz",
    mixinStandardHelpOptions = true,
    description = {
      "Damages store files, events, pickles and YAML in made-up ways, and reads them. Each must be"
          + " refused with a sentence, or read as what it is; no event may get lost between training"
          + " and quarantine.",
      "The last line is JSON: cases by outcome. Exit code 1 if a case fails: its line says how to"
          + " repeat it."
    })
public final class FuzzCommand implements Callable<Integer> {
  private static final String STORE_FILES = "store-files";
  private static final String EVENTS = "events";
  private static final String PICKLES = "pickles";
  private static final String YAML = "yaml";
  private static final int REPORTS = 10;

  @Option(
      names = "--" + STORE_FILES,
      paramLabel = "N",
      defaultValue = "20000",
      description = "Stores of which a file is damaged. Default: ${DEFAULT-VALUE}.")
  private long storeFiles;

  @Option(
      names = "--" + EVENTS,
      paramLabel = "N",
      defaultValue = "20000",
      description = "Events. Default: ${DEFAULT-VALUE}.")
  private long events;

  @Option(
      names = "--" + PICKLES,
      paramLabel = "N",
      defaultValue = "20000",
      description = "MindRec's dictionaries. Default: ${DEFAULT-VALUE}.")
  private long pickles;

  @Option(
      names = "--" + YAML,
      paramLabel = "N",
      defaultValue = "20000",
      description = "Files of settings, and schemas. Default: ${DEFAULT-VALUE}.")
  private long yaml;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "Decides what is damaged and how. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--only",
      paramLabel = "INPUT=N",
      description = "Runs one case alone, such as store-files=4711, with the same --seed.")
  private Map<String, Long> only;

  private final Report report = new Report();
  private long failures;
  private long mostAllocated;

  @Override
  public Integer call() {
    Map<String, Long> counts = new LinkedHashMap<>();
    counts.put(STORE_FILES, storeFiles);
    counts.put(EVENTS, events);
    counts.put(PICKLES, pickles);
    counts.put(YAML, yaml);
    counts.forEach((input, count) -> UserError.requireAtLeast(0, "--" + input, count));
    if (only != null && !counts.keySet().containsAll(only.keySet())) {
      throw new UserError("--only names one of " + String.join(", ", counts.keySet()));
    }
    long start = System.nanoTime();
    report.put("seed", seed);
    try (Scratch scratch = Scratch.create()) {
      run(STORE_FILES, counts, () -> new StoreFuzz(seed));
      if (wanted(EVENTS, counts)) {
        try (SparkSession spark = Sessions.create("fuzz")) {
          run(EVENTS, counts, () -> new EventFuzz(spark, seed));
        }
      }
      run(PICKLES, counts, () -> new PickleFuzz(seed, scratch.resolve("")));
      run(YAML, counts, () -> new YamlFuzz(seed, scratch.resolve("")));
    }
    report.put("most_allocated_mb", mostAllocated / 1e6);
    report.put("seconds", (System.nanoTime() - start) / 1e9);
    System.out.println(report.line());
    if (failures > 0) {
      throw new UserError(failures + " cases failed; the lines above say how to repeat them");
    }
    return 0;
  }

  private boolean wanted(String input, Map<String, Long> counts) {
    return only == null ? counts.get(input) > 0 : only.containsKey(input);
  }

  private void run(String input, Map<String, Long> counts, Supplier<Fuzz> made) {
    if (!wanted(input, counts)) {
      return;
    }
    Outcomes outcomes = new Outcomes(input, System.out::println);
    Fuzz fuzz = made.get();
    if (only != null) {
      fuzz.run(only.get(input), only.get(input) + 1, outcomes);
    } else {
      long count = counts.get(input);
      long step = Math.max(50_000, count / REPORTS);
      for (long from = 0; from < count; from += step) {
        long until = Math.min(count, from + step);
        fuzz.run(from, until, outcomes);
        System.out.printf("%s %,d of %,d: %s%n", input, until, count, outcomes.counts());
      }
    }
    report.put(input.replace('-', '_'), outcomes.counts());
    failures += outcomes.failures();
    mostAllocated = Math.max(mostAllocated, outcomes.mostAllocated());
  }
}
