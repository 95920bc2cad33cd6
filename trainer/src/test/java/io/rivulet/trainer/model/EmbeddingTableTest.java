package io.rivulet.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EmbeddingTableTest {
  private static final int MANY = 200_000;

  static Stream<Arguments> manyKeys() {
    LongStream random = new Random(1).longs();
    LongStream special = LongStream.of(0, -1, 1, Long.MIN_VALUE, Long.MAX_VALUE);
    return Stream.of(
        arguments(
            named("random", LongStream.concat(special, random).distinct().limit(MANY).toArray())),
        arguments(named("sequential", LongStream.range(-MANY / 2, MANY / 2).toArray())),
        arguments(
            named("without lower bits", LongStream.range(0, MANY).map(i -> i << 40).toArray())));
  }

  @ParameterizedTest
  @MethodSource("manyKeys")
  void findsTheKeysThatWereAddedAndNoOthers(long[] keys) {
    EmbeddingTable table = new EmbeddingTable(1);
    for (int i = 0; i < keys.length; i += 2) {
      assertThat(table.add(keys[i])).isEqualTo(i / 2);
    }

    assertThat(table.size()).isEqualTo(keys.length / 2);
    for (int i = 0; i < keys.length; i++) {
      int expected = i % 2 == 0 ? i / 2 : -1;
      assertThat(table.find(keys[i])).isEqualTo(expected);
    }
  }

  @Test
  void numbersRowsInTheOrderInWhichTheyWereAdded() {
    EmbeddingTable table = new EmbeddingTable(2);
    long[] keys = {5, Long.MIN_VALUE, 0, -3, Long.MAX_VALUE};
    for (long key : keys) {
      table.add(key);
    }

    for (int row = 0; row < keys.length; row++) {
      assertThat(table.key(row)).isEqualTo(keys[row]);
      assertThat(table.find(keys[row])).isEqualTo(row);
    }
  }

  @Test
  void anEmptyTableHasNoKeys() {
    EmbeddingTable table = new EmbeddingTable(2);

    assertThat(table.size()).isZero();
    assertThat(table.find(0)).isEqualTo(-1);
  }

  @Test
  void refusesToAddAKeyTwice() {
    EmbeddingTable table = new EmbeddingTable(2);
    table.add(17);

    assertThatThrownBy(() -> table.add(17))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("17");
    assertThat(table.size()).isEqualTo(1);
  }

  @Test
  void refusesRowsWithoutFloats() {
    assertThatThrownBy(() -> new EmbeddingTable(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not 0");
  }

  /** Pages hold about a megabyte: 256 rows of 1000 floats, or one row of 300,000. */
  @ParameterizedTest
  @ValueSource(ints = {1_000, 300_000})
  void readsWhatWasWrittenAcrossPages(int rowWidth) {
    int rows = 1_200_000 / rowWidth;
    EmbeddingTable table = new EmbeddingTable(rowWidth);
    float[] buffer = new float[rowWidth + 2];
    for (int row = 0; row < rows; row++) {
      table.add(row * 31L);
    }
    for (int row = rows - 1; row >= 0; row--) {
      for (int i = 0; i < rowWidth; i++) {
        buffer[1 + i] = value(row, i);
      }
      table.write(row, buffer, 1);
    }

    for (int row = 0; row < rows; row++) {
      buffer[0] = -1f;
      buffer[rowWidth + 1] = -2f;
      table.read(row, buffer, 1);
      assertThat(buffer[0]).isEqualTo(-1f);
      assertThat(buffer[rowWidth + 1]).isEqualTo(-2f);
      for (int i = 0; i < rowWidth; i++) {
        assertThat(buffer[1 + i]).isEqualTo(value(row, i));
      }
    }
  }

  private static float value(int row, int i) {
    return row * 7 + i;
  }

  @Test
  void newRowsAreZero() {
    EmbeddingTable table = new EmbeddingTable(3);
    float[] row = {1f, 1f, 1f};

    table.read(table.add(9), row, 0);

    assertThat(row).containsOnly(0f);
  }

  @Test
  void whatIsRemovedIsGoneAndTheRestStays() {
    EmbeddingTable table = new EmbeddingTable(1);
    Map<Long, Float> expected = new HashMap<>();
    Random random = new Random(5);
    for (int i = 0; i < 200_000; i++) {
      // Keys of a small range, so that many come back; in the second half more are removed.
      long key = random.nextInt(40_000);
      int row = table.find(key);
      assertThat(row >= 0).isEqualTo(expected.containsKey(key));
      if (row >= 0 && random.nextInt(i < 100_000 ? 10 : 2) == 0) {
        table.remove(row);
        expected.remove(key);
      } else {
        if (row < 0) {
          row = table.add(key);
        }
        table.write(row, new float[] {i}, 0);
        table.stamp(row, i);
        expected.put(key, (float) i);
      }
      assertThat(table.size()).isEqualTo(expected.size());
    }
    float[] value = new float[1];
    for (int row = 0; row < table.size(); row++) {
      table.read(row, value, 0);
      assertThat(value[0]).isEqualTo(expected.get(table.key(row)));
      assertThat((float) table.stamp(row)).isEqualTo(value[0]);
      assertThat(table.find(table.key(row))).isEqualTo(row);
    }
  }
}
