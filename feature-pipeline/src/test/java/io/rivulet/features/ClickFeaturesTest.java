package io.rivulet.features;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.features.FeatureSpec.Range;
import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.FeatureSpec.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** What {@code fit} learns from parsed events. */
class ClickFeaturesTest {
  private static final int MIN_COUNT = 2;

  @Test
  void minmaxFindsTheRangeOfEachDenseField() {
    FeatureSpec spec = fitMinmax(values("I1", "5", "-10", "", "30")).spec();

    assertThat(spec.schema()).isEqualTo(Schema.criteo(Scaling.MINMAX));
    assertThat(spec.ranges())
        .hasSize(13)
        .startsWith(new Range(-10, 30), new Range(0, 0))
        .endsWith(new Range(0, 0));
  }

  @Test
  void rangesBelongToTheirOwnField() {
    FeatureSpec spec =
        fitMinmax(
                List.of(
                    Events.with(Events.blank(), "I1", "1", "I2", "100", "I13", "7"),
                    Events.with(Events.blank(), "I1", "2", "I2", "200", "I13", "8")))
            .spec();

    assertThat(spec.ranges())
        .startsWith(new Range(1, 2), new Range(100, 200), new Range(0, 0))
        .endsWith(new Range(0, 0), new Range(7, 8));
  }

  @Test
  void minmaxScalesTheRangeToZeroAndOneAndHoldsOthersWithin() {
    ClickFeaturesModel model = fitMinmax(values("I1", "-10", "30"));

    assertThat(weights(model, "I1", "-10", "0", "5", "30")).containsExactly(0f, 0.25f, 0.375f, 1f);
    assertThat(weights(model, "I1", "-11", "31", Long.toString(Long.MAX_VALUE)))
        .containsExactly(0f, 1f, 1f);
    assertThat(weights(model, "I1", "")).containsExactly(0f);
  }

  @Test
  void aConstantColumnWeighsNothing() {
    ClickFeaturesModel model = fitMinmax(values("I1", "7", "7", ""));

    assertThat(weights(model, "I1", "6", "7", "8", "")).containsOnly(0f);
  }

  @Test
  void aColumnWithoutValuesWeighsNothing() {
    ClickFeaturesModel model = fitMinmax(values("I1", "7", "8"));

    assertThat(weights(model, "I2", "-1", "0", "1", "")).containsOnly(0f);
  }

  @Test
  void categoriesWeighOneAlsoWithMinmax() {
    ClickFeaturesModel model = fitMinmax(values("I1", "7", "8"));

    assertThat(weights(model, "C1", "ab", "")).containsOnly(1f);
  }

  @Test
  void aFrozenVocabularyKeepsCategoriesSeenMoreOftenThanTheMinimum() {
    ClickFeaturesModel model = fitFrozen(values("C1", "a", "b", "a", "b", "a", "c"));

    assertThat(model.fitted().frozen()).isTrue();
    assertThat(model.fitted().vocabulary()).isEqualTo(vocabulary(model, "C1", "a"));
  }

  @Test
  void categoriesAreCountedPerField() {
    List<String> lines = new ArrayList<>(values("C1", "a", "a", "b", "b", "b"));
    lines.addAll(values("C2", "a", "a", "b"));

    ClickFeaturesModel model = fitFrozen(lines);

    assertThat(model.fitted().vocabulary()).isEqualTo(vocabulary(model, "C1", "b"));
  }

  @Test
  void missingCategoriesAreNotCounted() {
    ClickFeaturesModel model = fitFrozen(Collections.nCopies(20, Events.blank()));

    assertThat(model.fitted().vocabulary()).isEqualTo(vocabulary(model, "C1"));
  }

  @Test
  void refusedEventsDoNotCount() {
    String refused = Events.with(Events.blank(), "label", "x", "I1", "1000", "C1", "a");
    List<String> lines = new ArrayList<>(values("C1", "a", "a"));
    lines.add(refused);
    lines.add(Events.with(Events.blank(), "I1", "1", "I2", "x"));
    lines.addAll(values("I1", "2", "3"));

    FeatureSpec spec = fitMinmax(lines).spec();
    ClickFeaturesModel frozen = fitFrozen(lines);

    assertThat(spec.ranges()).startsWith(new Range(2, 3));
    assertThat(frozen.fitted().vocabulary()).isEqualTo(vocabulary(frozen, "C1"));
  }

  @Test
  void aFrozenVocabularyDoesNotChangeTheKeys() {
    ClickFeaturesModel frozen = fitFrozen(values("C1", "a", "a", "a"));

    for (String line : List.of(Events.line(1), Events.with(Events.blank(), "C1", "rare"))) {
      assertThat(Events.keys(Events.example(frozen, line)))
          .isEqualTo(Events.keys(Events.example(ClickFeaturesModel.unfitted(Events.CRITEO), line)));
    }
  }

  @Test
  void withoutSettingsNothingIsFitted() {
    ClickFeaturesModel model = new ClickFeatures().fit(Events.parsed(Events.lines(20)));

    assertThat(model.spec()).isEqualTo(FeatureSpec.unfitted(Schema.criteo(Scaling.BUCKETS)));
    assertThat(model.fitted().vocabulary()).hasSize(39);
  }

  private static ClickFeaturesModel fitMinmax(List<String> lines) {
    return new ClickFeatures().setScaling(Scaling.MINMAX).fit(Events.parsed(lines));
  }

  @Test
  void aFrozenVocabularyHasTheBucketsThatWereSeenOften() {
    List<String> lines = Events.lines(20);
    ClickFeaturesModel all = fitBuckets(lines, 0);

    for (Row example : all.transform(Events.parsed(lines)).collectAsList()) {
      assertThat(Events.keys(example))
          .isSubsetOf(LongStream.of(all.fitted().vocabulary()).boxed().toList());
    }
    assertThat(fitBuckets(lines, 3).fitted().vocabulary())
        .hasSizeLessThan(all.fitted().vocabulary().length);
  }

  private static ClickFeaturesModel fitBuckets(List<String> lines, int minCount) {
    return new ClickFeatures()
        .setScaling(Scaling.BUCKETS)
        .setVocabulary(Vocabulary.FROZEN)
        .setMinCount(minCount)
        .fit(Events.parsed(lines));
  }

  private static ClickFeaturesModel fitFrozen(List<String> lines) {
    return new ClickFeatures()
        .setScaling(Scaling.LOG1P)
        .setVocabulary(Vocabulary.FROZEN)
        .setMinCount(MIN_COUNT)
        .fit(Events.parsed(lines));
  }

  /** One event for each value of a column; everything else is missing. */
  private static List<String> values(String column, String... values) {
    return Arrays.stream(values).map(v -> Events.with(Events.blank(), column, v)).toList();
  }

  private static List<Float> weights(ClickFeaturesModel model, String column, String... values) {
    return model.transform(Events.parsed(values(column, values))).collectAsList().stream()
        .map(example -> Events.weights(example).get(Events.field(column)))
        .toList();
  }

  /** Every field's own key, and the keys of the given categories; sorted. */
  private static long[] vocabulary(ClickFeaturesModel model, String column, String... categories) {
    LongStream keys = Arrays.stream(categories).mapToLong(c -> Events.key(column, c));
    return LongStream.concat(keys, LongStream.of(model.fitted().oovKeys())).sorted().toArray();
  }
}
