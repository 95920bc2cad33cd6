package io.rivulet.trainer.store;

import static io.rivulet.trainer.store.StoreFixtures.TRAINED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.trainer.store.StoreFixtures.Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A store was written by a clock that was an hour slow or fast; the next driver's is right. */
class ClockTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(ints = {-1, 1})
  void whatCountsIsTheNumberAndNotTheTime(int hours) throws IOException {
    Training first = StoreFixtures.train(directory, 2, 1);
    first.commitTimes(3);
    WindowPlan open = first.plan();
    move(Duration.ofHours(hours));

    Training second = StoreFixtures.train(directory, 2, 1);
    assertThat(second.writer.newest()).get().extracting(Manifest::version).isEqualTo(3L);
    assertThat(second.model.sha256()).isEqualTo(first.model.sha256());
    assertThat(second.writer.openPlans()).containsExactly(open);
    assertThatThrownBy(() -> first.commit(List.of(open))).hasMessageContaining("epoch 2");
    second.commit(List.of(open));
    second.commit();

    ModelStore store = StoreFixtures.read(directory);
    assertThat(store.newest()).get().extracting(Manifest::version).isEqualTo(5L);
    assertThat(store.versions()).extracting(Manifest::version).containsExactly(5L);
    assertThat(store.verify().trained()).isEqualTo(5L * TRAINED);
    assertThat(store.load(store.newest().orElseThrow(), StoreFixtures.settings()).sha256())
        .isEqualTo(second.model.sha256());
  }

  /** Moves all times in records, and those of the files. */
  private void move(Duration by) throws IOException {
    ModelStore store = StoreFixtures.read(directory);
    for (Manifest manifest : store.versions()) {
      edit(StoreNames.manifest(manifest.version(), manifest.epoch()), manifest.committedAt(), by);
    }
    edit(StoreNames.epoch(1), store.epoch(1).openedAt(), by);
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.toList()) {
        Files.setLastModifiedTime(each, FileTime.from(Instant.now().plus(by)));
      }
    }
  }

  private void edit(String record, Instant time, Duration by) throws IOException {
    StoreFixtures.edit(directory.resolve(record), time.toString(), time.plus(by).toString());
  }
}
