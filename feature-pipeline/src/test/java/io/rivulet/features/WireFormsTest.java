package io.rivulet.features;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.features.Events.Message;
import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.Schema.Field;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** One event is one example, in whichever form it comes. */
class WireFormsTest {
  private static final int ROWS = 10_000;
  private static final List<String> COLUMNS = Events.CRITEO.columns();
  private static final String KEY = Events.mindRecKey(COLUMNS);

  private final ClickFeaturesModel model = ClickFeaturesModel.unfitted(Events.CRITEO);

  /** The columns that a trainer reads; floats as their bits. */
  private record Example(
      String reason, int label, List<Long> keys, List<Integer> weights, List<Integer> fields) {
    static Example of(Row row) {
      return new Example(
          Events.reason(row),
          Float.floatToRawIntBits(row.<Float>getAs(EventParser.LABEL)),
          List.copyOf(Events.keys(row)),
          Events.weights(row).stream().map(Float::floatToRawIntBits).toList(),
          Events.fields(row));
    }
  }

  @Test
  void theThreeFormsGiveTheSameExamples() {
    List<String> lines = IntStream.range(0, ROWS).mapToObj(WireFormsTest::line).toList();

    List<Example> tsv = examples(WireForm.TSV, messages(lines, (line, row) -> line));
    List<Example> json = examples(WireForm.JSON, messages(lines, WireFormsTest::json));
    List<Example> mindRec = examples(WireForm.MINDREC, messages(lines, WireFormsTest::mindRec));

    assertThat(tsv).hasSize(ROWS).extracting(Example::reason).containsOnlyNulls();
    assertThat(tsv).extracting(Example::label).contains(0, Float.floatToRawIntBits(1f));
    assertSame(json, tsv, lines);
    assertSame(mindRec, tsv, lines);
  }

  private static void assertSame(List<Example> actual, List<Example> tsv, List<String> lines) {
    assertThat(actual).hasSameSizeAs(tsv);
    for (int i = 0; i < tsv.size(); i++) {
      assertThat(actual.get(i)).as("row %d: %s", i, lines.get(i)).isEqualTo(tsv.get(i));
    }
  }

  @Test
  void theOrderOfMindRecsColumnsDoesNotMatterAndThereMayBeMore() {
    List<String> lines = IntStream.range(0, 50).mapToObj(WireFormsTest::line).toList();
    List<String> others = new ArrayList<>(COLUMNS);
    Collections.reverse(others);
    others.add(7, "day");
    others.add("comment");

    List<Message> turned = new ArrayList<>();
    for (String line : lines) {
      List<String> values = new ArrayList<>(mindRecValues(line));
      Collections.reverse(values);
      values.add(7, "{\"nested\": [1, 2]}");
      values.add("\"label\"");
      turned.add(new Message(Events.mindRecKey(others), "[" + String.join(", ", values) + "]"));
    }

    assertThat(examples(WireForm.MINDREC, turned))
        .isEqualTo(examples(WireForm.TSV, messages(lines, (line, row) -> line)));
  }

  @Test
  void recordsOfMindRecsProducerAreReadAsTheirTable() {
    List<Row> rows =
        parsedMindRec(
            // Made up. I2 has no gaps in the file, so pandas keeps integers.
            "[0, 3.0, 8, 6.0, 0.0, 2741.0, 9.0, 12.0, 7.0, 263.0, 4.0, 5.0, NaN, 1.0, \"3e2600e9\","
                + " \"f90d88f4\", \"01ec37ab\", \"68a17de0\", \"bdbca7ec\", \"07eeadcf\","
                + " \"7953461f\", \"d136fa7e\", \"3f8428d2\", \"e531cf35\", \"c8514c64\","
                + " \"17d21e07\", \"f9f333d5\", \"9c02ed83\", \"708617ba\", \"197b5c81\","
                + " \"2eb136e5\", \"ed849295\", \"dfaa0fd1\", \"65da4df6\", \"09c67690\", NaN,"
                + " \"afc67f54\", \"5dd796f8\", \"bff6919d\", \"380e1175\"]",
            // Nothing but the label, which is a float where the file has a gap in it.
            "[1.0, NaN, -1, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN,"
                + " NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN,"
                + " NaN, NaN, NaN, NaN, NaN, NaN, NaN]",
            // What json.dumps makes of é, 😀, a quote, a backslash, a tab and a blank.
            "[1, -2.0, 0, 9999999.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,"
                + " \"\\u00e9\", \"\\ud83d\\ude00\", \"a\\\"b\", \"a\\\\b\", \"a\\tb\", \" \","
                + " \"[a]\", \"null\", \"true\", \"1e3\", \"05\", \"0.5\", \"\", NaN, NaN, NaN,"
                + " NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN]",
            // Categories that pandas reads as numbers, with gaps in the column and without.
            "[0, 0.0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3.0, 7, -1.0, 0.0,"
                + " 1234567.0, 9007199254740993, true, 0.5, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN,"
                + " NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN]");

    assertThat(rows).extracting(Events::reason).containsOnlyNulls();
    assertThat(rows)
        .extracting(row -> row.<Float>getAs(EventParser.LABEL))
        .containsExactly(0f, 1f, 1f, 0f);
    assertThat(numbers(rows.get(0)))
        .containsExactly(3L, 8L, 6L, 0L, 2741L, 9L, 12L, 7L, 263L, 4L, 5L, null, 1L);
    assertThat(categories(rows.get(0)))
        .startsWith("3e2600e9", "f90d88f4", "01ec37ab")
        .endsWith("09c67690", null, "afc67f54", "5dd796f8", "bff6919d", "380e1175");
    assertThat(numbers(rows.get(1))).startsWith(null, -1L, null).containsOnly(null, -1L);
    assertThat(categories(rows.get(1))).hasSize(26).containsOnlyNulls();
    assertThat(numbers(rows.get(2))).startsWith(-2L, 0L, 9_999_999L, 0L);
    assertThat(categories(rows.get(2)))
        .startsWith(
            "é", "😀", "a\"b", "a\\b", "a\tb", " ", "[a]", "null", "true", "1e3", "05", "0.5", "")
        .endsWith(null, null, null);
    assertThat(categories(rows.get(3)))
        .startsWith("3", "7", "-1", "0", "1234567", "9007199254740993", "true", "0.5", null);
  }

  /** Java writes floats of 10 million and more with an exponent, json.dumps from 10¹⁶ on. */
  @Test
  void aGreatFloatIsTheIntegerThatItWasInTheFile() {
    String key = Events.mindRecKey(Events.SMALL.columns());
    List<String> floats =
        List.of("9999999.0", "10000000.0", "23159456.0", "-12345678.0", "1234567890123.0");

    List<Row> rows =
        Events.parsed(
                Events.SMALL,
                WireForm.MINDREC,
                floats.stream().map(f -> new Message(key, "[0, " + f + ", " + f + "]")).toList())
            .collectAsList();

    assertThat(rows).extracting(Events::reason).containsOnlyNulls();
    assertThat(rows)
        .extracting(row -> row.<Long>getAs("I1"))
        .containsExactly(9_999_999L, 10_000_000L, 23_159_456L, -12_345_678L, 1_234_567_890_123L);
    assertThat(rows)
        .extracting(row -> row.<String>getAs("C1"))
        .containsExactly("9999999", "10000000", "23159456", "-12345678", "1234567890123");
  }

  @Test
  void onlyANumberLosesItsPointAndZero() {
    String key = Events.mindRecKey(Events.SMALL.columns());

    List<Row> rows =
        Events.parsed(
                Events.SMALL,
                WireForm.MINDREC,
                Events.messages(
                    key,
                    "[0, NaN, \"1.2.0\"]",
                    "[0, NaN, \"10.0.0.0\"]",
                    "[0, NaN, \"v2.0\"]",
                    "[0, NaN, 2.0]"))
            .collectAsList();

    assertThat(rows)
        .extracting(row -> row.<String>getAs("C1"))
        .containsExactly("1.2.0", "10.0.0.0", "v2.0", "2");
  }

  @Test
  void aJsonNumberMayBeWrittenInSeveralWays() {
    List<Row> rows =
        Events.parsed(
                Events.SMALL,
                WireForm.JSON,
                "{\"label\": 1, \"I1\": 5, \"C1\": 7}",
                "{\"label\": 1.0, \"I1\": 5.0, \"C1\": 7.5}",
                "{\"label\": true, \"I1\": \"5\", \"C1\": true}",
                "{\"label\": \"1\", \"I1\": \"5.0\", \"C1\": {\"a\": [1, 2]}}",
                " {\"C1\" : \"\\u00e9\\ud83d\\ude00\\n\\\"\" ,\n\"I1\":5, \"label\":1, \"x\":{}}\n")
            .collectAsList();

    assertThat(rows).extracting(Events::reason).containsOnlyNulls();
    assertThat(rows).extracting(row -> row.<Float>getAs(EventParser.LABEL)).containsOnly(1f);
    assertThat(rows).extracting(row -> row.<Long>getAs("I1")).containsOnly(5L);
    assertThat(rows)
        .extracting(row -> row.<String>getAs("C1"))
        .containsExactly("7", "7.5", "true", "{\"a\":[1,2]}", "é😀\n\"");
  }

  @Test
  void whatIsMissingInJsonMayBeNullNaNAbsentOrEmpty() {
    Dataset<Row> parsed =
        Events.parsed(
            Events.SMALL,
            WireForm.JSON,
            "{\"label\": 0, \"I1\": null, \"C1\": null}",
            "{\"label\": 0, \"I1\": NaN, \"C1\": NaN}",
            "{\"label\": 0}",
            "{\"label\": 0, \"I1\": \"\", \"C1\": \"\"}");

    List<Row> examples =
        ClickFeaturesModel.unfitted(Events.SMALL).transform(parsed).collectAsList();

    assertThat(examples).extracting(Events::reason).containsOnlyNulls();
    for (Row example : examples) {
      assertThat(example.<Long>getAs("I1")).isNull();
      assertThat(Events.keys(example)).containsExactly(Events.ownKey("I1"), Events.ownKey("C1"));
      assertThat(Events.weights(example)).containsExactly(0f, 1f);
    }
  }

  @Test
  void jsonPathsLeadIntoObjects() {
    Schema schema =
        Events.schema(
            new Schema.Label("$.outcome.clicked", List.of(), List.of(), Double.NaN),
            Field.dense("age", "$.user.age", Scaling.LOG1P, true),
            Field.categorical("country", "$.user.geo.country"),
            Field.categorical("dotted", "user.age"),
            Field.categorical("root", "$.page"));

    List<Row> rows =
        Events.parsed(
                schema,
                WireForm.JSON,
                "{\"outcome\": {\"clicked\": 1}, \"user\": {\"age\": 41, \"geo\": {\"country\":"
                    + " \"CH\", \"city\": \"Bern\"}}, \"user.age\": \"old\", \"page\": \"p\"}",
                "{\"outcome\": {\"clicked\": 0}, \"user\": {\"geo\": null}}",
                "{\"outcome\": {}, \"user\": {\"age\": 41}}",
                "{\"user\": {\"age\": 41}}",
                "{\"outcome\": {\"clicked\": 0}, \"user\": {\"age\": \"old\"}}")
            .collectAsList();

    assertThat(rows)
        .extracting(Events::reason)
        .containsExactly(
            null, null, "label is not 0 or 1", "label is not 0 or 1", "age is not an integer");
    assertThat(rows.get(0).<Long>getAs("age")).isEqualTo(41L);
    assertThat(rows.get(0).<String>getAs("country")).isEqualTo("CH");
    assertThat(rows.get(0).<String>getAs("dotted")).isEqualTo("old");
    assertThat(rows.get(0).<String>getAs("root")).isEqualTo("p");
    for (String missing : List.of("age", "country", "dotted", "root")) {
      assertThat(rows.get(1).<Object>getAs(missing)).as(missing).isNull();
    }
  }

  private interface Writer {
    String write(String line, int row);
  }

  private static List<Message> messages(List<String> lines, Writer writer) {
    List<Message> messages = new ArrayList<>();
    for (String line : lines) {
      messages.add(new Message(KEY, writer.write(line, messages.size())));
    }
    return messages;
  }

  private List<Example> examples(WireForm form, List<Message> messages) {
    return model
        .transform(Events.parsed(Events.CRITEO, form, messages))
        .select(
            RawEvents.REASON,
            EventParser.LABEL,
            FeatureColumns.KEYS,
            FeatureColumns.WEIGHTS,
            FeatureColumns.FIELDS)
        .collectAsList()
        .stream()
        .map(Example::of)
        .toList();
  }

  private static List<Row> parsedMindRec(String... values) {
    return Events.parsed(Events.CRITEO, WireForm.MINDREC, Events.messages(KEY, values))
        .collectAsList();
  }

  private static List<Long> numbers(Row row) {
    return IntStream.rangeClosed(1, 13).mapToObj(i -> row.<Long>getAs("I" + i)).toList();
  }

  private static List<String> categories(Row row) {
    return IntStream.rangeClosed(1, 26).mapToObj(i -> row.<String>getAs("C" + i)).toList();
  }

  /** As in Criteo's log, I5 goes into the millions and I2 is never missing. */
  private static String line(int row) {
    String line = Events.line(row);
    return Events.with(
        line,
        "I2",
        Integer.toString(row % 300 - 3),
        "I5",
        row % 10 == 0 ? "" : Integer.toString(2311 * row));
  }

  /** A row as an object, whose missing values are written in four ways. */
  private static String json(String line, int row) {
    String[] cells = line.split("\t", -1);
    List<String> members = new ArrayList<>();
    for (int i = 0; i < cells.length; i++) {
      String name = "\"" + COLUMNS.get(i) + "\": ";
      if (!cells[i].isEmpty()) {
        members.add(name + (isNumber(i) ? cells[i] : "\"" + cells[i] + "\""));
      } else if ((row + i) % 4 < 3) {
        members.add(name + List.of("null", "NaN", "\"\"").get((row + i) % 4));
      }
    }
    if (row % 2 == 1) {
      Collections.reverse(members);
    }
    return "{" + String.join(", ", members) + "}";
  }

  /** A row as {@code json.dumps(df.values[i].tolist())} writes it. */
  private static String mindRec(String line, int row) {
    return "[" + String.join(", ", mindRecValues(line)) + "]";
  }

  private static List<String> mindRecValues(String line) {
    String[] cells = line.split("\t", -1);
    List<String> values = new ArrayList<>();
    for (int i = 0; i < cells.length; i++) {
      boolean gaps = i > 0 && !COLUMNS.get(i).equals("I2");
      if (cells[i].isEmpty()) {
        values.add("NaN");
      } else if (isNumber(i)) {
        values.add(gaps ? cells[i] + ".0" : cells[i]);
      } else {
        values.add("\"" + cells[i] + "\"");
      }
    }
    return values;
  }

  private static boolean isNumber(int column) {
    return column < 14;
  }
}
