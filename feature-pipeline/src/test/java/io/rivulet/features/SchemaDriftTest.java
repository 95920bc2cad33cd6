package io.rivulet.features;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/**
 * A producer adds, drops or retypes a column, and the schema doesn't know. What can be read as
 * before is; all else has a reason, and no cell is taken for another column's.
 */
class SchemaDriftTest {
  private static final String NOT_AN_INTEGER = "I1 is not an integer";

  private static Row parsed(WireForm form, String key, String value) {
    return Events.parsed(Events.SMALL, form, Events.messages(key, value)).first();
  }

  private static Row array(String value, String... names) {
    return parsed(WireForm.MINDREC, Events.mindRecKey(List.of(names)), value);
  }

  private static Row object(String value) {
    return parsed(WireForm.JSON, null, value);
  }

  private static Row line(String value) {
    return parsed(WireForm.TSV, null, value);
  }

  private static void assertRead(Row row, Long number, String category) {
    assertThat(Events.reason(row)).isNull();
    assertThat(row.<Float>getAs(EventParser.LABEL)).isEqualTo(1f);
    assertThat(row.<Long>getAs("I1")).isEqualTo(number);
    assertThat(row.<String>getAs("C1")).isEqualTo(category);
  }

  @Test
  void anAddedColumnIsPassedOverWhereColumnsHaveNames() {
    assertRead(object("{\"label\": 1, \"I2\": 9, \"I1\": 5, \"C1\": \"ab\"}"), 5L, "ab");
    assertRead(array("[9, 1, 5, \"ab\"]", "I2", "label", "I1", "C1"), 5L, "ab");
    assertThat(Events.reason(line("1\t9\t5\tab"))).isEqualTo("wrong number of columns");
  }

  @Test
  void aDroppedColumnIsMissingOrTheEventIsRefused() {
    assertRead(object("{\"label\": 1, \"C1\": \"ab\"}"), null, "ab");
    assertRead(object("{\"label\": 1, \"I1\": 5}"), 5L, null);
    assertThat(Events.reason(array("[1, \"ab\"]", "label", "C1")))
        .isEqualTo("the key doesn't name column I1");
    assertThat(Events.reason(line("1\tab"))).isEqualTo("wrong number of columns");
  }

  @Test
  void aNumberThatBecomesTextIsRefused() {
    assertThat(Events.reason(object("{\"label\": 1, \"I1\": \"five\", \"C1\": \"ab\"}")))
        .isEqualTo(NOT_AN_INTEGER);
    assertThat(Events.reason(array("[1, \"five\", \"ab\"]", "label", "I1", "C1")))
        .isEqualTo(NOT_AN_INTEGER);
    assertThat(Events.reason(line("1\tfive\tab"))).isEqualTo(NOT_AN_INTEGER);
  }

  @Test
  void aCategoryThatBecomesANumberIsTheCategoryOfItsDigits() {
    assertRead(object("{\"label\": 1, \"I1\": 5, \"C1\": 12}"), 5L, "12");
    assertRead(array("[1, 5, 12]", "label", "I1", "C1"), 5L, "12");
    assertRead(line("1\t5\t12"), 5L, "12");
  }
}
