package io.rivulet.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.Schema.EventTime;
import io.rivulet.features.Schema.Field;
import io.rivulet.features.Schema.Label;
import io.rivulet.features.Schema.Pooling;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which schemas there are. */
class SchemaTest {
  private static final Label LABEL = Label.zeroOrOne("label");

  @Test
  void criteosColumnsAreTheLabelThirteenNumbersAndTwentySixCategories() {
    Schema criteo = Schema.criteo(Scaling.LOG1P);

    assertThat(criteo.columns()).hasSize(40).startsWith("label", "I1").endsWith("C25", "C26");
    assertThat(criteo.fields()).hasSize(39);
    assertThat(criteo.fields().stream().filter(Field::dense)).hasSize(13).allMatch(Field::whole);
    assertThat(criteo.pooled()).isFalse();
  }

  @Test
  void unlessGivenColumnsAreTheLabelTheFieldsTheIdAndTheTime() {
    Schema schema =
        new Schema(
            "clicks",
            Label.zeroOrOne("clicked"),
            "id",
            new EventTime("at", EventTime.Unit.ISO),
            List.of(Field.categorical("city", "place"), Field.categorical("C2", "C2")),
            List.of());

    assertThat(schema.columns()).containsExactly("clicked", "place", "C2", "id", "at");
  }

  @Test
  void twoFieldsMayShareAPath() {
    Schema schema =
        Events.schema(
            Field.dense("price", "price", Scaling.LOG1P, false),
            Field.categorical("price_tag", "price"));

    assertThat(schema.columns()).containsExactly("label", "price");
  }

  @Test
  void aSchemaWithAMultiValuedFieldIsPooled() {
    assertThat(Events.schema(Field.multiValued("tags", "tags", Pooling.MEAN)).pooled()).isTrue();
  }

  @Test
  void twoFieldsOfOneNameAreRefused() {
    assertRefused(
        "Schema test has two fields a; case doesn't count",
        () -> Events.schema(Field.categorical("a", "x"), Field.categorical("a", "y")));
  }

  @ParameterizedTest
  @CsvSource({
    "C1, written FIELD*FIELD",
    "C1*C2*C3, written FIELD*FIELD",
    "C1*C99, C99 is none",
    "C1*I1, I1 is none",
    "C1*C1_x_C2, C1_x_C2 is none",
    "C3 * C3, is of one field"
  })
  void aCrossIsOfTwoFieldsWithCategories(String pair, String why) {
    Schema schema = Schema.criteo(Scaling.LOG1P).withCrosses(List.of("C1*C2"));

    assertThat(schema.crosses()).isEqualTo(1);
    assertThat(schema.eventFields()).hasSize(39);
    assertThatThrownBy(() -> schema.withCrosses(List.of(pair)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }

  @Test
  void aSchemaWithoutFieldsIsRefused() {
    assertRefused("Schema test has no fields", () -> Events.schema());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a-b", "1a", "a b", "é", "../x"})
  void aSchemasNameIsAName(String name) {
    assertRefused(
        "A schema's name is letters, digits and _",
        () -> new Schema(name, LABEL, "", EventTime.NONE, Events.SMALL.fields(), List.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a-b", "1a", "a b", "a.b", "$.a", "é", "`a`"})
  void aFieldsNameIsAName(String name) {
    assertRefused(
        "A field's name is letters, digits and _, not '" + name + "'",
        () -> Field.categorical(name, "a"));
  }

  @Test
  void aNameHasAtMostAHundredCharacters() {
    String longest = "a".repeat(100);

    assertThat(Field.categorical(longest, "a").name()).isEqualTo(longest);
    assertRefused("A field's name", () -> Field.categorical(longest + "a", "a"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "topic",
        "partition",
        "offset",
        "key",
        "value",
        "text",
        "cells",
        "event",
        "reason",
        "label",
        "event_id",
        "event_time",
        "keys",
        "weights",
        "fields"
      })
  void aReservedNameIsRefusedAndMayBeAPath(String name) {
    assertRefused("The name " + name + " is reserved", () -> Field.categorical(name, "a"));
    assertThat(Field.categorical("other", name).path()).isEqualTo(name);
  }

  @Test
  void noColumnOfTheParsedEventsOrOfTheExamplesIsAFieldsName() {
    List<String> columns = new ArrayList<>(List.of("text", "cells"));
    Schema schema =
        new Schema(
            "full",
            LABEL,
            "id",
            new EventTime("at", EventTime.Unit.ISO),
            List.of(Field.categorical("only", "only")),
            List.of());
    columns.addAll(
        List.of(
            ClickFeaturesModel.unfitted(schema)
                .transform(Events.parsed(schema, WireForm.TSV, "1\ta\tb\tc"))
                .columns()));
    columns.remove("only");

    for (String column : columns) {
      assertRefused("is reserved", () -> Field.categorical(column, "a"));
    }
  }

  @Test
  void emptyPathsAndSeparatorsAreRefused() {
    assertRefused("Field a has an empty path", () -> Field.categorical("a", ""));
    assertRefused("The label needs a path", () -> Label.zeroOrOne(""));
    assertRefused(
        "Field a has an empty separator",
        () ->
            new Field(
                "a",
                "a",
                Schema.Kind.MULTI_VALUED,
                Scaling.LOG1P,
                false,
                Schema.Missing.OOV,
                -1,
                "",
                Pooling.MEAN));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"$", "$.", "$..", "$a", "$.a.", "$..a", "$.a..b", "$.a[0]", "$[0]", "$.a[*].b"})
  void aPathThatIsNotOneOfNamesIsRefused(String path) {
    assertRefused(
        "The path " + path + " is not understood; write $.name or $.outer.inner",
        () -> Events.schema(Field.categorical("a", path)));
  }

  @ParameterizedTest
  @CsvSource({"$.a, $.a.b", "$.a.b, $.a", "a, $.a", "$.a, a", "$.a.b.c, $.a.b", "a, $.a.b"})
  void pathsThatMeetAreRefused(String first, String second) {
    assertRefused(
        "The path " + second + " meets another that ends or goes on at",
        () -> Events.schema(Field.categorical("one", first), Field.categorical("two", second)));
  }

  @Test
  void pathsOfTheLabelTheIdAndTheTimeMeetToo() {
    List<Field> fields = List.of(Field.categorical("one", "$.a.b"));
    EventTime time = new EventTime("$.a", EventTime.Unit.ISO);

    assertRefused(
        "meets another",
        () -> new Schema("s", Label.zeroOrOne("$.a"), "", EventTime.NONE, fields, List.of()));
    assertRefused(
        "meets another",
        () -> new Schema("s", LABEL, "$.a.b.c", EventTime.NONE, fields, List.of()));
    assertRefused("meets another", () -> new Schema("s", LABEL, "", time, fields, List.of()));
  }

  @Test
  void columnsMustHoldEveryPath() {
    List<Field> fields = List.of(Field.categorical("a", "x"));
    EventTime time = new EventTime("at", EventTime.Unit.ISO);

    assertRefused(
        "Schema s has no column label among [x]",
        () -> new Schema("s", LABEL, "", EventTime.NONE, fields, List.of("x")));
    assertRefused(
        "Schema s has no column x among [label, a]",
        () -> new Schema("s", LABEL, "", EventTime.NONE, fields, List.of("label", "a")));
    assertRefused(
        "Schema s has no column id among [label, x]",
        () -> new Schema("s", LABEL, "id", EventTime.NONE, fields, List.of("label", "x")));
    assertRefused(
        "Schema s has no column at among [label, x]",
        () -> new Schema("s", LABEL, "", time, fields, List.of("label", "x")));
  }

  @Test
  void aColumnTwiceIsRefused() {
    assertRefused(
        "Schema s has a column twice: [label, x, x]",
        () ->
            new Schema(
                "s",
                LABEL,
                "",
                EventTime.NONE,
                List.of(Field.categorical("a", "x")),
                List.of("label", "x", "x")));
  }

  @Test
  void aLabelHasOneRule() {
    assertRefused(
        "The label has either at_least, or click and no_click",
        () -> new Label("label", List.of("yes"), List.of(), 4));
    assertRefused(
        "The label's no_click needs a list click beside",
        () -> new Label("label", List.of(), List.of("no"), Double.NaN));
  }

  @Test
  void anotherScalingChangesDenseFieldsOnly() {
    Field tags = Field.multiValued("tags", "t", Pooling.SUM);
    Field city = Field.categorical("city", "c");
    Schema schema =
        Events.schema(
            Field.dense("whole", "w", Scaling.LOG1P, true),
            city,
            Field.dense("real", "r", Scaling.NONE, false),
            tags);

    assertThat(schema.withScaling(Scaling.MINMAX))
        .isEqualTo(
            Events.schema(
                Field.dense("whole", "w", Scaling.MINMAX, true),
                city,
                Field.dense("real", "r", Scaling.MINMAX, false),
                tags));
  }

  private static void assertRefused(String message, Runnable construction) {
    assertThatThrownBy(construction::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
