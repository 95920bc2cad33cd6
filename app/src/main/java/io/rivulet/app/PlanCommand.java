package io.rivulet.app;

import io.rivulet.app.settings.CommitEvery;
import io.rivulet.app.settings.Settings;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.tower.SgemmRate;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    description = {
      "Computes what a model needs: memory, network, cores, and space for the store.",
      "Bytes follow from formulas; times are estimates, which `bench scale` measures."
    })
final class PlanCommand implements Callable<Integer> {
  private static final long DAY_S = 86_400;
  private static final double GIGA = 1e9;
  private static final double MICRO = 1e6;
  private static final int BITS = 8;

  @Mixin private SettingsOptions options;

  @Option(
      names = "--events-per-second",
      paramLabel = "N",
      defaultValue = "10000",
      description = "Events to learn a second. Default: ${DEFAULT-VALUE}.")
  private long eventsPerSecond;

  @Option(
      names = "--keys",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "Keys, so rows, that the embedding table holds. Default: ${DEFAULT-VALUE}.")
  private long keys;

  @Option(
      names = "--touched-share",
      paramLabel = "SHARE",
      description =
          "Distinct keys of a window by its entries (rows × fields), above 0 and at most 1."
              + " Default: as Criteo's events have them, 0.21 at 1,000 rows.")
  private Double touchedShare;

  @Option(
      names = "--distinct-per-window",
      paramLabel = "N",
      description = "Distinct keys of a window, instead of --touched-share.")
  private Long distinctPerWindow;

  @Option(
      names = "--executors",
      paramLabel = "N",
      description = "Executors with one core and one worker each. Default: the setting workers.")
  private Integer executors;

  @Option(
      names = "--gflops",
      paramLabel = "N",
      description =
          "Matrix products on a core, in billions of operations a second. Default: measured here.")
  private Double gflops;

  @Option(
      names = "--feature-rows",
      paramLabel = "N",
      defaultValue = "200000",
      description =
          "Events that a core turns into features a second, see `bench features`."
              + " Default: ${DEFAULT-VALUE}.")
  private long featureRows;

  @Option(
      names = "--driver-us",
      paramLabel = "MICROSECONDS",
      defaultValue = "0",
      description = "The driver's time for a row, see `bench scale`. Default: an estimate.")
  private double driverMicros;

  @Option(
      names = "--network-gbit",
      paramLabel = "N",
      defaultValue = "10",
      description = "The driver's network in Gbit a second. Default: ${DEFAULT-VALUE}.")
  private double networkGbit;

  @Option(names = "--json", description = "One line of JSON instead of a table.")
  private boolean json;

  @Override
  public Integer call() {
    Settings settings = options.settings();
    LearnerSettings learner = settings.learner();
    check();
    int workers = executors == null ? learner.workers() : executors;
    int fields = learner.shape().fields();
    long windowRows = windowRows(settings, eventsPerSecond);
    CostModel cost =
        new CostModel(
            learner.shape(),
            learner.batchSize(),
            learner.averagingFrequency(),
            workers,
            windowRows,
            new KeyGrowth(fields, keys, distinct(fields, windowRows), windowRows));
    double rate =
        gflops == null ? SgemmRate.measure(learner.shape(), learner.batchSize(), 1) : gflops;
    Capacity capacity = new Capacity(cost, rate, driverMicros, networkGbit * GIGA / BITS);
    FigureTable plan = plan(settings, cost, capacity);
    System.out.println(json ? plan.json() : plan.table());
    return 0;
  }

  private void check() {
    UserError.requireAtLeast(1, "--events-per-second", eventsPerSecond);
    UserError.requireAtLeast(1, "--keys", keys);
    UserError.requireAtLeast(1, "--feature-rows", featureRows);
    if (keys >= Integer.MAX_VALUE) {
      throw new UserError(
          "--keys must be below 2,147,483,647, the rows that an embedding table can number");
    }
    if (executors != null) {
      UserError.requireAtLeast(1, "--executors", executors);
    }
    if (distinctPerWindow != null) {
      UserError.requireAtLeast(1, "--distinct-per-window", distinctPerWindow);
    }
    if (touchedShare != null && !(touchedShare > 0 && touchedShare <= 1)) {
      throw new UserError("--touched-share must be above 0 and at most 1, not " + touchedShare);
    }
    if (touchedShare != null && distinctPerWindow != null) {
      throw new UserError("Give --touched-share or --distinct-per-window, not both");
    }
    if (gflops != null) {
      requirePositive("--gflops", gflops);
    }
    requirePositive("--network-gbit", networkGbit);
    if (!(driverMicros >= 0)) {
      throw new UserError("--driver-us must be at least 0, not " + driverMicros);
    }
  }

  private static void requirePositive(String option, double value) {
    if (!(value > 0)) {
      throw new UserError(option + " must be above 0, not " + value);
    }
  }

  /** Rows of a window: as set, or what arrives until it is flushed. */
  static long windowRows(Settings settings, long eventsPerSecond) {
    int seconds = settings.get(Settings.WINDOW_SECONDS);
    return seconds > 0
        ? Math.min(settings.get(Settings.WINDOW_MAX_ROWS), eventsPerSecond * seconds)
        : Math.min(
            settings.get(Settings.WINDOW_ROWS),
            eventsPerSecond * settings.get(Settings.WINDOW_FLUSH_SECONDS));
  }

  private double distinct(int fields, long windowRows) {
    if (distinctPerWindow != null) {
      return distinctPerWindow;
    }
    return touchedShare == null
        ? KeyGrowth.criteo(fields, windowRows)
        : touchedShare * windowRows * fields;
  }

  private FigureTable plan(Settings settings, CostModel cost, Capacity capacity) {
    double windowsPerSecond = (double) eventsPerSecond / cost.windowRows();
    CommitEvery every = settings.get(Settings.COMMIT_EVERY);
    int windows =
        every.windows() > 0
            ? every.windows()
            : (int) Math.max(1, Math.round(every.time().toSeconds() * windowsPerSecond));
    int snapshotEvery = settings.get(Settings.COMMIT_SNAPSHOT_EVERY);
    double commitsPerDay = DAY_S * windowsPerSecond / windows;
    double chain = cost.snapshotBytes() + (snapshotEvery - 1.0) * cost.commitBytes(windows);
    FigureTable plan = new FigureTable();
    plan.section("Table");
    plan.bytes("row_bytes", "a row, 3 + 3E floats", cost.rowBytes());
    plan.bytes("table_bytes", "the table, with keys and hash slots", cost.tableBytes());
    plan.number(
        "table_bytes_per_key", "bytes a key", (double) cost.tableBytes() / cost.keys().resident());
    plan.section("Memory");
    plan.bytes("driver_bytes", "driver", cost.driverBytes());
    plan.bytes("worker_bytes", "each executor", cost.workerBytes());
    plan.section("Network");
    plan.number("window_rows", "rows of a window", cost.windowRows());
    plan.number("rounds_per_window", "rounds of a window", cost.rounds());
    plan.number(
        "distinct_per_window",
        "distinct keys of a window",
        cost.keys().distinct((double) cost.windowRows()));
    plan.bytes("task_bytes", "to a worker in a round", cost.taskBytes());
    plan.bytes("dense_bytes", "tower with moments, to each executor", cost.denseBytes());
    plan.bytes("update_bytes", "from a worker in a round", cost.updateBytes());
    plan.bytes("network_bytes_per_round", "a round", cost.roundBytes());
    plan.bytes(
        "network_bytes_per_s", "a second", Math.round(cost.windowBytes() * windowsPerSecond));
    plan.section("Computing");
    plan.number("tower_parameters", "parameters of the tower", cost.parameters());
    plan.number("flops_per_row", "operations a row", cost.rowFlops());
    plan.number("flops_per_window", "operations a window", cost.rowFlops() * cost.windowRows());
    plan.number("gflops_per_core", "GFLOP/s of matrix products on a core", capacity.gflops());
    plan.number("worker_us_per_row", "µs of a worker a row", capacity.workerSeconds() * MICRO);
    plan.number("driver_us_per_row", "µs of the driver a row", capacity.driverSeconds() * MICRO);
    plan.number("training_cores", "cores to learn", eventsPerSecond * capacity.workerSeconds());
    plan.number(
        "feature_cores", "cores to prepare features", (double) eventsPerSecond / featureRows);
    plan.number("executors", "executors planned", cost.workers());
    plan.number("rows_per_s", "rows/s that they learn", capacity.rowsPerSecond());
    plan.number(
        "executors_needed",
        "executors that keep up",
        capacity.workersFor((double) eventsPerSecond));
    plan.number(
        "driver_limit_executors",
        "executors at which the driver is the limit",
        capacity.driverLimit());
    plan.section("Store");
    plan.number("windows_per_commit", "windows of a commit", windows);
    plan.number("commits_per_day", "commits a day", commitsPerDay);
    plan.bytes("commit_bytes", "a commit", cost.commitBytes(windows));
    plan.bytes("snapshot_bytes", "a snapshot", cost.snapshotBytes());
    plan.number(
        "written_gb_per_day", "GB written a day", commitsPerDay / snapshotEvery * chain / GIGA);
    plan.number(
        "kept_gb",
        "GB kept at most",
        (settings.get(Settings.STORE_KEEP_MAX) * chain + cost.snapshotBytes()) / GIGA);
    return plan;
  }
}
