package io.rivulet.trainer.store;

import static io.rivulet.trainer.store.StoreFixtures.TRAINED;
import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.trainer.store.StoreFixtures.Training;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sync of a commit lasts and lasts: meanwhile readers read, and the next window is planned. */
class SlowDiskTest {
  private static final int PATIENCE_S = 60;

  @TempDir Path directory;

  @Test
  void untilTheLastSyncIsDoneTheVersionIsntThereAndNobodyWaitsForIt() throws IOException {
    int syncs = 0;
    while (commitWhoseSyncLasts(directory.resolve("at" + syncs), syncs)) {
      syncs++;
    }

    assertThat(syncs).as("syncs of dense, rows, ledger and manifest").isEqualTo(4);
  }

  /** Whether the commit of version 2 has such a sync. */
  private boolean commitWhoseSyncLasts(Path store, int at) throws IOException {
    Training training =
        StoreFixtures.train(store.toString(), FaultyFileSystem.configuration(), 1, 2);
    training.commit();
    String before = training.model.sha256();
    WindowPlan open = training.plan();
    List<WindowPlan> ahead = new ArrayList<>();

    boolean happened =
        FaultyFileSystem.lastsAt(
            at,
            () -> {
              assertThat(sha256(store)).isEqualTo(before);
              assertThat(StoreFixtures.read(store).openPlans()).containsExactly(open);
              ahead.add(
                  CompletableFuture.supplyAsync(training::plan)
                      .orTimeout(PATIENCE_S, TimeUnit.SECONDS)
                      .join());
            },
            () -> training.commit(List.of(open)));

    assertThat(sha256(store)).isEqualTo(training.model.sha256()).isNotEqualTo(before);
    assertThat(ahead).hasSize(happened ? 1 : 0);
    ahead.forEach(plan -> training.commit(List.of(plan)));
    assertThat(StoreFixtures.read(store).verify().trained())
        .isEqualTo((2L + ahead.size()) * TRAINED);
    return happened;
  }

  private static String sha256(Path directory) {
    ModelStore store = StoreFixtures.read(directory);
    return store.load(store.newest().orElseThrow(), StoreFixtures.settings()).sha256();
  }
}
