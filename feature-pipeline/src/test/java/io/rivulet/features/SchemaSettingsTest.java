package io.rivulet.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.rivulet.features.FeatureSpec.Range;
import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.FeatureSpec.Vocabulary;
import io.rivulet.features.Schema.EventTime;
import io.rivulet.features.Schema.EventTime.Unit;
import io.rivulet.features.Schema.Field;
import io.rivulet.features.Schema.Kind;
import io.rivulet.features.Schema.Label;
import io.rivulet.features.Schema.Missing;
import io.rivulet.features.Schema.Pooling;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** What a schema's settings do to events: labels, id and time, numbers and categories. */
class SchemaSettingsTest {
  private static final Field ANY = Field.categorical("any", "any");

  @Test
  void aLabelMayBeANumberFromWhichOnItIsAClick() {
    List<Row> rows =
        labels(
            new Label("label", List.of(), List.of(), 3.5),
            "5",
            "3.5",
            "3.4",
            "-1",
            "\"4\"",
            "4.0",
            "1e3",
            "\"good\"",
            "\"\"",
            "null",
            "NaN",
            "\"NaN\"",
            "true",
            "[4]");

    assertLabels(rows, 1f, 1f, 0f, 0f, 1f, 1f, 1f, null, null, null, null, null, null, null);
    assertRefusedBecause(rows, "label is not a number");
  }

  @Test
  void aLabelMayBeOneOfTheTextsThatAreClicks() {
    List<Row> rows =
        labels(
            new Label("label", List.of("buy", "2"), List.of(), Double.NaN),
            "\"buy\"",
            "2",
            "\"view\"",
            "0",
            "\"BUY\"",
            "\"\"",
            "null",
            "NaN");

    assertLabels(rows, 1f, 1f, 0f, 0f, 0f, null, null, null);
    assertRefusedBecause(rows, "label is none of the schema's");
  }

  @Test
  void aLabelMayHaveTextsThatAreNoClicksToo() {
    List<Row> rows =
        labels(
            new Label("label", List.of("buy", "cart"), List.of("view", ""), Double.NaN),
            "\"buy\"",
            "\"cart\"",
            "\"view\"",
            "\"\"",
            "\"skip\"",
            "0",
            "null");

    assertLabels(rows, 1f, 1f, 0f, 0f, null, null, null);
    assertRefusedBecause(rows, "label is none of the schema's");
  }

  @Test
  void aLabelIsReadInEveryForm() {
    Label stars = new Label("stars", List.of(), List.of(), 4);
    Schema schema = Events.schema(stars, ANY);
    String key = Events.mindRecKey(schema.columns());

    for (Dataset<Row> parsed :
        List.of(
            Events.parsed(schema, WireForm.TSV, "5\ta", "3.5\ta", "\ta"),
            Events.parsed(
                schema, WireForm.JSON, "{\"stars\": 5}", "{\"stars\": 3.5}", "{\"any\": \"a\"}"),
            Events.parsed(
                schema,
                WireForm.MINDREC,
                Events.messages(key, "[5.0, \"a\"]", "[3.5, \"a\"]", "[NaN, \"a\"]")))) {
      assertLabels(parsed.collectAsList(), 1f, 0f, null);
    }
  }

  private static List<Row> labels(Label rule, String... labels) {
    String[] events =
        Arrays.stream(labels).map(label -> "{\"label\": " + label + "}").toArray(String[]::new);
    return Events.parsed(Events.schema(rule, ANY), WireForm.JSON, events).collectAsList();
  }

  private static void assertLabels(List<Row> rows, Float... labels) {
    assertThat(rows).extracting(row -> row.<Float>getAs(EventParser.LABEL)).containsExactly(labels);
  }

  private static void assertRefusedBecause(List<Row> rows, String reason) {
    for (Row row : rows) {
      boolean good = row.getAs(EventParser.LABEL) != null;
      assertThat(Events.reason(row)).isEqualTo(good ? null : reason);
    }
  }

  @Test
  void anEventsIdIsItsTextAndMustBeThere() {
    Schema schema =
        new Schema(
            "s", Label.zeroOrOne("label"), "$.meta.id", EventTime.NONE, List.of(ANY), List.of());

    List<Row> rows =
        Events.parsed(
                schema,
                WireForm.JSON,
                withMeta("\"id\": \"a-1\""),
                withMeta("\"id\": 9007199254740993"),
                withMeta("\"id\": \"\""),
                withMeta("\"id\": null"),
                withMeta("\"id\": NaN"),
                withMeta("\"other\": 1"),
                "{\"label\": 1}")
            .collectAsList();

    assertThat(rows)
        .extracting(row -> row.<String>getAs(EventParser.EVENT_ID))
        .startsWith("a-1", "9007199254740993");
    assertThat(rows).extracting(Events::reason).startsWith((String) null, null);
    assertThat(rows.subList(2, rows.size()))
        .extracting(Events::reason)
        .containsOnly("event id is missing");
  }

  @Test
  void aTimeWithoutAZoneIsUtc() {
    List<Row> rows =
        times(
            Unit.ISO,
            "\"2024-01-02T03:04:05.678Z\"",
            "\"2024-01-02T03:04:05.678\"",
            "\"2024-01-02 03:04:05.678\"",
            "\"2024-01-02T05:04:05.678+02:00\"",
            "\"1969-12-31T23:59:59.999Z\"",
            "\"2024-01-02\"",
            "\"yesterday\"",
            "\"2024-13-02T03:04:05Z\"",
            "\"\"",
            "null");

    long millis = Instant.parse("2024-01-02T03:04:05.678Z").toEpochMilli();
    long midnight = Instant.parse("2024-01-02T00:00:00Z").toEpochMilli();
    assertTimes(rows, millis, millis, millis, millis, -1L, midnight, null, null, null, null);
  }

  @Test
  void aTimeMayBeInSeconds() {
    List<Row> rows =
        times(
            Unit.SECONDS,
            "1704164645",
            "1704164645.5",
            "\"1704164645\"",
            "0",
            "-1",
            "\"today\"",
            "\"\"",
            "null",
            "NaN",
            "\"NaN\"",
            "\"Infinity\"");

    assertTimes(
        rows,
        1_704_164_645_000L,
        1_704_164_645_500L,
        1_704_164_645_000L,
        0L,
        -1000L,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  @Test
  void aTimeMayBeInMilliseconds() {
    List<Row> rows =
        times(
            Unit.MILLIS,
            "1704164645678",
            "\"1704164645678\"",
            "-1",
            "\"now\"",
            "\"\"",
            "null",
            "NaN",
            "99999999999999999999");

    assertTimes(rows, 1_704_164_645_678L, 1_704_164_645_678L, -1L, null, null, null, null, null);
  }

  private static List<Row> times(Unit unit, String... times) {
    Schema schema =
        new Schema(
            "s",
            Label.zeroOrOne("label"),
            "",
            new EventTime("$.meta.at", unit),
            List.of(ANY),
            List.of());
    List<String> events = new ArrayList<>();
    for (String time : times) {
      events.add(withMeta("\"at\": " + time));
    }
    events.add(withMeta("\"other\": 1"));
    return Events.parsed(schema, WireForm.JSON, events.toArray(String[]::new)).collectAsList();
  }

  private static String withMeta(String member) {
    return "{\"label\": 1, \"meta\": {" + member + "}}";
  }

  /** The last event has no time at all. */
  private static void assertTimes(List<Row> rows, Long... times) {
    List<Long> expected = new ArrayList<>(Arrays.asList(times));
    expected.add(null);
    assertThat(rows)
        .extracting(Events::reason)
        .containsExactlyElementsOf(
            expected.stream().map(t -> t == null ? "event time is not a time" : null).toList());
    for (int i = 0; i < times.length; i++) {
      if (times[i] != null) {
        assertThat(rows.get(i).<Long>getAs(EventParser.EVENT_TIME)).isEqualTo(times[i]);
      }
    }
  }

  @Test
  void idAndTimeAreReadInEveryForm() {
    Schema schema =
        new Schema(
            "s",
            Label.zeroOrOne("label"),
            "id",
            new EventTime("at", Unit.SECONDS),
            List.of(ANY),
            List.of("at", "ignored", "any", "id", "label"));
    String key = Events.mindRecKey(List.of("at", "any", "id", "label"));

    for (Dataset<Row> parsed :
        List.of(
            Events.parsed(schema, WireForm.TSV, "1704164645\tx\ta\t7\t1"),
            Events.parsed(
                schema,
                WireForm.JSON,
                "{\"at\": 1704164645, \"any\": \"a\", \"id\": 7, \"label\": 1}"),
            Events.parsed(
                schema, WireForm.MINDREC, Events.messages(key, "[1704164645, \"a\", 7.0, 1]")))) {
      Row row = parsed.first();
      assertThat(Events.reason(row)).isNull();
      assertThat(row.<String>getAs(EventParser.EVENT_ID)).isEqualTo("7");
      assertThat(row.<Long>getAs(EventParser.EVENT_TIME)).isEqualTo(1_704_164_645_000L);
      assertThat(row.<String>getAs("any")).isEqualTo("a");
    }
  }

  @Test
  void aNumberThatNeedNotBeWholeIsADouble() {
    Schema schema = Events.schema(Field.dense("x", "x", Scaling.NONE, false));
    String key = Events.mindRecKey(schema.columns());
    List<String> good = List.of("1.5", "-2e3", "3", "3.0", "0.1", "1e-7", "12345678.5", "-0.0");
    Double[] values = {1.5, -2000.0, 3.0, 3.0, 0.1, 1e-7, 12345678.5, 0.0};

    for (Dataset<Row> parsed :
        List.of(
            Events.parsed(
                schema, WireForm.TSV, good.stream().map(x -> "1\t" + x).toArray(String[]::new)),
            Events.parsed(
                schema,
                WireForm.JSON,
                good.stream().map(x -> "{\"label\": 1, \"x\": " + x + "}").toArray(String[]::new)),
            Events.parsed(
                schema,
                WireForm.MINDREC,
                Events.messages(
                    key, good.stream().map(x -> "[1, " + x + "]").toArray(String[]::new))))) {
      List<Row> rows = parsed.collectAsList();
      assertThat(rows).extracting(Events::reason).containsOnlyNulls();
      assertThat(rows).extracting(row -> row.<Double>getAs("x")).containsExactly(values);
    }
  }

  @Test
  void aRealNumberMustBeFiniteAndMayBeMissing() {
    Schema schema = Events.schema(Field.dense("x", "x", Scaling.NONE, false));
    String refused = "x is not a number";

    List<Row> tsv =
        Events.parsed(schema, WireForm.TSV, "1\t", "1\tabc", "1\tNaN", "1\tInfinity", "1\t-1e400")
            .collectAsList();
    List<Row> json =
        Events.parsed(
                schema,
                WireForm.JSON,
                "{\"label\": 1, \"x\": NaN}",
                "{\"label\": 1, \"x\": null}",
                "{\"label\": 1, \"x\": \"\"}",
                "{\"label\": 1}",
                "{\"label\": 1, \"x\": \"abc\"}",
                "{\"label\": 1, \"x\": Infinity}",
                "{\"label\": 1, \"x\": 1e400}",
                "{\"label\": 1, \"x\": \"-Infinity\"}",
                "{\"label\": 1, \"x\": [1.5]}")
            .collectAsList();

    assertThat(tsv)
        .extracting(Events::reason)
        .containsExactly(null, refused, refused, refused, refused);
    assertThat(json)
        .extracting(Events::reason)
        .containsExactly(null, null, null, null, refused, refused, refused, refused, refused);
    assertThat(tsv.get(0).<Double>getAs("x")).isNull();
    assertThat(json.subList(0, 4)).extracting(row -> row.<Double>getAs("x")).containsOnlyNulls();
  }

  @Test
  void eachDenseFieldHasAScalingOfItsOwn() {
    Schema schema =
        Events.schema(
            Field.dense("none", "x", Scaling.NONE, false),
            Field.dense("log", "x", Scaling.LOG1P, false),
            Field.dense("range", "x", Scaling.MINMAX, false));
    Dataset<Row> parsed =
        Events.parsed(schema, WireForm.TSV, "1\t-0.5", "1\t1.5", "1\t0.25", "1\t", "1\tx");

    ClickFeaturesModel model = new ClickFeatures().setSchema(schema).fit(parsed);
    List<Row> examples = model.transform(parsed).collectAsList();

    assertThat(model.spec().ranges()).containsExactly(new Range(-0.5, 1.5));
    assertWeights(examples.get(0), -0.5, 0, 0);
    assertWeights(examples.get(1), 1.5, Math.log1p(1.5) / 8, 1);
    assertWeights(examples.get(2), 0.25, Math.log1p(0.25) / 8, 0.375);
    assertWeights(examples.get(3), 0, 0, 0);
  }

  private static void assertWeights(Row example, double... expected) {
    List<Float> weights = Events.weights(example);
    assertThat(weights).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat(weights.get(i)).as("weight %d", i).isCloseTo((float) expected[i], within(1e-7f));
    }
  }

  @Test
  void aMissingCategoryIsOovOrNothing() {
    Schema schema =
        Events.schema(category("oov", Missing.OOV, -1), category("zero", Missing.ZERO, -1));

    List<Row> examples =
        ClickFeaturesModel.unfitted(schema)
            .transform(Events.parsed(schema, WireForm.TSV, "1\ta\ta", "1\t\t"))
            .collectAsList();

    assertThat(Events.keys(examples.get(0)))
        .containsExactly(Events.key("oov", "a"), Events.key("zero", "a"));
    assertThat(Events.weights(examples.get(0))).containsExactly(1f, 1f);
    assertThat(Events.keys(examples.get(1)))
        .containsExactly(Events.ownKey("oov"), Events.ownKey("zero"));
    assertThat(Events.weights(examples.get(1))).containsExactly(1f, 0f);
  }

  @Test
  void aFieldMayAskForAnotherNumberOfSightings() {
    Schema schema =
        Events.schema(
            category("usual", Missing.OOV, -1),
            category("all", Missing.OOV, 0),
            category("few", Missing.OOV, 4));
    List<String> lines = new ArrayList<>();
    lines.addAll(Collections.nCopies(3, "1\tthree\tthree\tthree"));
    lines.addAll(Collections.nCopies(2, "1\ttwo\ttwo\ttwo"));
    lines.addAll(Collections.nCopies(5, "1\tfive\tfive\tfive"));
    lines.add("1\tone\tone\tone");

    ClickFeaturesModel model =
        new ClickFeatures()
            .setSchema(schema)
            .setVocabulary(Vocabulary.FROZEN)
            .setMinCount(2)
            .fit(Events.parsed(schema, WireForm.TSV, lines.toArray(String[]::new)));

    LongStream keys =
        LongStream.of(
            Events.key("usual", "three"),
            Events.key("usual", "five"),
            Events.key("all", "one"),
            Events.key("all", "two"),
            Events.key("all", "three"),
            Events.key("all", "five"),
            Events.key("few", "five"));
    assertThat(model.fitted().vocabulary())
        .isEqualTo(
            LongStream.concat(keys, LongStream.of(model.fitted().oovKeys())).sorted().toArray());
  }

  @Test
  void aLineMayHoldMoreThanTheSchemaUsesInAnyOrder() {
    Schema schema =
        new Schema(
            "s",
            Label.zeroOrOne("clicked"),
            "",
            EventTime.NONE,
            List.of(Field.dense("age", "years", Scaling.LOG1P, true), ANY),
            List.of("x", "any", "y", "years", "clicked"));

    List<Row> rows =
        Events.parsed(schema, WireForm.TSV, "-\ta\t-\t41\t1", "-\ta\t-\t41\t1\t-", "a\t41\t1")
            .collectAsList();

    assertThat(rows)
        .extracting(Events::reason)
        .containsExactly(null, "wrong number of columns", "wrong number of columns");
    assertThat(rows.get(0).<Float>getAs(EventParser.LABEL)).isEqualTo(1f);
    assertThat(rows.get(0).<Long>getAs("age")).isEqualTo(41L);
    assertThat(rows.get(0).<String>getAs("any")).isEqualTo("a");
  }

  private static Field category(String name, Missing missing, int minCount) {
    return new Field(
        name, name, Kind.CATEGORICAL, Scaling.LOG1P, false, missing, minCount, "|", Pooling.MEAN);
  }
}
