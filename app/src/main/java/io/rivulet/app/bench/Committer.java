package io.rivulet.app.bench;

import io.rivulet.trainer.averaging.OnlineLearner;
import io.rivulet.trainer.metrics.QualityMeter;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.store.DataFile;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.StoreWriter;
import io.rivulet.trainer.store.TrainedWindow;
import io.rivulet.trainer.store.WindowPlan;
import java.util.ArrayList;
import java.util.List;

/** Plans, learns and commits windows as a training does. */
final class Committer {
  private static final String TOPIC = "bench";

  private final StoreWriter store;
  private final OnlineLearner learner;
  private final ExampleBlock examples;
  private final int windowRows;
  private long next;

  /** Learns the windows of {@code examples}, from the first one again when they are used up. */
  Committer(StoreWriter store, OnlineLearner learner, ExampleBlock examples, int windowRows) {
    this.store = store;
    this.learner = learner;
    this.examples = examples;
    this.windowRows = Math.min(windowRows, examples.rows());
  }

  /** Learns so many windows, then commits them as a version. */
  CommitSample commit(int windowCount) {
    List<TrainedWindow> windows = new ArrayList<>();
    QualityMeter meter = new QualityMeter();
    for (int i = 0; i < windowCount; i++) {
      OffsetRange range = new OffsetRange(TOPIC, 0, next, next + windowRows);
      WindowPlan plan = store.plan("kafka", List.of(range));
      int from = (int) (next / windowRows % (examples.rows() / windowRows)) * windowRows;
      ExampleBlock window = BenchRows.slice(examples, from, from + windowRows);
      meter.add(window.labels(), learner.learn(window), 0);
      windows.add(new TrainedWindow(plan, store.epoch().epoch(), windowRows, 0));
      next += windowRows;
    }
    long start = System.nanoTime();
    int[] changed = learner.takeChangedRows();
    Manifest manifest = store.commit(learner.model(), changed, windows, meter.quality());
    double ms = (System.nanoTime() - start) / 1e6;
    return new CommitSample(
        changed.length,
        manifest.files().stream().mapToLong(DataFile::bytes).sum(),
        ms,
        manifest.rowCount());
  }
}
