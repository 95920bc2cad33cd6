package io.rivulet.app.train;

import io.rivulet.trainer.metrics.Gate;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.StoreWriter;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** Publishes the versions that pass the gate, and says when the gate opens or shuts. */
final class Publisher {
  private final StoreWriter store;
  private final Gate gate;
  private final Consumer<String> console;
  private boolean open;

  /** The newest published version that is known of. */
  private volatile long published;

  Publisher(StoreWriter store, Gate gate, Consumer<String> console) {
    this.store = store;
    this.gate = gate;
    this.console = console;
    this.published = store.store().newestPublished().map(Manifest::version).orElse(0L);
  }

  /**
   * Shows the gate a window that was learned, and publishes what has passed.
   *
   * @param alarmed whether it raised an alarm
   * @return whether the gate has opened or shut
   */
  synchronized boolean learned(
      long window, ExampleBlock examples, float[] predictions, boolean alarmed) {
    if (!open) {
      // Somebody may have published one all the same.
      store
          .store()
          .newestPublished()
          .filter(manifest -> manifest.version() > published)
          .ifPresent(
              manifest -> {
                published = manifest.version();
                store
                    .store()
                    .publication(manifest)
                    .ifPresent(record -> gate.published(record.quality()));
              });
    }
    gate.add(examples.labels(), predictions, examples.negativeWeight(), alarmed);
    publish();
    if (gate.open() == open) {
      return false;
    }
    open = gate.open();
    console.accept(
        String.format(
            "gate  %6d  %s",
            window,
            open ? "open: versions may be served" : "shut: no version is served until it opens"));
    return true;
  }

  /** Takes note of a version that is about to be committed. */
  synchronized void prepared(long version) {
    gate.candidate(version);
    store.keepFrom(gate.oldestCandidate().orElse(Long.MAX_VALUE));
  }

  /** Publishes the newest committed version that has passed, if it isn't yet. */
  synchronized void publish() {
    OptionalLong passed = gate.passed(store.newest().map(Manifest::version).orElse(0L));
    if (passed.isPresent()) {
      published = passed.getAsLong();
      store.publish(published, gate.reference().orElseThrow());
    }
    store.keepFrom(gate.oldestCandidate().orElse(Long.MAX_VALUE));
  }

  /** The version published last; 0 where there is none. */
  long published() {
    return published;
  }

  synchronized boolean isOpen() {
    return open;
  }
}
