package io.rivulet.trainer.store;

import static io.rivulet.trainer.store.StoreFixtures.TRAINED;
import static io.rivulet.trainer.store.StoreFixtures.read;
import static io.rivulet.trainer.store.StoreFixtures.train;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.rivulet.trainer.store.StoreFixtures.Training;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A driver pauses at the worst moment, and another one acts in between. */
class PausedDriverTest {
  private static final AtomicReference<Pause> PAUSE = new AtomicReference<>();

  @TempDir java.nio.file.Path directory;

  private final Configuration pausing = new Configuration();
  private final AtomicReference<Training> successor = new AtomicReference<>();
  private Training first;
  private WindowPlan open;

  /** What others do before the next file is made in a folder of the store. */
  private record Pause(String folder, Runnable meanwhile) {}

  @BeforeEach
  void commitOneWindowAndPlanTheNext() {
    pausing.setClass("fs.file.impl", PausingFileSystem.class, FileSystem.class);
    pausing.setBoolean("fs.file.impl.disable.cache", true);
    first = train(directory.toString(), pausing, 1, 1);
    first.commit();
    open = first.plan();
  }

  @AfterEach
  void forgetThePause() {
    PAUSE.set(null);
  }

  @Test
  void aVersionWhoseDriverPausedBeforeItsManifestIsVoid() {
    Throwable outcome = catchThrowable(this::commitWhileASuccessorOpens);

    assertThat(successor.get()).as("after %s", outcome).isNotNull();
    assertThat(read(directory).versions()).extracting(Manifest::version).containsExactly(1L);
    assertThat(read(directory).newest()).get().extracting(Manifest::epoch).isEqualTo(1);
  }

  @Test
  void aDriverThatPausedBeforeItsManifestIsToldThatItsCommitFailed() {
    assertThatThrownBy(this::commitWhileASuccessorOpens)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("epoch 2");
  }

  @Test
  void aDriverThatPausedBeforeItsManifestDeletesNoPlanOfItsSuccessor() {
    Throwable outcome = catchThrowable(this::commitWhileASuccessorOpens);

    assertThat(successor.get().writer.openPlans()).as("after %s", outcome).containsExactly(open);
    assertThatEveryWindowIsTrainedOnce(successor.get());
  }

  @Test
  void aCommitWhileAnotherDriverOpensLosesNothing() {
    PAUSE.set(new Pause(StoreNames.EPOCHS, this::tryToCommit));

    assertThatEveryWindowIsTrainedOnce(train(directory.toString(), pausing, 1, 1));
  }

  private void commitWhileASuccessorOpens() {
    PAUSE.set(new Pause(StoreNames.MANIFESTS, () -> successor.set(train(directory, 1, 1))));
    first.commit(List.of(open));
  }

  private void tryToCommit() {
    try {
      first.commit(List.of(open));
    } catch (StoreException e) {
      // Refused is as good as done: either way nothing may get lost.
    }
  }

  /** Commits what is open, and one window more: the third. */
  private void assertThatEveryWindowIsTrainedOnce(Training training) {
    List<WindowPlan> plans = training.writer.openPlans();
    if (!plans.isEmpty()) {
      training.commit(plans);
    }
    Manifest newest = training.commit();
    assertThat(newest.lastWindow()).isEqualTo(3);
    assertThat(read(directory).newest()).contains(newest);
    assertThat(read(directory).verify().trained()).isEqualTo(3L * TRAINED);
  }

  /** The local disk; where a pause is due, others go first. */
  static final class PausingFileSystem extends RawLocalFileSystem {
    @Override
    public FSDataOutputStream create(Path file, boolean overwrite) throws IOException {
      Pause pause = PAUSE.get();
      if (pause != null && file.getParent().getName().equals(pause.folder())) {
        PAUSE.set(null);
        pause.meanwhile().run();
      }
      return super.create(file, overwrite);
    }
  }
}
