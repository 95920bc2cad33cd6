package io.rivulet.features;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.features.FeatureSpec.Range;
import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.FeatureSpec.Vocabulary;
import io.rivulet.features.MindRecDictionaries.Category;
import io.rivulet.features.Schema.Field;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** Features that MindRec fitted. */
class ImportedFeaturesTest {
  private static final Schema SCHEMA =
      Events.schema(
          Field.dense("I1", "I1", Scaling.LOG1P, true),
          Field.categorical("C1", "C1"),
          Field.dense("I2", "I2", Scaling.LOG1P, true),
          Field.categorical("C2", "C2"));

  private static final Map<String, Double> MINIMUM = Map.of("I1", -3.0, "I2", 5.0);
  private static final Map<String, Double> MAXIMUM = Map.of("I1", 5.0, "I2", 5.0);
  private static final List<Category> CATEGORIES =
      List.of(
          new Category("C1", "68fd1e64"),
          new Category("C2", "68fd1e64"),
          new Category("C2", "größe €"),
          new Category("C1", "05db9164"));

  private final ClickFeaturesModel model = imported(MINIMUM, MAXIMUM, CATEGORIES);

  @Test
  void theVocabularyIsFrozenAndHoldsTheKeysThatEventsHave() {
    List<Row> examples =
        model
            .transform(
                Events.parsed(
                    SCHEMA,
                    WireForm.TSV,
                    "1\t0\t68fd1e64\t0\t68fd1e64",
                    "1\t0\t05db9164\t0\tgröße €",
                    "1\t0\tgröße €\t0\t05db9164"))
            .collectAsList();

    assertThat(model.fitted().frozen()).isTrue();
    assertThat(model.fitted().vocabulary())
        .isEqualTo(
            LongStream.concat(
                    LongStream.of(
                        Events.key("C1", "68fd1e64"),
                        Events.key("C1", "05db9164"),
                        Events.key("C2", "68fd1e64"),
                        Events.key("C2", "größe €")),
                    LongStream.of(model.fitted().oovKeys()))
                .sorted()
                .toArray());
    assertThat(model.fitted().vocabulary())
        .contains(keysOfCategories(examples.get(0)))
        .contains(keysOfCategories(examples.get(1)))
        .doesNotContain(keysOfCategories(examples.get(2)));
  }

  private static long[] keysOfCategories(Row example) {
    List<Long> keys = Events.keys(example);
    return new long[] {keys.get(1), keys.get(3)};
  }

  @Test
  void everyDenseFieldIsScaledByItsRange() {
    List<Row> examples =
        model
            .transform(
                Events.parsed(
                    SCHEMA,
                    WireForm.TSV,
                    "1\t-3\t\t5\t",
                    "1\t-1\t\t4\t",
                    "1\t5\t\t6\t",
                    "1\t-4\t\t\t",
                    "1\t6\t\t\t",
                    "1\t\t\t\t"))
            .collectAsList();

    assertThat(model.spec())
        .isEqualTo(
            new FeatureSpec(
                SCHEMA.withScaling(Scaling.MINMAX),
                List.of(new Range(-3, 5), new Range(5, 5)),
                Vocabulary.FROZEN,
                0));
    assertThat(examples.stream().map(Events::weights).toList())
        .containsExactly(
            List.of(0f, 1f, 0f, 1f),
            List.of(0.25f, 1f, 0f, 1f),
            List.of(1f, 1f, 0f, 1f),
            List.of(0f, 1f, 0f, 1f),
            List.of(1f, 1f, 0f, 1f),
            List.of(0f, 1f, 0f, 1f));
  }

  @Test
  void theVersionIsThatOfTheDictionariesNotOfTheirOrder() {
    List<Category> turned =
        List.of(CATEGORIES.get(3), CATEGORIES.get(1), CATEGORIES.get(2), CATEGORIES.get(0));

    assertThat(imported(MINIMUM, MAXIMUM, turned).version()).isEqualTo(model.version());
    assertThat(
            List.of(
                model.version(),
                imported(MINIMUM, MAXIMUM, CATEGORIES.subList(0, 3)).version(),
                imported(Map.of("I1", -2.0, "I2", 5.0), MAXIMUM, CATEGORIES).version(),
                imported(MINIMUM, Map.of("I1", 5.0, "I2", 6.0), CATEGORIES).version(),
                ClickFeaturesModel.unfitted(SCHEMA).version()))
        .doesNotHaveDuplicates();
  }

  private static ClickFeaturesModel imported(
      Map<String, Double> minimum, Map<String, Double> maximum, List<Category> categories) {
    return ClickFeaturesModel.imported(
        SCHEMA, new MindRecDictionaries(minimum, maximum, categories));
  }
}
