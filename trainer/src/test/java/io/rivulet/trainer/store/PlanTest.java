package io.rivulet.trainer.store;

import static io.rivulet.trainer.store.StoreFixtures.TOPIC;
import static io.rivulet.trainer.store.StoreFixtures.read;
import static io.rivulet.trainer.store.StoreFixtures.train;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.trainer.store.StoreFixtures.Training;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanTest {
  @TempDir Path directory;

  @Test
  void windowsAreNumberedWithoutGapsAcrossRuns() {
    Training first = train(directory, 3, 9);
    assertThat(first.plan().window()).isEqualTo(1);
    assertThat(first.plan().window()).isEqualTo(2);
    first.commit(first.writer.openPlans());

    Training second = train(directory, 3, 9);
    assertThat(second.plan().window()).isEqualTo(3);

    assertThat(train(directory, 3, 9).plan().window()).isEqualTo(4);
  }

  @Test
  void aPlanBeginsWhereTheLastOneEnded() {
    Training training = train(directory, 3, 9);
    training.plan();

    assertThat(training.plan().ranges())
        .containsExactly(new OffsetRange(TOPIC, 0, 10, 20), new OffsetRange(TOPIC, 1, 5, 10));
    assertThat(training.writer.plannedOffsets())
        .containsExactly(new PartitionOffset(TOPIC, 0, 20), new PartitionOffset(TOPIC, 1, 10));
  }

  @Test
  void aPlanThatLeavesAGapIsRefused() {
    assertThatPlanIsRefused(12, 20).hasMessageContaining("missing");
  }

  @Test
  void aPlanThatRepeatsEventsIsRefused() {
    assertThatPlanIsRefused(8, 20).hasMessageContaining("repeat");
  }

  private AbstractThrowableAssert<?, ?> assertThatPlanIsRefused(long from, long until) {
    Training training = train(directory, 3, 9);
    training.plan();
    return assertThatThrownBy(
            () -> training.writer.plan("kafka", List.of(new OffsetRange(TOPIC, 0, from, until))))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(TOPIC + "-0")
        .hasMessageContaining("offset 10")
        .hasMessageContaining("begins at " + from);
  }

  @Test
  void aRefusedPlanLeavesNoTrace() throws IOException {
    Training training = train(directory, 3, 9);
    training.plan();
    List<OffsetRange> gap = List.of(new OffsetRange(TOPIC, 0, 12, 20));

    assertThatThrownBy(() -> training.writer.plan("kafka", gap)).isInstanceOf(StoreException.class);

    assertThat(training.plan().window()).isEqualTo(2);
    assertThat(StoreFixtures.names(directory.resolve(StoreNames.PLANS)))
        .containsExactly("w0000000001-e0001.json", "w0000000002-e0001.json");
  }

  @Test
  void aPartitionThatIsNewMayBeginAnywhere() {
    Training training = train(directory, 3, 9);
    training.commit();

    training.writer.plan("kafka", List.of(new OffsetRange(TOPIC, 7, 1000, 1010)));

    assertThat(training.writer.plannedOffsets()).contains(new PartitionOffset(TOPIC, 7, 1010));
  }

  @Test
  void plansStayOpenUntilTheyAreCommitted() throws IOException {
    Training first = train(directory, 3, 9);
    List<WindowPlan> planned = List.of(first.plan(), first.plan(), first.plan());

    Training second = train(directory, 3, 9);
    assertThat(second.writer.openPlans()).isEqualTo(planned);
    assertThat(second.writer.plannedOffsets()).isEqualTo(first.writer.plannedOffsets());
    WindowPlan fourth = second.plan();
    second.commit(planned.subList(0, 2));

    assertThat(read(directory).openPlans()).containsExactly(planned.get(2), fourth);
    assertThat(StoreFixtures.names(directory.resolve(StoreNames.PLANS)))
        .containsExactly("w0000000003-e0001.json", "w0000000004-e0002.json");

    second.commit(List.of(planned.get(2), fourth));
    assertThat(read(directory).openPlans()).isEmpty();
  }

  @Test
  void aCommitThatSkipsAPlannedWindowIsRefused() {
    Training training = train(directory, 3, 9);
    training.commit();
    training.plan();
    WindowPlan third = training.plan();

    assertThatThrownBy(() -> training.commit(List.of(third)))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("Events are missing")
        .hasMessageContaining(TOPIC + "-0");
    assertThat(read(directory).newest()).get().extracting(Manifest::version).isEqualTo(1L);
  }

  @Test
  void rangesOfAPlanAreOrderedByTopicAndPartition() {
    OffsetRange early = new OffsetRange("a", 2, 0, 1);
    OffsetRange middle = new OffsetRange("a", 10, 0, 1);
    OffsetRange late = new OffsetRange("b", 0, 0, 1);

    assertThat(new WindowPlan(1, 1, "kafka", List.of(late, middle, early)).ranges())
        .containsExactly(early, middle, late);
  }
}
