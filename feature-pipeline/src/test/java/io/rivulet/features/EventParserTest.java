package io.rivulet.features;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.Schema.Field;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Criteo's lines; {@link WireFormsTest} holds the other forms to them. */
class EventParserTest {
  private static final String WRONG_COLUMNS = "wrong number of columns";
  private static final String WRONG_LABEL = "label is not 0 or 1";

  @Test
  void aGoodEventBecomesItsColumns() {
    String line =
        Events.with(Events.blank(), "label", "1", "I1", "42", "I13", "0", "C1", "ab", "C26", "é");

    Row row = Events.parsed(line).first();

    assertThat(Events.reason(row)).isNull();
    assertThat(row.<Float>getAs(EventParser.LABEL)).isEqualTo(1f);
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

    assertThat(Events.reason(row)).isNull();
    assertThat(row.<Float>getAs(EventParser.LABEL)).isEqualTo(0f);
    for (Schema.Field field : Events.CRITEO.fields()) {
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

  @Test
  void aLabelOtherThanZeroOrOneIsRefused() {
    List<String> lines =
        Stream.of("2", "", "-1", "0.5", "1.00", "x", " 1", "01", "yes", "TRUE", "NaN")
            .map(label -> Events.with(Events.line(1), "label", label))
            .toList();

    assertThat(reasons(lines)).hasSize(11).containsOnly(WRONG_LABEL);
  }

  @Test
  void aLabelMayBeWrittenInThreeWays() {
    List<String> lines =
        Stream.of("1", "1.0", "true", "0", "0.0", "false")
            .map(label -> Events.with(Events.blank(), "label", label))
            .toList();

    List<Row> rows = Events.parsed(lines).collectAsList();

    assertThat(rows).extracting(Events::reason).containsOnlyNulls();
    assertThat(rows)
        .extracting(row -> row.<Float>getAs(EventParser.LABEL))
        .containsExactly(1f, 1f, 1f, 0f, 0f, 0f);
  }

  @Test
  void aDenseValueThatIsNotAnIntegerIsRefusedByName() {
    List<String> values =
        List.of(
            "abc",
            "5.7",
            "5.",
            ".5",
            "5.0",
            "1e3",
            " ",
            "-",
            "0x1F",
            "99999999999999999999",
            "NaN",
            "1 2");

    for (String column : List.of("I1", "I7", "I13")) {
      List<String> lines =
          values.stream().map(value -> Events.with(Events.line(1), column, value)).toList();
      assertThat(reasons(lines)).hasSize(values.size()).containsOnly(column + " is not an integer");
    }
  }

  @Test
  void anIntegerIsReadExactly() {
    List<String> lines =
        Stream.of("0", "-3", "007", "9223372036854775807", "-9223372036854775808")
            .map(value -> Events.with(Events.blank(), "I5", value))
            .toList();

    List<Row> rows = Events.parsed(lines).collectAsList();

    assertThat(rows).extracting(Events::reason).containsOnlyNulls();
    assertThat(rows)
        .extracting(row -> row.<Long>getAs("I5"))
        .containsExactly(0L, -3L, 7L, Long.MAX_VALUE, Long.MIN_VALUE);
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

    Dataset<Row> parsed =
        EventParser.parsed(Events.raw(values), Events.CRITEO, WireForm.TSV, Events.MAX_BYTES);

    assertThat(Events.reasons(parsed)).containsExactly("empty value", "invalid UTF-8");
  }

  @Test
  void theOutputIsThePositionTheBytesTheLabelTheFieldsAndTheReason() {
    List<String> columns = new ArrayList<>();
    columns.addAll(List.of("topic", "partition", "offset", "key", "value", "label"));
    Events.CRITEO.fields().forEach(field -> columns.add(field.name()));
    columns.add("reason");

    assertThat(Events.parsed(Events.blank()).columns()).containsExactlyElementsOf(columns);
  }

  private static List<String> reasons(List<String> lines) {
    return Events.reasons(Events.parsed(lines));
  }

  /** 4e38 is a double, but no float, which weights are. */
  @ParameterizedTest
  @ValueSource(strings = {"NaN", "Infinity", "-Infinity", "1e400", "-1e400", "4e38", "-4e38"})
  void aRealValueThatIsNoFiniteFloatIsRefused(String text) {
    Schema schema =
        Events.schema(
            Field.dense("before", "before", Scaling.NONE, false),
            Field.dense("price", "price", Scaling.NONE, false));
    Row row = Events.parsed(schema, WireForm.TSV, "1\t3.4e38\t" + text).first();

    assertThat(Events.reason(row)).isEqualTo("price is not a number");
    assertThat(row.<Double>getAs("before")).isEqualTo(3.4e38);
  }
}
