package io.rivulet.app.train;

import io.rivulet.app.report.Sparkline;
import io.rivulet.trainer.averaging.Learner;
import io.rivulet.trainer.metrics.DriftDetector.Alarm;
import io.rivulet.trainer.metrics.FadingQuality;
import io.rivulet.trainer.metrics.Quality;
import io.rivulet.trainer.metrics.QualityMeter;
import io.rivulet.trainer.metrics.RecentQuality;
import io.rivulet.trainer.model.ExampleBlock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** What a run has done so far, and how good its predictions were. */
final class RunTotals {
  private static final int CURVE_PARTS = 10;
  private static final int TREND = 12;
  private static final boolean TREND_IS_SHOWN = Sparkline.canBeShown();

  private final long warm;
  private final QualityMeter overall = new QualityMeter();
  private final RecentQuality recent;
  private final FadingQuality fading;
  private Optional<DriftWatch> drift = Optional.empty();
  private final long started = System.nanoTime();
  private long lastWindow = started;
  private long rows;
  private long quarantined;
  private final Deque<Double> trend = new ArrayDeque<>();

  /**
   * Totals of a new run.
   *
   * @param warm first predictions that the overall figures leave out
   * @param recentRows predictions of the running figures
   * @param fadingFactor see {@link FadingQuality}
   */
  RunTotals(long warm, int recentRows, double fadingFactor) {
    this.warm = warm;
    this.recent = new RecentQuality(recentRows);
    this.fading = new FadingQuality(fadingFactor);
  }

  /**
   * Adds a window, as {@link QualityMeter#add(float[], float[], int, float)} does; returns its rows
   * a second, since the window before ended.
   */
  double add(float[] labels, float[] predictions, float negativeWeight, long refused) {
    int skipped = (int) Math.max(0, Math.min(labels.length, warm - rows));
    overall.add(labels, predictions, skipped, negativeWeight);
    recent.add(labels, predictions, negativeWeight);
    fading.add(labels, predictions, negativeWeight);
    rows += labels.length;
    quarantined += refused;
    long now = System.nanoTime();
    double rate = labels.length * 1e9 / Math.max(1, now - lastWindow);
    lastWindow = now;
    return rate;
  }

  /** Who watches for drift from now on, if anyone does. */
  void watch(Optional<DriftWatch> watch) {
    drift = watch;
  }

  /** The alarms that values of a window raise that weren't known, see {@link Learner#unknown}. */
  List<Alarm> alarms(ExampleBlock examples, boolean[] unknown) {
    return drift.map(watch -> watch.alarms(examples, unknown)).orElse(List.of());
  }

  /** The alarms that a window raises that was learned. */
  List<Alarm> alarms(ExampleBlock examples, float[] predictions) {
    return drift.map(watch -> watch.alarms(examples, predictions)).orElse(List.of());
  }

  Quality recent() {
    return recent.quality();
  }

  /**
   * The AUCs of the recent predictions after each of the last windows, this one among them, as
   * text; empty where it can't be shown.
   */
  String trend(double auc) {
    if (trend.size() == TREND) {
      trend.removeFirst();
    }
    trend.addLast(auc);
    return TREND_IS_SHOWN
        ? Sparkline.of(trend.stream().mapToDouble(Double::doubleValue).toArray())
        : "";
  }

  /** The figures of the run as a table for people, a string a line. */
  List<String> table() {
    Quality last = recent.quality();
    return List.of(
        String.format(
            "%20s %10s %8s %8s %8s %11s", "", "rows", "AUC", "logloss", "NE", "calibration"),
        row("the last events", last),
        row("all of this run", overall.quality()));
  }

  private static String row(String name, Quality quality) {
    return String.format(
        "%20s %,10d %8.4f %8.4f %8.4f %11.4f",
        name,
        quality.rows(),
        quality.auc(),
        quality.logloss(),
        quality.ne(),
        quality.calibration());
  }

  /** The calibration curve of the recent predictions, see {@link RecentQuality#curve}. */
  double[][] curve() {
    return recent.curve(CURVE_PARTS);
  }

  /** Figures that fade into the past. */
  Quality fading() {
    return fading.quality();
  }

  /** Figures of all of the run, but for the first predictions that are left out. */
  Quality overall() {
    return overall.quality();
  }

  /** The summary of the run, as one line of JSON. */
  String summary() {
    double seconds = Math.max(1, lastWindow - started) / 1e9;
    return new Report()
        .put("rows", rows)
        .put("quarantined", quarantined)
        .put("rows_per_s", rows / seconds)
        .put(overall.quality())
        .line();
  }
}
