package io.rivulet.features;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.Schema.Field;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.XXH64;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;

class ClickFeaturesModelTest {
  private static final int FIELDS = 39;

  private final ClickFeaturesModel model = ClickFeaturesModel.unfitted(Events.CRITEO);

  @Test
  void aCrossHasAKeyForEachPairOfValuesAndWeighsOne() {
    Schema schema =
        Events.schema(
                Field.categorical("city", "city"), Field.dense("n", "n", Scaling.BUCKETS, true))
            .withCrosses(List.of("city*n"));
    List<Row> examples =
        ClickFeaturesModel.unfitted(schema)
            .transform(
                EventParser.parsed(
                    Events.raw(
                        Stream.of("0\tBern\t7", "0\tBern\t7", "0\tRom\t7", "0\t\t7", "0\tBern\t")
                            .map(line -> line.getBytes(UTF_8))
                            .toList()),
                    schema,
                    WireForm.TSV,
                    100))
            .collectAsList();

    List<Long> keys = examples.stream().map(example -> Events.keys(example).get(2)).toList();
    assertThat(keys.get(0)).isEqualTo(keys.get(1));
    assertThat(Set.copyOf(keys)).hasSize(4);
    long own = Events.ownKey("city_x_n");
    List<Long> first = Events.keys(examples.get(0));
    assertThat(keys.get(0))
        .isEqualTo(XXH64.hashLong(first.get(1), XXH64.hashLong(first.get(0), own)));
    for (Row example : examples) {
      assertThat(Events.weights(example).get(2)).isEqualTo(1f);
    }
  }

  @Test
  void everyFieldHasOneKeyAndOneWeight() {
    List<Row> examples = model.transform(Events.parsed(Events.lines(50))).collectAsList();

    assertThat(model.fieldCount()).isEqualTo(FIELDS);
    assertThat(examples).hasSize(50);
    for (Row example : examples) {
      assertThat(Events.keys(example)).hasSize(FIELDS).doesNotContainNull();
      assertThat(Events.weights(example)).hasSize(FIELDS).doesNotContainNull();
      assertThat(example.<Object>getAs(FeatureColumns.FIELDS)).isNull();
    }
  }

  @Test
  void aDenseFieldHasTheSameKeyInEveryExample() {
    List<Long> own = Events.keys(Events.example(model, Events.blank())).subList(0, 13);

    assertThat(own).doesNotHaveDuplicates();
    for (Row example : model.transform(Events.parsed(Events.lines(50))).collectAsList()) {
      assertThat(Events.keys(example).subList(0, 13)).isEqualTo(own);
    }
  }

  @Test
  void equalCategoriesOfDifferentFieldsHaveDifferentKeys() {
    String line = Events.blank();
    for (int c = 1; c <= 26; c++) {
      line = Events.with(line, "C" + c, "same");
    }

    List<Long> keys = Events.keys(Events.example(model, line));

    Set<Long> distinct = new HashSet<>(keys);
    for (long oov : model.fitted().oovKeys()) {
      distinct.add(oov);
    }
    assertThat(distinct).hasSize(FIELDS + 26);
  }

  @Test
  void aMissingCategoryHasItsFieldsOwnKey() {
    Dataset<Row> empty = Events.parsed(Events.blank());
    Dataset<Row> missing = empty.withColumn("C3", functions.lit(null).cast("string"));

    for (Dataset<Row> parsed : List.of(empty, missing)) {
      long[] keys =
          Events.keys(model.transform(parsed).first()).stream().mapToLong(k -> k).toArray();
      assertThat(keys).isEqualTo(model.fitted().oovKeys());
    }
  }

  @Test
  void aKeyIsTheChainedXxHashOfFieldAndCategory() {
    List<String> categories =
        List.of(
            "a",
            "abc",
            "abcd",
            "abcdefg",
            "68fd1e64",
            "68fd1e640",
            "68fd1e6480cd",
            "0123456789abcdef0123456789abcde",
            "0123456789abcdef0123456789abcdef",
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef012345",
            "é€😀",
            " ");
    List<String> lines =
        categories.stream().map(c -> Events.with(Events.blank(), "C1", c, "C26", c)).toList();

    List<Row> examples = model.transform(Events.parsed(lines)).collectAsList();

    for (String column : List.of("C1", "C26")) {
      assertThat(examples)
          .extracting(example -> Events.keys(example).get(Events.field(column)))
          .containsExactlyElementsOf(
              categories.stream().map(category -> Events.key(column, category)).toList());
    }
  }

  @Test
  void aFieldsOwnKeyIsTheXxHashOfTheHashOfItsName() {
    assertThat(model.fitted().oovKeys())
        .isEqualTo(
            Events.CRITEO.fields().stream()
                .mapToLong(field -> Events.ownKey(field.name()))
                .toArray());
  }

  @Test
  void keysDependOnTheNameOfAFieldAndNotOnItsPlaceOrPath() {
    Field first = Field.categorical("first", "a");
    Field second = Field.categorical("second", "b");
    ClickFeaturesModel straight = ClickFeaturesModel.unfitted(Events.schema(first, second));
    ClickFeaturesModel turned =
        ClickFeaturesModel.unfitted(Events.schema(second, Field.categorical("first", "c")));
    String event = "{\"label\": 0, \"a\": \"x\", \"b\": \"y\", \"c\": \"x\"}";

    assertThat(jsonKeys(straight, event))
        .containsExactly(Events.key("first", "x"), Events.key("second", "y"));
    assertThat(jsonKeys(turned, event))
        .containsExactly(Events.key("second", "y"), Events.key("first", "x"));
  }

  private static List<Long> jsonKeys(ClickFeaturesModel features, String event) {
    Schema schema = features.spec().schema();
    return Events.keys(features.transform(Events.parsed(schema, WireForm.JSON, event)).first());
  }

  @Test
  void aKeyComputedHereEqualsTheKeyThatSparkComputes() {
    Field field = Field.categorical("site_domain", "site");
    List<String> values = new ArrayList<>(List.of(" ", "\0", "\t", "\n", "0", "null", "NaN"));
    Random random = new Random(7);
    for (int length = 5; length <= 300; length++) {
      values.add(randomText(random, length));
    }

    List<Long> bySpark =
        LocalSpark.SESSION
            .createDataset(values, Encoders.STRING())
            .toDF(field.name())
            .select(FeatureColumns.key(field))
            .as(Encoders.LONG())
            .collectAsList();

    assertThat(values.stream().map(value -> FeatureKeys.key(field, value)).toList())
        .doesNotHaveDuplicates()
        .isEqualTo(bySpark)
        .isEqualTo(values.stream().map(value -> Events.key("site_domain", value)).toList());
  }

  /** Characters of one to four bytes in UTF-8. */
  private static String randomText(Random random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      int most = new int[] {0x7F, 0x7FF, 0xD7FF, 0x10FFFF}[random.nextInt(4)];
      int least = most == 0x10FFFF ? 0x10000 : 1;
      text.appendCodePoint(least + random.nextInt(most - least + 1));
    }
    return text.toString();
  }

  @Test
  void aDenseWeightIsTheLogarithmOverEight() {
    List<Long> values =
        List.of(0L, -3L, 1L, 2L, 42L, 4998L, 1_000_000_000_000L, Long.MAX_VALUE, Long.MIN_VALUE);
    List<String> lines =
        values.stream().map(v -> Events.with(Events.blank(), "I4", v.toString())).toList();

    List<Row> examples = model.transform(Events.parsed(lines)).collectAsList();

    for (int i = 0; i < values.size(); i++) {
      assertThat(Events.weights(examples.get(i)).get(Events.field("I4")))
          .as("%d", values.get(i))
          .isCloseTo((float) (Math.log1p(Math.max(values.get(i), 0)) / 8), within(1e-6f));
    }
  }

  @Test
  void aMissingDenseValueWeighsNothingAndACategoryOne() {
    List<Float> weights = Events.weights(Events.example(model, Events.blank()));

    assertThat(weights.subList(0, 13)).isEqualTo(Collections.nCopies(13, 0f));
    assertThat(weights.subList(13, FIELDS)).isEqualTo(Collections.nCopies(26, 1f));
  }

  @Test
  void theColumnsOfTheInputStay() {
    Dataset<Row> parsed = Events.parsed(Events.lines(5));

    Dataset<Row> examples = model.transform(parsed);

    assertThat(examples.columns()).startsWith(parsed.columns());
    assertThat(examples.schema().catalogString())
        .endsWith("keys:array<bigint>,weights:array<float>,fields:array<int>>");
    assertThat(model.transformSchema(parsed.schema()).catalogString())
        .isEqualTo(examples.schema().catalogString());
    assertThat(examples.drop("keys", "weights", "fields").collectAsList())
        .isEqualTo(parsed.collectAsList());
  }

  @Test
  void aMissingInputColumnIsNamed() {
    Dataset<Row> incomplete = Events.parsed(Events.blank()).drop("C7");

    for (Runnable use :
        List.<Runnable>of(
            () -> model.transform(incomplete),
            () -> model.transformSchema(incomplete.schema()),
            () -> new ClickFeatures().fit(incomplete))) {
      assertThatThrownBy(use::run)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("Column C7 of schema criteo is missing");
    }
  }

  @Test
  void aSchemaThatMustBeFittedIsRefusedUnfitted() {
    Schema minmax = Schema.criteo(Scaling.MINMAX);

    assertThatThrownBy(() -> ClickFeaturesModel.unfitted(minmax))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("minmax scaling of 13 fields needs a range for each");
  }

  @Test
  void aDynamicVocabularyKnowsOnlyTheFieldsOwnKeys() {
    assertThat(model.fitted().frozen()).isFalse();
    assertThat(model.fitted().vocabulary())
        .isSorted()
        .containsExactlyInAnyOrder(model.fitted().oovKeys());
  }
}
