package io.rivulet.trainer.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.model.ExampleBlock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.SparkException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

class ExampleReaderTest {
  private static final int FIELDS = Fixtures.FIELDS;

  private static ExampleBlock read(Dataset<Row> rows) {
    return ExampleReader.read(rows, FIELDS).all().examples();
  }

  private static List<Row> concatenation(List<Row> first, List<Row> second) {
    List<Row> rows = new ArrayList<>(first);
    rows.addAll(second);
    return rows;
  }

  /** The first key of each row of a block. */
  private static long[] firstKeys(ExampleBlock block) {
    return IntStream.range(0, block.rows()).mapToLong(r -> block.keys()[block.start(r)]).toArray();
  }

  private static long[] firstKeys(String topic, int partition, int from, int to) {
    return IntStream.range(from, to)
        .mapToLong(offset -> ExampleRows.firstKey(topic, partition, offset))
        .toArray();
  }

  private static long[] concatenation(long[]... parts) {
    return Arrays.stream(parts).flatMapToLong(Arrays::stream).toArray();
  }

  @Test
  void rangesOfPartitionsComeInTheOrderOfTopicPartitionAndOffset() {
    Dataset<Row> rows =
        ExampleRows.partitions(
            concatenation(ExampleRows.range("b", 0, 0, 5), ExampleRows.range("a", 1, 5, 9)),
            ExampleRows.range("a", 1, 0, 5),
            concatenation(ExampleRows.range("a", 10, 7, 9), ExampleRows.range("a", 0, 3, 6)));

    assertThat(firstKeys(read(rows)))
        .isEqualTo(
            concatenation(
                firstKeys("a", 0, 3, 6),
                firstKeys("a", 1, 0, 9),
                firstKeys("a", 10, 7, 9),
                firstKeys("b", 0, 0, 5)));
  }

  @Test
  void shuffledRowsAreRefused() {
    List<Row> rows = new ArrayList<>(ExampleRows.range("a", 0, 0, 20));

    assertThatThrownBy(() -> read(ExampleRows.partitions(rows).repartition(3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a-0");
  }

  @Test
  void labelsKeysAndWeightsStayTogether() {
    ExampleBlock block =
        read(
            ExampleRows.partitions(
                ExampleRows.range("a", 0, 300, 600), ExampleRows.range("a", 0, 0, 300)));

    assertThat(block.rows()).isEqualTo(600);
    for (int offset = 0; offset < 600; offset++) {
      assertThat(block.labels()[offset]).isEqualTo(ExampleRows.label(offset));
      for (int f = 0; f < FIELDS; f++) {
        int entry = offset * FIELDS + f;
        assertThat(block.keys()[entry]).isEqualTo(ExampleRows.firstKey("a", 0, offset) + f);
        assertThat(block.weights()[entry]).isEqualTo(offset + f);
      }
    }
  }

  @Test
  void refusedEventsAreCountedByReasonAndLeftOut() {
    WindowExamples window =
        ExampleReader.read(
                ExampleRows.partitions(
                    List.of(
                        ExampleRows.refused("a", 0, 0, "no label"),
                        ExampleRows.example("a", 0, 1),
                        ExampleRows.refused("a", 0, 2, "too long"),
                        ExampleRows.example("a", 0, 3)),
                    List.of(ExampleRows.refused("a", 1, 0, "no label"))),
                FIELDS)
            .all();

    assertThat(window.refused()).containsOnly(entry("no label", 2L), entry("too long", 1L));
    assertThat(window.refusedCount()).isEqualTo(3);
    assertThat(firstKeys(window.examples()))
        .containsExactly(ExampleRows.firstKey("a", 0, 1), ExampleRows.firstKey("a", 0, 3));
  }

  @Test
  void aWindowWithoutExamplesIsAnEmptyBlock() {
    assertThat(read(ExampleRows.partitions(List.of())).rows()).isZero();
  }

  @Test
  void anotherNumberOfKeysIsRefusedByItsSetting() {
    Dataset<Row> rows =
        ExampleRows.partitions(List.of(ExampleRows.example("a", 0, 0, FIELDS - 1, null)));

    assertThatThrownBy(() -> ExampleReader.read(rows, FIELDS))
        .isInstanceOf(SparkException.class)
        .rootCause()
        .hasMessageContaining("3 keys for 4 fields")
        .hasMessageContaining("field_size");
  }

  @Test
  void pooledRowsKeepTheFieldsOfTheirEntries() {
    ExampleBlock block =
        read(
            ExampleRows.partitions(
                List.of(ExampleRows.pooledExample("a", 0, 2, 3, 0)),
                List.of(
                    ExampleRows.pooledExample("a", 0, 0, 0, 0, 1, 2, 3),
                    ExampleRows.pooledExample("a", 0, 1, 1))));

    long first = ExampleRows.firstKey("a", 0, 0);
    assertThat(block.starts()).containsExactly(0, 5, 6, 8);
    assertThat(block.fields()).containsExactly(0, 0, 1, 2, 3, 1, 3, 0);
    assertThat(block.keys()).startsWith(first, first + 1, first + 2, first + 3, first + 4);
    assertThat(block.weights()).containsExactly(0f, 1f, 2f, 3f, 4f, 1f, 2f, 3f);
    assertThat(block.labels()).containsExactly(0f, 1f, 0f);
  }

  @Test
  void pooledRowsMayStandAmongRowsWithOneKeyPerField() {
    ExampleBlock block =
        read(
            ExampleRows.partitions(
                List.of(
                    ExampleRows.example("a", 0, 0),
                    ExampleRows.pooledExample("a", 0, 1, 2, 2),
                    ExampleRows.example("a", 0, 2))));

    assertThat(block.starts()).containsExactly(0, 4, 6, 10);
    assertThat(block.fields()).containsExactly(0, 1, 2, 3, 2, 2, 0, 1, 2, 3);
  }

  @Test
  void forEachBlockBringsEveryRowOnceInBlocksOfLimitedSize() {
    Dataset<Row> rows =
        ExampleRows.partitions(
            ExampleRows.range("a", 0, 0, 13),
            List.of(
                ExampleRows.example("b", 0, 0),
                ExampleRows.refused("b", 0, 1, "no label"),
                ExampleRows.example("b", 0, 2)),
            ExampleRows.range("a", 1, 0, 4));
    List<Long> seen = new ArrayList<>();
    long refused =
        ExampleReader.forEachBlock(
            rows,
            FIELDS,
            5,
            block -> {
              assertThat(block.rows()).isLessThanOrEqualTo(5);
              for (long key : firstKeys(block)) {
                seen.add(key);
              }
            });

    assertThat(refused).isEqualTo(1);
    List<Long> expected = new ArrayList<>();
    for (long key : firstKeys(read(rows))) {
      expected.add(key);
    }
    assertThat(seen).hasSize(19).containsExactlyInAnyOrderElementsOf(expected);
  }
}
