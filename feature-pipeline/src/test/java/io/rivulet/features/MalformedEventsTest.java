package io.rivulet.features;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.features.Events.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** No event stops the others: each that can't be read has a reason, and its neighbours don't. */
@TestInstance(Lifecycle.PER_CLASS)
class MalformedEventsTest {
  private static final String NO_OBJECT = "not a JSON object";
  private static final String NO_ARRAY = "not a JSON array";
  private static final String NO_KEY = "the key is not a JSON array of column names";
  private static final String OTHER_COUNT = "the key names another number of columns";
  private static final String LABEL = "label is not 0 or 1";
  private static final String I1 = "I1 is not an integer";

  private static final String GOOD_OBJECT = "{\"label\": 1, \"I1\": 5, \"C1\": \"ab\"}";
  private static final String GOOD_KEY = Events.mindRecKey(Events.SMALL.columns());
  private static final String GOOD_ARRAY = "[1, 5.0, \"ab\"]";

  private static final String DEEP = "[".repeat(2000) + "]".repeat(2000);
  private static final String LONG_NUMBER = "9".repeat(2000);

  /** All events of a form at once: good ones at even places, bad ones at odd. */
  private final List<Row> objects =
      parsed(WireForm.JSON, badObjects(), new Message(null, GOOD_OBJECT));

  private final List<Row> arrays =
      parsed(WireForm.MINDREC, badArrays(), new Message(GOOD_KEY, GOOD_ARRAY));

  /**
   * An event that can't be read.
   *
   * @param place among those of its form, from 0
   */
  private record Bad(int place, String what, Message message, String reason) {
    @Override
    public String toString() {
      return what;
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badObjects")
  void aMalformedObjectGetsAReason(Bad bad) {
    assertThat(Events.reason(objects.get(2 * bad.place() + 1))).isEqualTo(bad.reason());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badArrays")
  void aMalformedRecordOfMindRecsGetsAReason(Bad bad) {
    assertThat(Events.reason(arrays.get(2 * bad.place() + 1))).isEqualTo(bad.reason());
  }

  @Test
  void goodEventsBesideMalformedOnesStayGood() {
    for (List<Row> rows : List.of(objects, arrays)) {
      for (int i = 0; i < rows.size(); i += 2) {
        Row good = rows.get(i);
        assertThat(Events.reason(good)).as("row %d", i).isNull();
        assertThat(good.<Float>getAs(EventParser.LABEL)).isEqualTo(1f);
        assertThat(good.<Long>getAs("I1")).isEqualTo(5L);
        assertThat(good.<String>getAs("C1")).isEqualTo("ab");
      }
    }
  }

  @Test
  void noEventIsLostAndItsBytesStay() {
    assertThat(objects).hasSize(2 * badObjects().size() + 1);
    assertThat(arrays).hasSize(2 * badArrays().size() + 1);
    for (Bad bad : badArrays()) {
      Row row = arrays.get(2 * bad.place() + 1);
      assertThat(text(row, RawEvents.VALUE)).isEqualTo(bad.message().value());
      assertThat(text(row, RawEvents.KEY)).isEqualTo(bad.message().key());
    }
  }

  private static String text(Row row, String column) {
    byte[] bytes = row.getAs(column);
    return bytes == null ? null : new String(bytes, UTF_8);
  }

  private static List<Row> parsed(WireForm form, List<Bad> bad, Message good) {
    List<Message> messages = new ArrayList<>(List.of(good));
    bad.forEach(event -> messages.addAll(List.of(event.message(), good)));
    return Events.parsed(Events.SMALL, form, messages).collectAsList();
  }

  static List<Bad> badObjects() {
    return numbered(
        Stream.of(
            object("truncated behind a value", "{\"label\": 1, \"I1\": 5", NO_OBJECT),
            object("truncated in a text", "{\"label\": 1, \"C1\": \"ab", NO_OBJECT),
            object("truncated behind a colon", "{\"label\": 1, \"I1\":", NO_OBJECT),
            object("truncated behind a name", "{\"label\": 1, \"I1\"", NO_OBJECT),
            object("truncated behind a comma", "{\"label\": 1,", NO_OBJECT),
            object("truncated in a list", "{\"label\": 1, \"x\": [5", NO_OBJECT),
            object("one brace", "{", NO_OBJECT),
            object("blanks", "  \n", NO_OBJECT),
            object("two objects", GOOD_OBJECT + GOOD_OBJECT, NO_OBJECT),
            object("two objects, comma between", GOOD_OBJECT + ", " + GOOD_OBJECT, NO_OBJECT),
            object("two objects on lines", GOOD_OBJECT + "\n" + GOOD_OBJECT, NO_OBJECT),
            object("the parser's end mark", GOOD_OBJECT + ",{\"__end\":\"1\"}", NO_OBJECT),
            object("word behind", GOOD_OBJECT + " x", NO_OBJECT),
            object("brace behind", GOOD_OBJECT + "}", NO_OBJECT),
            object("comma behind", GOOD_OBJECT + ",", NO_OBJECT),
            object("comma before", "," + GOOD_OBJECT, NO_OBJECT),
            object("byte order mark before", "\uFEFF" + GOOD_OBJECT, NO_OBJECT),
            object("comma before the end", "{\"label\": 1, \"I1\": 5,}", NO_OBJECT),
            object("two commas", "{\"label\": 1,, \"I1\": 5}", NO_OBJECT),
            object("no comma", "{\"label\": 1 \"I1\": 5}", NO_OBJECT),
            object("no colon", "{\"label\" 1}", NO_OBJECT),
            object("list of an object", "[" + GOOD_OBJECT + "]", NO_OBJECT),
            object("list of values", GOOD_ARRAY, NO_OBJECT),
            object("number", "5", NO_OBJECT),
            object("text", "\"label\"", NO_OBJECT),
            object("truth value", "true", NO_OBJECT),
            object("null", "null", NO_OBJECT),
            object("NaN", "NaN", NO_OBJECT),
            object("names without quotes", "{label: 1, I1: 5}", NO_OBJECT),
            object("value without quotes", "{\"label\": 1, \"C1\": ab}", NO_OBJECT),
            object("Python's None", "{\"label\": 1, \"I1\": None}", NO_OBJECT),
            object("Python's True", "{\"label\": True}", NO_OBJECT),
            object("comment", "{\"label\": 1 /* click */}", NO_OBJECT),
            object("unknown escape", "{\"label\": 1, \"C1\": \"a\\qb\"}", NO_OBJECT),
            object("escape not hexadecimal", "{\"label\": 1, \"C1\": \"\\u12G4\"}", NO_OBJECT),
            object("tab in a text", "{\"label\": 1, \"C1\": \"a\tb\"}", NO_OBJECT),
            object("plus sign", "{\"label\": 1, \"I1\": +5}", NO_OBJECT),
            object("leading zeros", "{\"label\": 1, \"I1\": 007}", NO_OBJECT),
            object("no digit before the point", "{\"label\": 1, \"I1\": .5}", NO_OBJECT),
            object("no digit behind the point", "{\"label\": 1, \"I1\": 5.}", NO_OBJECT),
            object("hexadecimal number", "{\"label\": 1, \"I1\": 0x1F}", NO_OBJECT),
            object("2,000 digits", "{\"label\": 1, \"I1\": " + LONG_NUMBER + "}", NO_OBJECT),
            object("2,000 brackets", DEEP, NO_OBJECT),
            object("2,000 brackets inside", "{\"label\": 1, \"C1\": " + DEEP + "}", NO_OBJECT),
            object("list for a number", "{\"label\": 1, \"I1\": [5]}", I1),
            object("object for a number", "{\"label\": 1, \"I1\": {\"a\": 5}}", I1),
            object("word for a number", "{\"label\": 1, \"I1\": \"abc\"}", I1),
            object("blank for a number", "{\"label\": 1, \"I1\": \" \"}", I1),
            object("truth value for a number", "{\"label\": 1, \"I1\": true}", I1),
            object("fraction", "{\"label\": 1, \"I1\": 3.5}", I1),
            object("version for a number", "{\"label\": 1, \"I1\": \"1.2.0\"}", I1),
            object("number beyond all doubles", "{\"label\": 1, \"I1\": 1e400}", I1),
            object("number beyond 64 bits", "{\"label\": 1, \"I1\": 9223372036854775808}", I1),
            object("infinity", "{\"label\": 1, \"I1\": Infinity}", I1),
            object("minus infinity", "{\"label\": 1, \"I1\": -Infinity}", I1),
            object("nothing", "{}", LABEL),
            object("no label", "{\"I1\": 5, \"C1\": \"ab\"}", LABEL),
            object("label in capitals", "{\"LABEL\": 1}", LABEL),
            object("label inside", "{\"x\": {\"label\": 1}}", LABEL),
            object("label 2", "{\"label\": 2}", LABEL),
            object("label 0.5", "{\"label\": 0.5}", LABEL),
            object("label -1", "{\"label\": -1}", LABEL),
            object("label yes", "{\"label\": \"yes\"}", LABEL),
            object("label empty", "{\"label\": \"\"}", LABEL),
            object("label null", "{\"label\": null}", LABEL),
            object("label NaN", "{\"label\": NaN}", LABEL),
            object("label a list", "{\"label\": [1]}", LABEL)));
  }

  static List<Bad> badArrays() {
    return numbered(
        Stream.of(
            key("no key", null, NO_KEY),
            key("empty key", "", NO_KEY),
            key("key of names with commas", "label,I1,C1", NO_KEY),
            key("object for a key", "{\"label\": 0, \"I1\": 1, \"C1\": 2}", NO_KEY),
            key("text for a key", "\"label\"", NO_KEY),
            key("number for a key", "3", NO_KEY),
            key("null for a key", "null", NO_KEY),
            key("truncated key", "[\"label\", \"I1\", \"C1\"", NO_KEY),
            key("key truncated in a name", "[\"label\", \"I1\", \"C", NO_KEY),
            key("two keys", GOOD_KEY + GOOD_KEY, NO_KEY),
            key("two keys, comma between", GOOD_KEY + ", " + GOOD_KEY, NO_KEY),
            key("word behind the key", GOOD_KEY + " x", NO_KEY),
            key("comma before the key's end", "[\"label\", \"I1\", \"C1\",]", NO_KEY),
            key("names without quotes", "[label, I1, C1]", NO_KEY),
            key("key longer than an event", "[\"" + "x".repeat(Events.MAX_BYTES) + "\"]", NO_KEY),
            key("key of no names", "[]", OTHER_COUNT),
            key("fewer names than values", "[\"label\", \"I1\"]", OTHER_COUNT),
            key("more names than values", "[\"label\", \"I1\", \"C1\", \"C2\"]", OTHER_COUNT),
            key("name twice", "[\"label\", \"I1\", \"I1\"]", "the key names a column twice"),
            key("no name label", "[\"click\", \"I1\", \"C1\"]", lacking("label")),
            key("no name I1", "[\"label\", \"I2\", \"C1\"]", lacking("I1")),
            key("no name C1", "[\"label\", \"I1\", \"c1\"]", lacking("C1")),
            key("null for a name", "[\"label\", null, \"C1\"]", lacking("I1")),
            key("numbers for names", "[0, 1, 2]", lacking("label")),
            key("name in a list", "[[\"label\"], \"I1\", \"C1\"]", lacking("label")),
            array("object", GOOD_OBJECT, NO_ARRAY),
            array("number", "5", NO_ARRAY),
            array("text", "\"ab\"", NO_ARRAY),
            array("null", "null", NO_ARRAY),
            array("NaN", "NaN", NO_ARRAY),
            array("line of Criteo's", "1\t5\tab", NO_ARRAY),
            array("blanks", "  \n", NO_ARRAY),
            array("one bracket", "[", NO_ARRAY),
            array("truncated behind a value", "[1, 5.0, \"ab\"", NO_ARRAY),
            array("truncated behind a comma", "[1, 5.0,", NO_ARRAY),
            array("truncated in a text", "[1, 5.0, \"ab", NO_ARRAY),
            array("two arrays", GOOD_ARRAY + GOOD_ARRAY, NO_ARRAY),
            array("two arrays, comma between", GOOD_ARRAY + ", " + GOOD_ARRAY, NO_ARRAY),
            array("the parser's end mark", GOOD_ARRAY + ",[\"end\"]", NO_ARRAY),
            array("text behind", GOOD_ARRAY + ", \"x\"", NO_ARRAY),
            array("word behind", GOOD_ARRAY + " x", NO_ARRAY),
            array("bracket behind", GOOD_ARRAY + "]", NO_ARRAY),
            array("comma behind", GOOD_ARRAY + ",", NO_ARRAY),
            array("byte order mark before", "\uFEFF" + GOOD_ARRAY, NO_ARRAY),
            array("comma before the end", "[1, 5.0, \"ab\",]", NO_ARRAY),
            array("no value between commas", "[1, , \"ab\"]", NO_ARRAY),
            array("no comma", "[1 5.0, \"ab\"]", NO_ARRAY),
            array("value without quotes", "[1, 5.0, ab]", NO_ARRAY),
            array("Python's None", "[1, None, \"ab\"]", NO_ARRAY),
            array("NaN in small letters", "[1, nan, \"ab\"]", NO_ARRAY),
            array("unknown escape", "[1, 5.0, \"a\\qb\"]", NO_ARRAY),
            array("escape not hexadecimal", "[1, 5.0, \"\\u12G4\"]", NO_ARRAY),
            array("tab in a text", "[1, 5.0, \"a\tb\"]", NO_ARRAY),
            array("plus sign", "[1, +5, \"ab\"]", NO_ARRAY),
            array("leading zeros", "[1, 007, \"ab\"]", NO_ARRAY),
            array("2,000 digits", "[1, " + LONG_NUMBER + ", \"ab\"]", NO_ARRAY),
            array("2,000 brackets", DEEP, NO_ARRAY),
            array("2,000 brackets inside", "[1, 5.0, " + DEEP + "]", NO_ARRAY),
            array("no values", "[]", OTHER_COUNT),
            array("fewer values", "[1, 5.0]", OTHER_COUNT),
            array("more values", "[1, 5.0, \"ab\", NaN]", OTHER_COUNT),
            array("list for a number", "[1, [5], \"ab\"]", I1),
            array("object for a number", "[1, {\"a\": 5}, \"ab\"]", I1),
            array("word for a number", "[1, \"abc\", \"ab\"]", I1),
            array("truth value for a number", "[1, true, \"ab\"]", I1),
            array("fraction", "[1, 3.5, \"ab\"]", I1),
            array("version for a number", "[1, \"1.2.0\", \"ab\"]", I1),
            array("number beyond all doubles", "[1, 1e400, \"ab\"]", I1),
            array("number beyond 64 bits", "[1, 9223372036854775808, \"ab\"]", I1),
            array("float beyond 64 bits", "[1, 1e+19, \"ab\"]", I1),
            array("infinity", "[1, Infinity, \"ab\"]", I1),
            array("minus infinity", "[1, -Infinity, \"ab\"]", I1),
            array("label 2", "[2, 5.0, \"ab\"]", LABEL),
            array("label 0.5", "[0.5, 5.0, \"ab\"]", LABEL),
            array("label yes", "[\"yes\", 5.0, \"ab\"]", LABEL),
            array("label empty", "[\"\", 5.0, \"ab\"]", LABEL),
            array("label null", "[null, 5.0, \"ab\"]", LABEL),
            array("label NaN", "[NaN, 5.0, \"ab\"]", LABEL)));
  }

  private static String lacking(String column) {
    return "the key doesn't name column " + column;
  }

  private static Bad object(String what, String value, String reason) {
    return new Bad(-1, what, new Message(null, value), reason);
  }

  private static Bad key(String what, String key, String reason) {
    return new Bad(-1, what, new Message(key, GOOD_ARRAY), reason);
  }

  private static Bad array(String what, String value, String reason) {
    return new Bad(-1, what, new Message(GOOD_KEY, value), reason);
  }

  private static List<Bad> numbered(Stream<Bad> events) {
    List<Bad> numbered = new ArrayList<>();
    events.forEach(
        bad -> numbered.add(new Bad(numbered.size(), bad.what(), bad.message(), bad.reason())));
    return numbered;
  }
}
