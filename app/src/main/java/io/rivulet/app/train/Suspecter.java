package io.rivulet.app.train;

import io.rivulet.app.settings.Settings;
import io.rivulet.trainer.averaging.Predictor;
import io.rivulet.trainer.metrics.Gate;
import io.rivulet.trainer.metrics.Quality;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.PartitionOffset;
import io.rivulet.trainer.store.Publication;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Begins a {@link Suspicion} where there is a published version to go back to. */
final class Suspecter {
  private final ModelStore store;
  private final LearnerSettings learner;
  private final FeatureStage features;
  private final Gate.Bounds bounds;
  private final long maxEvents;
  private final Consumer<String> console;

  Suspecter(
      ModelStore store,
      LearnerSettings learner,
      FeatureStage features,
      Gate.Bounds bounds,
      Settings settings,
      Consumer<String> console) {
    this.store = store;
    this.learner = learner;
    this.features = features;
    this.bounds = bounds;
    this.maxEvents = settings.get(Settings.GATE_REVERT_ROWS);
    this.console = console;
  }

  /**
   * A suspicion of the events after the version published last.
   *
   * @param window the newest that was learned
   * @param begun where partitions began in this run
   * @param learned how far each partition was learned
   */
  Optional<Suspicion> suspicion(
      long window, List<PartitionOffset> begun, List<PartitionOffset> learned) {
    Optional<Manifest> published =
        store.newestPublished().filter(manifest -> manifest.shape().equals(learner.shape()));
    if (published.isEmpty()) {
      console.accept("revert " + window + "  no version is published that one could go back to");
      return Optional.empty();
    }
    Manifest manifest = published.get();
    Optional<Quality> quality = store.publication(manifest).map(Publication::quality);
    console.accept(
        String.format(
            "revert%6d  nothing is learned until version %d, published last, predicts as well as"
                + " before",
            window, manifest.version()));
    return Optional.of(
        new Suspicion(
            manifest,
            new Predictor(store.load(manifest, learner), features.admission()),
            new Gate.Look(bounds, quality.or(() -> Optional.of(manifest.quality()))),
            since(manifest, begun, learned),
            maxEvents));
  }

  /** Offsets that were learned after a version. */
  private static long since(
      Manifest manifest, List<PartitionOffset> begun, List<PartitionOffset> learned) {
    long events = 0;
    for (PartitionOffset now : learned) {
      // What neither names was learned before this run, and so before the version.
      long then =
          Stream.concat(manifest.offsets().stream(), begun.stream())
              .filter(o -> o.topic().equals(now.topic()) && o.partition() == now.partition())
              .mapToLong(PartitionOffset::next)
              .findFirst()
              .orElse(now.next());
      events += now.next() - then;
    }
    return events;
  }
}
