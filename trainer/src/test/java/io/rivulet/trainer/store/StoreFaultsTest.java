package io.rivulet.trainer.store;

import static io.rivulet.trainer.store.StoreFixtures.TRAINED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.trainer.store.FaultyFileSystem.Fault;
import io.rivulet.trainer.store.StoreFixtures.Training;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The driver dies, or its disk fails, at each step of opening, planning and committing. */
class StoreFaultsTest {
  private static final int SNAPSHOT_EVERY = 1;
  private static final int KEEP_MAX = 1;

  @TempDir Path directory;

  private final Configuration faulty = FaultyFileSystem.configuration();

  /** Every step where most stores are; elsewhere every third, for time's sake. */
  static Stream<Arguments> faults() {
    return Stream.concat(
        Stream.of(Arguments.of("file", Fault.DRIVER_DIES, 1)),
        Stream.of(Fault.values())
            .map(
                fault -> Arguments.of("hdfs", fault, fault == Fault.RENAME_RETURNS_FALSE ? 1 : 3)));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void whereverItHappensEachWindowIsTrainedOnce(String scheme, Fault fault, int every)
      throws IOException {
    int at = 0;
    while (survives(scheme, fault, at)) {
      at += every;
    }
    assertThat(at).as("steps of %s", fault).isGreaterThan(5);
  }

  /** Whether there was such a step. */
  private boolean survives(String scheme, Fault fault, int at) throws IOException {
    Path local = directory.resolve("at" + at);
    String location = scheme.equals("hdfs") ? "hdfs://cluster" + local : local.toString();
    boolean happened = FaultyFileSystem.meets(fault, at, () -> learnTwoWindows(location));

    // The next driver, on a healthy disk.
    Training next = StoreFixtures.train(location, faulty, SNAPSHOT_EVERY, KEEP_MAX);
    long committed = next.writer.newest().map(Manifest::lastWindow).orElse(0L);
    next.writer.openPlans().forEach(plan -> next.commit(List.of(plan)));
    next.commit();

    ModelStore store = StoreFixtures.read(local);
    long windows = store.newest().orElseThrow().lastWindow();
    assertThat(windows).as("at step %d", at).isGreaterThan(committed);
    assertThat(store.verify().trained()).as("at step %d", at).isEqualTo(windows * TRAINED);
    assertThat(store.load(store.newest().orElseThrow(), StoreFixtures.settings()).sha256())
        .isEqualTo(next.model.sha256());
    assertThat(StoreFixtures.names(local.resolve("data")))
        .as("data after step %d", at)
        .containsAll(StoreFixtures.namedData(store));
    return happened;
  }

  /** Two snapshots, so that the first is dropped; a window is planned ahead. */
  private void learnTwoWindows(String location) {
    Training training = StoreFixtures.train(location, faulty, SNAPSHOT_EVERY, KEEP_MAX);
    WindowPlan open = training.plan();
    for (int i = 0; i < 2; i++) {
      WindowPlan ahead = training.plan();
      training.commit(List.of(open));
      open = ahead;
    }
  }

  @Test
  void aDataFileThatIsCutIsNamedAndNotLoaded() throws IOException {
    Training training = StoreFixtures.train(directory, 1, 1);
    for (int i = 0; i < 300; i++) {
      training.change();
    }
    training.writer.commit(
        training.model,
        new int[0],
        List.of(new TrainedWindow(training.plan(), training.writer.epoch().epoch(), TRAINED, 1)),
        StoreFixtures.QUALITY);
    ModelStore store = StoreFixtures.read(directory);
    Manifest manifest = store.newest().orElseThrow();
    Path rows = directory.resolve(manifest.rows().path());
    byte[] whole = Files.readAllBytes(rows);
    int cuts = 0;
    for (int length = 0; length < whole.length; length += 4096) {
      Files.write(rows, whole);
      try (RandomAccessFile file = new RandomAccessFile(rows.toFile(), "rw")) {
        file.setLength(length);
      }
      assertThatThrownBy(() -> store.load(manifest, StoreFixtures.settings()))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining(manifest.rows().path());
      cuts++;
    }
    assertThat(cuts).isGreaterThan(5);
  }

  @Test
  void noneOfAThousandBitFlipsInTheDataIsLoaded() throws IOException {
    StoreFixtures.train(directory, 2, 1).commitTimes(4);
    ModelStore store = StoreFixtures.read(directory);
    Manifest newest = store.newest().orElseThrow();
    List<String> paths =
        store.versions().stream().flatMap(m -> m.files().stream()).map(DataFile::path).toList();
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 1000; i++) {
      String path = paths.get(random.nextInt(paths.size()));
      Path file = directory.resolve(path);
      byte[] whole = Files.readAllBytes(file);
      byte[] flipped = whole.clone();
      flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, flipped);
      assertThatThrownBy(
              () -> {
                store.load(newest, StoreFixtures.settings());
                store.verify();
              })
          .isInstanceOf(StoreException.class)
          .hasMessageContaining(path);
      Files.write(file, whole);
    }
    store.verify();
  }
}
