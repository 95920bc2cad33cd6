package io.rivulet.features;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.features.Events.Message;
import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.FeatureSpec.Vocabulary;
import io.rivulet.features.Schema.Field;
import io.rivulet.features.Schema.Kind;
import io.rivulet.features.Schema.Missing;
import io.rivulet.features.Schema.Pooling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** Fields that have any number of values in an event. */
class MultiValuedTest {
  private static final Field NUMBER = Field.dense("n", "n", Scaling.NONE, false);
  private static final Field TAGS = Field.multiValued("tags", "tags", Pooling.MEAN);
  private static final Field CITY = Field.categorical("city", "city");
  private static final Field SEEN = field("seen", Missing.ZERO, -1, ";;", Pooling.SUM);

  /** Between multi-valued fields stand others, so that all parts of an example are there. */
  private static final Schema SCHEMA = Events.schema(NUMBER, TAGS, CITY, SEEN);

  private static final String KEY = Events.mindRecKey(SCHEMA.columns());

  @Test
  void aTextIsCutAtTheSeparator() {
    List<Row> examples =
        examples(
            WireForm.TSV,
            Events.messages(
                null,
                "1\t0.5\ta|b|c|a\tBern\tx;;y",
                "0\t2\ta\tBern\tx;y",
                "0\t\t\t\t",
                "1\t1\t|a||\tBern\tx",
                "1\t1\té|😀\tBern\t[1,2]"));

    assertThat(values(examples, "tags"))
        .containsExactly(
            List.of("a", "b", "c", "a"),
            List.of("a"),
            null,
            List.of("", "a", "", ""),
            List.of("é", "😀"));
    assertThat(values(examples, "seen"))
        .containsExactly(List.of("x", "y"), List.of("x;y"), null, List.of("x"), List.of("[1,2]"));
    assertExample(
        examples.get(0),
        List.of(
            Events.ownKey("n"),
            tag("a"),
            tag("b"),
            tag("c"),
            tag("a"),
            Events.key("city", "Bern"),
            seen("x"),
            seen("y")),
        List.of(0.5f, 0.25f, 0.25f, 0.25f, 0.25f, 1f, 1f, 1f),
        List.of(0, 1, 1, 1, 1, 2, 3, 3));
    assertExample(
        examples.get(1),
        List.of(Events.ownKey("n"), tag("a"), Events.key("city", "Bern"), seen("x;y")),
        List.of(2f, 1f, 1f, 1f),
        List.of(0, 1, 2, 3));
    assertNothing(examples.get(2));
    assertExample(
        examples.get(3),
        List.of(
            Events.ownKey("n"),
            Events.ownKey("tags"),
            tag("a"),
            Events.ownKey("tags"),
            Events.ownKey("tags"),
            Events.key("city", "Bern"),
            seen("x")),
        List.of(1f, 0.25f, 0.25f, 0.25f, 0.25f, 1f, 1f),
        List.of(0, 1, 1, 1, 1, 2, 3));
  }

  @Test
  void aJsonArrayHoldsTheValues() {
    List<Row> examples =
        examples(
            WireForm.JSON,
            Events.messages(
                null,
                json("\"tags\": [\"a\", \"b\", \"c\"], \"seen\": [\"x\", \"y\"]"),
                json("\"tags\": [1, 2.5, true, \"é\\\"\\\\\"], \"seen\": [\"a|b\", \"c;;d\"]"),
                json("\"tags\": [\"a\", null], \"seen\": [\"x\"]"),
                json("\"tags\": [], \"seen\": [ ]"),
                json("\"tags\": null, \"seen\": NaN"),
                json("\"tags\": \"\""),
                json("\"tags\": \"a|b\", \"seen\": \"x;;y\""),
                json("\"tags\": 7, \"seen\": \"x\""),
                json("\"tags\": [\"\", \"a\"]")));

    assertThat(examples).extracting(Events::reason).containsOnlyNulls();
    assertThat(values(examples, "tags"))
        .containsExactly(
            List.of("a", "b", "c"),
            List.of("1", "2.5", "true", "é\"\\"),
            Arrays.asList("a", null),
            List.of(),
            null,
            null,
            List.of("a", "b"),
            List.of("7"),
            List.of("", "a"));
    assertExample(
        examples.get(0),
        List.of(
            Events.ownKey("n"),
            tag("a"),
            tag("b"),
            tag("c"),
            Events.ownKey("city"),
            seen("x"),
            seen("y")),
        List.of(0f, (float) (1.0 / 3), (float) (1.0 / 3), (float) (1.0 / 3), 1f, 1f, 1f),
        List.of(0, 1, 1, 1, 2, 3, 3));
    assertExample(
        examples.get(1),
        List.of(
            Events.ownKey("n"),
            tag("1"),
            tag("2.5"),
            tag("true"),
            tag("é\"\\"),
            Events.ownKey("city"),
            seen("a|b"),
            seen("c;;d")),
        List.of(0f, 0.25f, 0.25f, 0.25f, 0.25f, 1f, 1f, 1f),
        List.of(0, 1, 1, 1, 1, 2, 3, 3));
    assertExample(
        examples.get(2),
        List.of(
            Events.ownKey("n"), tag("a"), Events.ownKey("tags"), Events.ownKey("city"), seen("x")),
        List.of(0f, 0.5f, 0.5f, 1f, 1f),
        List.of(0, 1, 1, 2, 3));
    for (Row nothing : examples.subList(3, 6)) {
      assertNothing(nothing);
    }
  }

  @Test
  void whatOnlyLooksLikeAListIsRefusedByName() {
    Dataset<Row> parsed =
        Events.parsed(
            SCHEMA,
            WireForm.JSON,
            json("\"tags\": \"[a\""),
            json("\"seen\": \"[1, 2\""),
            json("\"seen\": \"[1] 2\""),
            json("\"seen\": \"[1, 2]\""));

    assertThat(Events.reasons(parsed))
        .containsExactly("tags is not a list", "seen is not a list", "seen is not a list", null);
    assertThat(values(parsed.collectAsList(), "seen")).last().isEqualTo(List.of("1", "2"));
  }

  @Test
  void mindRecsValuesMayBeArrays() {
    List<Row> examples =
        examples(
            WireForm.MINDREC,
            Events.messages(
                KEY,
                "[1, 0.5, [\"a\", \"b\"], \"Bern\", [3]]",
                "[0, NaN, NaN, NaN, NaN]",
                "[0, NaN, null, null, []]",
                "[1, 2, \"a|b\", 3.0, 3.0]"));

    assertThat(examples).extracting(Events::reason).containsOnlyNulls();
    assertExample(
        examples.get(0),
        List.of(Events.ownKey("n"), tag("a"), tag("b"), Events.key("city", "Bern"), seen("3")),
        List.of(0.5f, 0.5f, 0.5f, 1f, 1f),
        List.of(0, 1, 1, 2, 3));
    assertNothing(examples.get(1));
    assertNothing(examples.get(2));
    assertExample(
        examples.get(3),
        List.of(Events.ownKey("n"), tag("a"), tag("b"), Events.key("city", "3"), seen("3")),
        List.of(2f, 0.5f, 0.5f, 1f, 1f),
        List.of(0, 1, 1, 2, 3));
  }

  @Test
  void anExampleMayHoldNothingButValues() {
    Schema schema = Events.schema(TAGS);

    Row example =
        ClickFeaturesModel.unfitted(schema)
            .transform(Events.parsed(schema, WireForm.TSV, "1\ta|b"))
            .first();

    assertExample(example, List.of(tag("a"), tag("b")), List.of(0.5f, 0.5f), List.of(0, 0));
  }

  @Test
  void withoutMultiValuedFieldsTheFieldOfAnEntryIsItsPlace() {
    Schema schema = Events.schema(NUMBER, CITY);

    Row example =
        ClickFeaturesModel.unfitted(schema)
            .transform(Events.parsed(schema, WireForm.TSV, "1\t2\tBern"))
            .first();

    assertExample(
        example, List.of(Events.ownKey("n"), Events.key("city", "Bern")), List.of(2f, 1f), null);
  }

  @Test
  void allPartsOfAnExampleHaveTheTypesThatAreDeclared() {
    ClickFeaturesModel model = ClickFeaturesModel.unfitted(SCHEMA);
    Dataset<Row> parsed = Events.parsed(SCHEMA, WireForm.JSON, json("\"tags\": [\"a\"]"));

    assertThat(model.transform(parsed).schema().catalogString())
        .isEqualTo(model.transformSchema(parsed.schema()).catalogString())
        .endsWith("keys:array<bigint>,weights:array<float>,fields:array<int>>");
  }

  @Test
  void aFrozenVocabularyCountsValues() {
    Schema schema =
        Events.schema(
            TAGS,
            field("seen", Missing.ZERO, 0, ";;", Pooling.SUM),
            field("often", Missing.OOV, 3, "|", Pooling.MEAN));
    List<String> lines = new ArrayList<>();
    lines.add("1\ta|b\tx\tp|q");
    lines.add("1\tb|c\tx;;y\tp|q");
    lines.add("1\tb|a|a\t\tp|q");
    lines.add("1\t\t\tp");
    lines.add("2\tc|c|c\tz\tq|q");

    ClickFeaturesModel model =
        new ClickFeatures()
            .setSchema(schema)
            .setVocabulary(Vocabulary.FROZEN)
            .setMinCount(2)
            .fit(Events.parsed(schema, WireForm.TSV, lines.toArray(String[]::new)));

    LongStream keys =
        LongStream.of(tag("a"), tag("b"), seen("x"), seen("y"), Events.key("often", "p"));
    assertThat(model.fitted().vocabulary())
        .isEqualTo(
            LongStream.concat(keys, LongStream.of(model.fitted().oovKeys())).sorted().toArray());
  }

  private static List<Row> examples(WireForm form, List<Message> messages) {
    return ClickFeaturesModel.unfitted(SCHEMA)
        .transform(Events.parsed(SCHEMA, form, messages))
        .collectAsList();
  }

  /** A good event of which everything else is missing. */
  private static String json(String members) {
    return "{\"label\": 1, " + members + "}";
  }

  private static List<List<String>> values(List<Row> rows, String column) {
    return rows.stream()
        .map(row -> row.isNullAt(row.fieldIndex(column)) ? null : strings(row, column))
        .toList();
  }

  private static List<String> strings(Row row, String column) {
    return row.getList(row.fieldIndex(column));
  }

  private static long tag(String value) {
    return Events.key("tags", value);
  }

  private static long seen(String value) {
    return Events.key("seen", value);
  }

  /** Each field has its own key; of seen, whose missing values are nothing, with weight 0. */
  private static void assertNothing(Row example) {
    assertExample(
        example,
        List.of(
            Events.ownKey("n"),
            Events.ownKey("tags"),
            Events.ownKey("city"),
            Events.ownKey("seen")),
        List.of(0f, 1f, 1f, 0f),
        List.of(0, 1, 2, 3));
  }

  private static void assertExample(
      Row example, List<Long> keys, List<Float> weights, List<Integer> fields) {
    assertThat(Events.reason(example)).isNull();
    assertThat(Events.keys(example)).isEqualTo(keys);
    assertThat(Events.weights(example)).isEqualTo(weights);
    assertThat(Events.fields(example)).isEqualTo(fields);
  }

  private static Field field(
      String name, Missing missing, int minCount, String separator, Pooling pooling) {
    return new Field(
        name, name, Kind.MULTI_VALUED, Scaling.LOG1P, false, missing, minCount, separator, pooling);
  }
}
