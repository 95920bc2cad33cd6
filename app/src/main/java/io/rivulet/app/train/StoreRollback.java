package io.rivulet.app.train;

import io.rivulet.app.UserError;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.train.Suspicion.Verdict;
import io.rivulet.features.Quarantine;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.PartitionOffset;
import io.rivulet.trainer.store.StoreWriter;
import io.rivulet.trainer.store.TrainedWindow;
import io.rivulet.trainer.store.WindowPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;

/**
 * Takes a store back to one of its versions, model and offsets. Stretches of events can be left out
 * from then on: in the ledger they are a window of which nothing is trained.
 */
public final class StoreRollback {
  private static final BinaryOperator<OffsetRange> JOIN =
      (a, b) ->
          new OffsetRange(
              a.topic(),
              a.partition(),
              Math.min(a.from(), b.from()),
              Math.max(a.until(), b.until()));

  private StoreRollback() {}

  /**
   * Rolls the store back that the settings name.
   *
   * @param skipTo where partitions go on, by the partition's name such as {@code clicks-0}; the
   *     others go on where the version ended
   * @return the version from which training goes on
   * @throws UserError if nothing would change, or a partition isn't the store's or would go back
   */
  public static Manifest run(
      Settings settings, Configuration hadoop, long version, Map<String, Long> skipTo) {
    String location = settings.get(Settings.STORE_PATH);
    ModelStore store = ModelStore.open(location, hadoop);
    Manifest target = store.version(version);
    if (store.newestNumber() == version && skipTo.isEmpty()) {
      throw new UserError("Version " + version + " is the newest; there is nothing to roll back");
    }
    return run(settings, hadoop, target, ranges(target, skipTo));
  }

  /**
   * Carries out what a doubt came to: goes back, and leaves out what came since.
   *
   * @return what was left out
   */
  static List<OffsetRange> run(Settings settings, Configuration hadoop, Verdict verdict) {
    Manifest target = verdict.goBackTo().orElseThrow();
    ModelStore store = ModelStore.open(settings.get(Settings.STORE_PATH), hadoop);
    Map<String, OffsetRange> since = new TreeMap<>();
    Stream.concat(
            store.newest().stream()
                .flatMap(newest -> store.ledger(newest).stream())
                .map(TrainedWindow::plan),
            store.openPlans().stream())
        .filter(p -> p.window() > target.lastWindow() && p.window() <= verdict.lastWindow())
        .flatMap(plan -> plan.ranges().stream())
        .forEach(range -> since.merge(range.topic() + "-" + range.partition(), range, JOIN));
    List<OffsetRange> skipped = since.values().stream().sorted().toList();
    run(settings, hadoop, target, skipped);
    return skipped;
  }

  private static Manifest run(
      Settings settings, Configuration hadoop, Manifest target, List<OffsetRange> skipped) {
    StoreWriter writer =
        StoreWriter.rollBack(
            settings.get(Settings.STORE_PATH),
            hadoop,
            target.version(),
            settings.get(Settings.COMMIT_SNAPSHOT_EVERY),
            settings.get(Settings.STORE_KEEP_MAX),
            settings.get(Settings.STORE_SINGLE_WRITER));
    Quarantine.dropAfter(settings.quarantineDirectory(), hadoop, target.lastWindow());
    if (skipped.isEmpty()) {
      return target;
    }
    return writer.leaveOut(
        WindowPlan.RETRACTED, skipped, writer.store().load(target, writer.epoch().learner()));
  }

  private static List<OffsetRange> ranges(Manifest target, Map<String, Long> skipTo) {
    List<OffsetRange> ranges = new ArrayList<>();
    for (Map.Entry<String, Long> skip : skipTo.entrySet()) {
      PartitionOffset from =
          target.offsets().stream()
              .filter(o -> (o.topic() + "-" + o.partition()).equals(skip.getKey()))
              .findFirst()
              .orElseThrow(
                  () ->
                      new UserError(
                          "--skip-to names "
                              + skip.getKey()
                              + ", which version "
                              + target.version()
                              + " has not; `store show` lists its partitions"));
      if (skip.getValue() <= from.next()) {
        throw new UserError(
            "--skip-to "
                + skip.getKey()
                + "="
                + skip.getValue()
                + " would skip nothing: version "
                + target.version()
                + " ends at offset "
                + from.next());
      }
      ranges.add(new OffsetRange(from.topic(), from.partition(), from.next(), skip.getValue()));
    }
    return ranges;
  }
}
