package io.rivulet.app.train;

import io.rivulet.trainer.averaging.Learner;
import io.rivulet.trainer.metrics.DriftDetector.Alarm;
import io.rivulet.trainer.metrics.FadingQuality;
import io.rivulet.trainer.metrics.Quality;
import io.rivulet.trainer.metrics.QualityMeter;
import io.rivulet.trainer.metrics.RecentQuality;
import io.rivulet.trainer.model.ExampleBlock;
import java.util.List;
import java.util.Optional;

/** What a run has done so far, and how good its predictions were. */
final class RunTotals {
  private static final int CURVE_PARTS = 10;

  private final long warm;
  private final QualityMeter overall = new QualityMeter();
  private final RecentQuality recent;
  private final FadingQuality fading;
  private Optional<DriftWatch> drift = Optional.empty();
  private final long started = System.nanoTime();
  private long lastWindow = started;
  private long rows;
  private long quarantined;

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

  /** The alarms that a window raises before it is learned. */
  List<Alarm> alarms(ExampleBlock examples, Learner learner) {
    return drift.map(watch -> watch.alarms(examples, learner)).orElse(List.of());
  }

  /** The alarms that a window raises that was learned. */
  List<Alarm> alarms(ExampleBlock examples, float[] predictions) {
    return drift.map(watch -> watch.alarms(examples, predictions)).orElse(List.of());
  }

  Quality recent() {
    return recent.quality();
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
