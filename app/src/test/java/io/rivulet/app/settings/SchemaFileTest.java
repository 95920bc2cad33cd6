package io.rivulet.app.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.rivulet.app.ConfFiles;
import io.rivulet.app.UserError;
import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.Schema;
import io.rivulet.features.Schema.EventTime;
import io.rivulet.features.Schema.Field;
import io.rivulet.features.Schema.Kind;
import io.rivulet.features.Schema.Label;
import io.rivulet.features.Schema.Missing;
import io.rivulet.features.Schema.Pooling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SchemaFileTest {
  private static final String USER = "fields: [{name: user}]\n";

  @TempDir Path directory;

  private Path file() {
    return directory.resolve("schema.yaml");
  }

  private Schema read(String yaml) throws IOException {
    return read(yaml, Scaling.LOG1P);
  }

  private Schema read(String yaml, Scaling scaling) throws IOException {
    return SchemaFile.read(Files.writeString(file(), yaml), scaling);
  }

  private Label label(String yaml) throws IOException {
    return read("label: " + yaml + "\n" + USER).label();
  }

  private EventTime eventTime(String yaml) throws IOException {
    return read("event_time: " + yaml + "\n" + USER).eventTime();
  }

  private Field field(String yaml) throws IOException {
    return read("fields: [" + yaml + "]\n").fields().get(0);
  }

  private static long count(Schema schema, Kind kind) {
    return schema.fields().stream().filter(field -> field.kind() == kind).count();
  }

  private static Settings settings(String schema, Map<String, String> more) {
    Map<String, String> values = new HashMap<>(more);
    values.put("features.schema", schema);
    return Settings.of(values);
  }

  private static String example() {
    return ConfFiles.shipped("schema-example.yaml").toString();
  }

  @Test
  void everyKeyArrives() throws IOException {
    Schema schema =
        read(
            """
            name: shop
            label: {path: $.event.type, click: [click, buy], no_click: [view]}
            event_id: $.event.id
            event_time: {path: $.event.time, unit: seconds}
            columns: [unused, $.event.id, $.event.time, $.event.type, $.price, user, $.item.tags]
            fields:
              - {name: price, path: $.price, kind: dense, scaling: none, whole: true}
              - {name: user, kind: categorical, missing: zero, min_count: 20}
              - name: tags
                path: $.item.tags
                kind: multi_valued
                separator: ;
                pooling: sum
                missing: zero
                min_count: 0
            """);

    assertThat(schema)
        .isEqualTo(
            new Schema(
                "shop",
                new Label("$.event.type", List.of("click", "buy"), List.of("view"), Double.NaN),
                "$.event.id",
                new EventTime("$.event.time", EventTime.Unit.SECONDS),
                List.of(
                    Field.dense("price", "$.price", Scaling.NONE, true),
                    new Field(
                        "user",
                        "user",
                        Kind.CATEGORICAL,
                        Scaling.LOG1P,
                        false,
                        Missing.ZERO,
                        20,
                        "|",
                        Pooling.MEAN),
                    new Field(
                        "tags",
                        "$.item.tags",
                        Kind.MULTI_VALUED,
                        Scaling.LOG1P,
                        false,
                        Missing.ZERO,
                        0,
                        ";",
                        Pooling.SUM)),
                List.of(
                    "unused",
                    "$.event.id",
                    "$.event.time",
                    "$.event.type",
                    "$.price",
                    "user",
                    "$.item.tags")));
  }

  @Test
  void everyKeyButTheFieldsMayBeLeftOut() throws IOException {
    Schema schema = read(USER);

    assertThat(schema)
        .isEqualTo(
            new Schema(
                "events",
                Label.zeroOrOne("label"),
                "",
                EventTime.NONE,
                List.of(Field.categorical("user", "user")),
                List.of()));
    assertThat(schema.columns()).containsExactly("label", "user");
  }

  @Test
  void aLabelIsAPathListsOfTextsOrANumber() throws IOException {
    assertThat(label("clicked")).isEqualTo(Label.zeroOrOne("clicked"));
    assertThat(label("{path: $.a.b}")).isEqualTo(Label.zeroOrOne("$.a.b"));
    assertThat(label("{click: [true, 1, buy]}"))
        .isEqualTo(new Label("label", List.of("true", "1", "buy"), List.of(), Double.NaN));
    assertThat(label("{path: stars, at_least: 3.5}"))
        .isEqualTo(new Label("stars", List.of(), List.of(), 3.5));
    assertThat(label("{path: stars, at_least: 4}"))
        .isEqualTo(new Label("stars", List.of(), List.of(), 4));
  }

  @Test
  void aTimeIsAPathWithAUnitOrIso8601() throws IOException {
    assertThat(eventTime("at")).isEqualTo(new EventTime("at", EventTime.Unit.ISO));
    assertThat(eventTime("{path: at}")).isEqualTo(new EventTime("at", EventTime.Unit.ISO));
    assertThat(eventTime("{unit: millis}"))
        .isEqualTo(new EventTime("event_time", EventTime.Unit.MILLIS));
    assertThat(eventTime("{path: at, unit: ISO}"))
        .isEqualTo(new EventTime("at", EventTime.Unit.ISO));
  }

  @Test
  void aDenseFieldIsScaledAsItSaysOrAsAllAre() throws IOException {
    String yaml = "fields: [{name: a, kind: dense, scaling: minmax}, {name: b, kind: Dense}]\n";

    assertThat(read(yaml, Scaling.NONE).fields())
        .containsExactly(
            Field.dense("a", "a", Scaling.MINMAX, false),
            Field.dense("b", "b", Scaling.NONE, false));
    assertThat(field("{name: b, kind: dense, whole: true}"))
        .isEqualTo(Field.dense("b", "b", Scaling.LOG1P, true));
  }

  @ParameterizedTest
  @EnumSource(Scaling.class)
  void theScalingOfAllFieldsIsNothingToAFieldWithoutNumbers(Scaling scaling) throws IOException {
    String yaml = "fields: [{name: user}, {name: tags, kind: multi_valued}]\n";

    assertThat(read(yaml, scaling).fields())
        .containsExactly(
            Field.categorical("user", "user"), Field.multiValued("tags", "tags", Pooling.MEAN));
  }

  @ParameterizedTest
  @EnumSource(Scaling.class)
  void theFileOfCriteoIsTheBuiltInSchema(Scaling scaling) {
    assertThat(SchemaFile.read(ConfFiles.shipped("criteo.yaml"), scaling))
        .isEqualTo(Schema.criteo(scaling));
  }

  @Test
  void theExampleHasFieldsOfEveryKind() {
    Schema schema = SchemaFile.read(Path.of(example()), Scaling.LOG1P);

    assertThat(schema.name()).isEqualTo("shop");
    assertThat(count(schema, Kind.DENSE)).isEqualTo(5);
    assertThat(count(schema, Kind.CATEGORICAL)).isEqualTo(8);
    assertThat(count(schema, Kind.MULTI_VALUED)).isEqualTo(3);
    assertThat(schema.label().click()).containsExactly("click", "add_to_cart", "purchase");
    assertThat(schema.label().noClick()).containsExactly("impression");
    assertThat(schema.eventTime()).isEqualTo(new EventTime("$.event.time", EventTime.Unit.MILLIS));
    assertThat(schema.pooled()).isTrue();
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        arguments(
            "lable: click\n" + USER,
            "the schema has no 'lable'; it may have columns, event_id, event_time, fields, label,"
                + " name"),
        arguments(
            "label: {path: l, clicks: [a]}\n" + USER,
            "label has no 'clicks'; it may have at_least, click, no_click, path"),
        arguments(
            "event_time: {path: t, format: iso}\n" + USER,
            "event_time has no 'format'; it may have path, unit"),
        arguments(
            "fields: [{name: price, kind: dense, min_count: 1}]\n",
            "field price has no 'min_count'; it may have kind, name, path, scaling, whole"),
        arguments(
            "fields: [{name: user, pooling: sum}]\n",
            "field user has no 'pooling'; it may have kind, min_count, missing, name, path"),
        arguments(
            "fields: [{name: tags, kind: multi_valued, scaling: none}]\n",
            "field tags has no 'scaling'; it may have kind, min_count, missing, name, path,"
                + " pooling, separator"),
        arguments("name: shop\n", "must list fields: [{name: …, kind: …}, …]"),
        arguments("fields: {user: categorical}\n", "must list fields: [{name: …, kind: …}, …]"),
        arguments("", "must list fields: [{name: …, kind: …}, …]"),
        arguments(
            "fields: [{name: user}, {path: x}]\n",
            "every field needs a name; one has {\"path\":\"x\"}"),
        arguments("fields: [user]\n", "every field needs a name; one has \"user\""),
        arguments(
            "fields: [{name: a, kind: number}]\n",
            "kind must be one of dense, categorical, multi_valued, not 'number'"),
        arguments(
            "fields: [{name: a, kind: dense, scaling: log}]\n",
            "scaling must be one of buckets, log1p, minmax, none, not 'log'"),
        arguments(
            "fields: [{name: a, missing: drop}]\n", "missing must be one of oov, zero, not 'drop'"),
        arguments(
            "fields: [{name: a, kind: multi_valued, pooling: max}]\n",
            "pooling must be one of mean, sum, not 'max'"),
        arguments(
            "event_time: {path: t, unit: hours}\n" + USER,
            "unit must be one of iso, seconds, millis, not 'hours'"),
        arguments(
            "label: {path: l, at_least: high}\n" + USER,
            "label.at_least must be a number, not \"high\""),
        arguments("label: {path: l, click: buy}\n" + USER, "click must be a list, not \"buy\""),
        arguments(
            "label: {path: l, click: [buy], no_click: view}\n" + USER,
            "no_click must be a list, not \"view\""),
        arguments("columns: label\n" + USER, "columns must be a list, not \"label\""),
        arguments("label: [l]\n" + USER, "label must be a mapping, name: value"),
        arguments("event_time: [t]\n" + USER, "event_time must be a mapping, name: value"),
        arguments(
            "fields: [{name: orders, kind: dense, whole: maybe}]\n",
            "whole must be true or false, not \"maybe\""),
        arguments(
            "fields: [{name: user, min_count: -1}]\n",
            "min_count of field user must be an integer of at least 0"),
        arguments(
            "fields: [{name: user, min_count: 1.5}]\n",
            "min_count of field user must be an integer of at least 0"),
        arguments(
            "fields: [{name: user, min_count: many}]\n",
            "min_count of field user must be an integer of at least 0"));
  }

  /** What the schema itself refuses comes with the file's name too. */
  static Stream<Arguments> impossible() {
    return Stream.of(
        arguments("name: my shop\n" + USER, "A schema's name is letters, digits and _"),
        arguments("fields: []\n", "Schema events has no fields"),
        arguments(
            "fields: [{name: user id}]\n",
            "A field's name is letters, digits and _, not 'user id'"),
        arguments("fields: [{name: label}]\n", "The name label is reserved"),
        arguments("fields: [{name: a}, {name: a, path: b}]\n", "Schema events has two fields a"),
        arguments("fields: [{name: a, path: ''}]\n", "Field a has an empty path"),
        arguments(
            "fields: [{name: a, kind: multi_valued, separator: ''}]\n",
            "Field a has an empty separator"),
        arguments("fields: [{name: a, path: '$.b[0]'}]\n", "The path $.b[0] is not understood"),
        arguments("fields: [{name: a, path: $.x}, {name: b, path: $.x.y}]\n", "meets another"),
        arguments(
            "columns: [label, b]\n" + USER, "Schema events has no column user among [label, b]"),
        arguments("columns: [label, user, user]\n" + USER, "Schema events has a column twice"),
        arguments(
            "label: {click: [a], at_least: 1}\n" + USER,
            "The label has either at_least, or click and no_click"),
        arguments(
            "label: {no_click: [a]}\n" + USER, "The label's no_click needs a list click beside"));
  }

  @ParameterizedTest
  @MethodSource({"refused", "impossible"})
  void whatIsWrongIsToldWithTheFilesName(String yaml, String message) {
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith(file().toString())
        .hasMessageContaining(message);
  }

  @Test
  void aFileThatIsNotYamlIsRefused() {
    assertThatThrownBy(() -> read("name: shop\nfields: @5\n"))
        .isInstanceOf(UserError.class)
        .hasMessage(file() + " is not YAML, see line 2");
    assertThatThrownBy(() -> read("- user\n"))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith(file() + " must hold ");
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> settings(file().toString(), Map.of()))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("Can't read ")
        .hasMessageContaining(file().toString());
  }

  @Test
  void theFileDecidesHowManyFieldsTheModelHas() {
    Settings settings = settings(example(), Map.of());

    assertThat(settings.schema().name()).isEqualTo("shop");
    assertThat(settings.learner().shape().fields()).isEqualTo(16);
    assertThat(Settings.defaults().learner().shape().fields()).isEqualTo(39);
    assertThat(settings.with(Settings.EMB_DIM, "8").schema()).isEqualTo(settings.schema());
  }

  @ParameterizedTest
  @CsvSource({"0", "16"})
  void aNumberOfFieldsMayBeGivenWhereItIsRight(String fields) {
    assertThat(settings(example(), Map.of("field_size", fields)).learner().shape().fields())
        .isEqualTo(16);
  }

  @Test
  void anotherNumberOfFieldsIsRefused() {
    assertThatThrownBy(() -> settings(example(), Map.of("field_size", "39")))
        .isInstanceOf(UserError.class)
        .hasMessage("field_size is 39, but schema shop has 16");
    assertThatThrownBy(() -> Settings.of(Map.of("field_size", "16")))
        .isInstanceOf(UserError.class)
        .hasMessage("field_size is 16, but schema criteo has 39");
  }

  @Test
  void stockDl4jTakesNoMultiValuedFields() {
    assertThatThrownBy(() -> settings(example(), Map.of("engine", "dl4j")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("engine dl4j")
        .hasMessageContaining("schema shop has multi-valued fields")
        .hasMessageContaining("use engine sparse");
    assertThat(Settings.of(Map.of("engine", "dl4j")).schema().pooled()).isFalse();
  }

  @Test
  void aFieldThatIsScaledByItsRangeNeedsFittedFeatures() throws IOException {
    Files.writeString(file(), "fields: [{name: a, kind: dense, scaling: minmax}]\n");

    assertThatThrownBy(() -> settings(file().toString(), Map.of()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("set features.path and run `rivulet prepare`");
  }
}
