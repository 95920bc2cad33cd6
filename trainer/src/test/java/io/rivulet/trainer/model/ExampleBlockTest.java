package io.rivulet.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ExampleBlockTest {
  private static final int[] NONE = {};

  @Test
  void withOneKeyPerFieldAnEntrysPlaceTellsItsField() {
    ExampleBlock block = ExampleBlock.ofOneKeyPerField(3, new float[2], new long[6], new float[6]);

    assertThat(block.rows()).isEqualTo(2);
    assertThat(block.start(1)).isEqualTo(3);
    assertThat(block.start(2)).isEqualTo(6);
    assertThat(block.field(4)).isEqualTo(1);
  }

  @Test
  void withPooledFieldsEachEntryNamesItsField() {
    ExampleBlock block =
        new ExampleBlock(
            3,
            new float[2],
            new long[5],
            new float[5],
            new int[] {0, 4, 5},
            new int[] {0, 0, 1, 2, 2});

    assertThat(block.start(1)).isEqualTo(4);
    assertThat(block.start(2)).isEqualTo(5);
    assertThat(block.field(1)).isZero();
    assertThat(block.field(4)).isEqualTo(2);
  }

  @Test
  void refusesKeysThatDoNotFillTheFields() {
    assertDoNotFit(3, 5, 5, NONE, NONE);
  }

  @Test
  void refusesKeysWithoutWeights() {
    assertDoNotFit(3, 6, 5, NONE, NONE);
  }

  @Test
  void refusesStartsForAnotherNumberOfRows() {
    assertDoNotFit(3, 2, 2, new int[] {0, 2}, new int[] {0, 1});
  }

  @Test
  void refusesFieldsForAnotherNumberOfKeys() {
    assertDoNotFit(3, 2, 2, new int[] {0, 1, 2}, new int[] {0});
  }

  private static void assertDoNotFit(
      int fieldCount, int keys, int weights, int[] starts, int[] fields) {
    assertThatThrownBy(
            () ->
                new ExampleBlock(
                    fieldCount, new float[2], new long[keys], new float[weights], starts, fields))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 rows");
  }

  @Test
  void refusesFieldsThatTheModelLacks() {
    assertThatThrownBy(
            () ->
                new ExampleBlock(
                    3, new float[1], new long[1], new float[1], new int[] {0, 1}, new int[] {3}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("No field 3 among 3");
  }
}
