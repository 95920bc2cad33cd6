package io.rivulet.features;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jpountz.xxhash.XXHash64;
import net.jpountz.xxhash.XXHashFactory;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClickFeaturesModelTest {
  private static final XXHash64 XX_HASH = XXHashFactory.safeInstance().hash64();
  private static final long SEED = 42;
  private static final int FIELDS = 39;

  private final ClickFeaturesModel model = ClickFeaturesModel.unfitted();

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
    for (long oov : model.oovKeys()) {
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
      assertThat(keys).isEqualTo(model.oovKeys());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
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
        " "
      })
  void aKeyIsTheChainedXxHashOfFieldAndCategory(String category) {
    String line = Events.with(Events.blank(), "C1", category, "C26", category);

    List<Long> keys = Events.keys(Events.example(model, line));

    for (String column : List.of("C1", "C26")) {
      int field = Events.field(column);
      assertThat(keys.get(field))
          .as(column)
          .isEqualTo(hash(category.getBytes(UTF_8), expectedOwnKey(field)));
    }
  }

  @Test
  void aFieldsOwnKeyIsTheXxHashOfItsNumber() {
    long[] keys = model.oovKeys();

    assertThat(keys).hasSize(FIELDS);
    for (int field = 0; field < FIELDS; field++) {
      assertThat(keys[field]).as("field %d", field).isEqualTo(expectedOwnKey(field));
    }
  }

  private static long expectedOwnKey(int field) {
    ByteBuffer number = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    return hash(number.putInt(field).array(), SEED);
  }

  private static long hash(byte[] bytes, long seed) {
    return XX_HASH.hash(bytes, 0, bytes.length, seed);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -3, 1, 2, 42, 4998, 1_000_000_000_000L, Long.MAX_VALUE, Long.MIN_VALUE})
  void aDenseWeightIsTheLogarithmOverEight(long value) {
    String line = Events.with(Events.blank(), "I4", Long.toString(value));

    float weight = Events.weights(Events.example(model, line)).get(Events.field("I4"));

    assertThat(weight).isCloseTo((float) (Math.log1p(Math.max(value, 0)) / 8), within(1e-6f));
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
  void aDynamicVocabularyKnowsOnlyTheFieldsOwnKeys() {
    assertThat(model.frozen()).isFalse();
    assertThat(model.vocabulary()).isSorted().containsExactlyInAnyOrder(model.oovKeys());
  }
}
