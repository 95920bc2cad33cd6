package io.rivulet.features;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TsvEventsTest {
  private static final String WRONG_COLUMNS = "wrong number of columns";
  private static final String WRONG_LABEL = "label is not 0 or 1";

  @Test
  void aGoodEventBecomesItsColumns() {
    String line =
        Events.with(Events.blank(), "label", "1", "I1", "42", "I13", "0", "C1", "ab", "C26", "é");

    Row row = Events.parsed(line).first();

    assertThat(reason(row)).isNull();
    assertThat(row.<Float>getAs(TsvEvents.LABEL)).isEqualTo(1f);
    assertThat(row.<Long>getAs("I1")).isEqualTo(42L);
    assertThat(row.<Long>getAs("I13")).isEqualTo(0L);
    assertThat(row.<String>getAs("C1")).isEqualTo("ab");
    assertThat(row.<String>getAs("C26")).isEqualTo("é");
    assertThat(row.<String>getAs(RawEvents.TOPIC)).isEqualTo(Events.TOPIC);
    assertThat(row.<Long>getAs(RawEvents.OFFSET)).isEqualTo(Events.FIRST_OFFSET);
  }

  @Test
  void generatedEventsAreAllGood() {
    assertThat(reasons(Events.lines(200))).hasSize(200).containsOnlyNulls();
  }

  @Test
  void anEventWithEverythingMissingIsGood() {
    Row row = Events.parsed(Events.blank()).first();

    assertThat(reason(row)).isNull();
    assertThat(row.<Float>getAs(TsvEvents.LABEL)).isEqualTo(0f);
    for (Schema.Field field : Schema.criteo().fields()) {
      assertThat(row.<Object>getAs(field.name())).isEqualTo(field.dense() ? null : "");
    }
  }

  @Test
  void tooFewAndTooManyColumnsAreRefused() {
    String good = Events.line(1);
    String without = good.substring(0, good.lastIndexOf('\t'));

    assertThat(reasons(List.of(without, good + "\t", good + "\tab", "0", "no event at all")))
        .containsExactly(Collections.nCopies(5, WRONG_COLUMNS).toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(strings = {"2", "", "-1", "0.0", "1.0", "x", " 1", "01", "true"})
  void aLabelOtherThanZeroOrOneIsRefused(String label) {
    String line = Events.with(Events.line(1), "label", label);

    assertThat(reasons(List.of(line))).containsExactly(WRONG_LABEL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "abc",
        "5.7",
        "5.",
        ".5",
        "1e3",
        " ",
        "-",
        "0x1F",
        "99999999999999999999",
        "NaN",
        "1 2"
      })
  void aDenseValueThatIsNotAnIntegerIsRefusedByName(String value) {
    String good = Events.line(1);

    assertThat(
            reasons(
                List.of(
                    Events.with(good, "I1", value),
                    Events.with(good, "I7", value),
                    Events.with(good, "I13", value))))
        .containsExactly("I1 is not an integer", "I7 is not an integer", "I13 is not an integer");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-3, -3",
    "007, 7",
    "9223372036854775807, 9223372036854775807",
    "-9223372036854775808, -9223372036854775808"
  })
  void anIntegerIsReadExactly(String value, long expected) {
    Row row = Events.parsed(Events.with(Events.blank(), "I5", value)).first();

    assertThat(reason(row)).isNull();
    assertThat(row.<Long>getAs("I5")).isEqualTo(expected);
  }

  @Test
  void theFirstReasonWins() {
    String good = Events.line(1);
    List<String> lines =
        List.of(
            Events.with(good, "label", "x", "I1", "x") + "\textra",
            Events.with(good, "label", "x", "I1", "x"),
            Events.with(good, "I2", "x", "I5", "x"));

    assertThat(reasons(lines)).containsExactly(WRONG_COLUMNS, WRONG_LABEL, "I2 is not an integer");
  }

  @Test
  void theReasonOfTheDoorStays() {
    List<byte[]> values = List.of(new byte[0], new byte[] {(byte) 0xFF});

    List<Row> rows =
        TsvEvents.parsed(RawEvents.decoded(Events.raw(values), Events.MAX_BYTES), Schema.criteo())
            .collectAsList();

    assertThat(rows)
        .extracting(TsvEventsTest::reason)
        .containsExactly("empty value", "invalid UTF-8");
  }

  private static List<String> reasons(List<String> lines) {
    return Events.parsed(lines).collectAsList().stream().map(TsvEventsTest::reason).toList();
  }

  private static String reason(Row row) {
    return row.getAs(RawEvents.REASON);
  }
}
