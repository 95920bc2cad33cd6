package io.rivulet.trainer.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.store.OffsetRange;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** Windows have the same events, however those were read. */
class ReadEventsTest {

  @SafeVarargs
  private static ReadEvents read(List<Row>... partitions) {
    return ExampleReader.read(ExampleRows.partitions(partitions), Fixtures.FIELDS);
  }

  private static OffsetRange range(String topic, int partition, long from, long until) {
    return new OffsetRange(topic, partition, from, until);
  }

  private static List<Long> firstKeys(ExampleBlock block) {
    List<Long> keys = new ArrayList<>();
    for (int row = 0; row < block.rows(); row++) {
      keys.add(block.keys()[row * Fixtures.FIELDS]);
    }
    return keys;
  }

  private static List<Long> keysOf(String topic, int partition, long from, long until) {
    return LongStream.range(from, until)
        .mapToObj(offset -> ExampleRows.firstKey(topic, partition, offset))
        .toList();
  }

  @Test
  void aWindowHasItsRangesOfSeveralReadsInTheirOrder() {
    ReadEvents first = read(ExampleRows.range("b", 1, 0, 10), ExampleRows.range("a", 0, 20, 40));
    ReadEvents second = read(ExampleRows.range("a", 0, 40, 50), ExampleRows.range("a", 3, 0, 9));

    WindowExamples window =
        ReadEvents.window(
            List.of(first, second),
            List.of(range("a", 0, 35, 45), range("a", 3, 0, 2), range("b", 1, 0, 3)));

    List<Long> expected = new ArrayList<>(keysOf("a", 0, 35, 45));
    expected.addAll(keysOf("a", 3, 0, 2));
    expected.addAll(keysOf("b", 1, 0, 3));
    assertThat(firstKeys(window.examples())).isEqualTo(expected);
    assertThat(window.examples().labels()[1]).isEqualTo(ExampleRows.label(36));
    assertThat(window.refused()).isEmpty();
    assertThat(window.events()).isEqualTo(15);
  }

  @Test
  void refusedEventsAreCountedInTheirWindow() {
    ReadEvents read =
        read(
            List.of(
                ExampleRows.example("a", 0, 4),
                ExampleRows.refused("a", 0, 5, "no label"),
                ExampleRows.refused("a", 0, 7, "too long"),
                ExampleRows.example("a", 0, 8),
                ExampleRows.refused("a", 0, 9, "no label")));

    WindowExamples before = ReadEvents.window(List.of(read), List.of(range("a", 0, 4, 7)));
    WindowExamples after = ReadEvents.window(List.of(read), List.of(range("a", 0, 7, 10)));

    assertThat(before.refused()).containsOnly(entry("no label", 1L));
    assertThat(firstKeys(before.examples())).isEqualTo(keysOf("a", 0, 4, 5));
    assertThat(after.refused()).containsOnly(entry("no label", 1L), entry("too long", 1L));
    assertThat(firstKeys(after.examples())).isEqualTo(keysOf("a", 0, 8, 9));
    assertThat(read.all().events()).isEqualTo(5);
  }

  @Test
  void aWindowOfRangesWithoutEventsIsEmpty() {
    ReadEvents read = read(ExampleRows.range("a", 0, 0, 5));

    assertThat(
            ReadEvents.window(List.of(read), List.of(range("a", 0, 5, 9), range("a", 1, 0, 5)))
                .events())
        .isZero();
  }

  @Test
  void aSampleHasAllClicksAndItsShareOfTheOthers() {
    int rows = 4000;
    WindowExamples whole = read(ExampleRows.range("a", 0, 0, rows)).all();
    WindowExamples sample = whole.sample(0.25, 1);

    List<Long> keys = firstKeys(sample.examples());
    List<Long> clicks = clicks(whole.examples());
    assertThat(keys).containsAll(clicks).isSubsetOf(firstKeys(whole.examples())).isSorted();
    assertThat((keys.size() - clicks.size()) / (double) (rows - clicks.size()))
        .isCloseTo(0.25, within(0.03));
    assertThat(sample.sampledOut()).isEqualTo(rows - keys.size());
    assertThat(sample.events()).isEqualTo(rows);
    assertThat(sample.examples().negativeWeight()).isEqualTo(4f);
    assertThat(whole.sample(1, 1)).isSameAs(whole);
    WindowExamples again =
        ReadEvents.window(
                List.of(read(ExampleRows.range("a", 0, 0, rows))), List.of(range("a", 0, 50, 90)))
            .sample(0.25, 1);
    assertThat(firstKeys(again.examples()))
        .isEqualTo(keys.stream().filter(keysOf("a", 0, 50, 90)::contains).toList());
  }

  private static List<Long> clicks(ExampleBlock block) {
    return IntStream.range(0, block.rows())
        .filter(row -> block.labels()[row] > 0.5f)
        .mapToObj(row -> block.keys()[row * Fixtures.FIELDS])
        .toList();
  }

  @Test
  void placesAreThoseOfTheRowsThatAreLeft() {
    ReadEvents read = read(ExampleRows.range("b", 1, 0, 10), ExampleRows.range("a", 0, 20, 23));
    WindowExamples window =
        ReadEvents.window(List.of(read), List.of(range("a", 0, 21, 23), range("b", 1, 4, 8)));

    assertThat(window.places(new int[] {0, 1, 2, 5}))
        .containsExactly(
            range("a", 0, 21, 22), range("a", 0, 22, 23), range("b", 1, 4, 5), range("b", 1, 7, 8));
    WindowExamples left = window.refuse(new int[] {0, 2}, "bad");
    assertThat(left.refused()).containsOnly(entry("bad", 2L));
    assertThat(left.events()).isEqualTo(6);
    assertThat(left.places(new int[] {0, 1}))
        .containsExactly(range("a", 0, 22, 23), range("b", 1, 5, 6));
    assertThat(firstKeys(left.examples()).get(1)).isEqualTo(ExampleRows.firstKey("b", 1, 5));
  }
}
