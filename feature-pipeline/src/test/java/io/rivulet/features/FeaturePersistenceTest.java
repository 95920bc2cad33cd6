package io.rivulet.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is saved reads back equal, alone and in MLlib's pipelines; versions tell fits apart. */
class FeaturePersistenceTest {
  private static final List<Field> EVERY_FIELD =
      List.of(
          Field.dense("price", "$.item.price", Scaling.MINMAX, false),
          Field.dense("n", "n", Scaling.LOG1P, true),
          Field.dense("raw", "raw", Scaling.NONE, false),
          new Field(
              "city",
              "city",
              Kind.CATEGORICAL,
              Scaling.LOG1P,
              false,
              Missing.ZERO,
              3,
              "|",
              Pooling.MEAN),
          tags("tags", "tags", Missing.ZERO, 0, ";", Pooling.SUM));

  @TempDir Path directory;

  private final Dataset<Row> parsed = Events.parsed(Events.lines(40));

  @Test
  void aFittedModelReadsBackEqual() throws IOException {
    ClickFeaturesModel model = fitEverything(1, parsed);
    assertThat(model.fitted().vocabulary().length).isGreaterThan(model.fieldCount());

    assertThatItReadsBackEqual(model, parsed);
  }

  @Test
  void aModelThatNeedsNoFittingReadsBackEqual() throws IOException {
    assertThatItReadsBackEqual(ClickFeaturesModel.unfitted(Events.CRITEO), parsed);
  }

  @Test
  void aModelOfASchemaWithEverythingSetReadsBackEqual() throws IOException {
    Schema schema = everythingSet(EVERY_FIELD);
    Dataset<Row> events =
        Events.parsed(
            schema,
            WireForm.JSON,
            "{\"clicked\": \"yes\", \"id\": \"a1\", \"when\": {\"at\": 1704164645678},"
                + " \"item\": {\"price\": 1.5}, \"n\": 3, \"raw\": -0.25, \"city\": \"Bern\","
                + " \"tags\": [\"a\", \"b\"]}",
            "{\"clicked\": \"no\", \"id\": \"a2\", \"when\": {\"at\": 1704164645679},"
                + " \"item\": {\"price\": 2.5}, \"tags\": \"b;c\"}");
    ClickFeaturesModel model = frozen(1).setSchema(schema).fit(events);
    assertThat(Events.reasons(events)).containsOnlyNulls();
    assertThat(model.spec().ranges()).containsExactly(new Range(1.5, 2.5));
    assertThat(model.fitted().vocabulary())
        .contains(Events.key("tags", "a"), Events.key("tags", "b"), Events.key("tags", "c"))
        .doesNotContain(Events.key("city", "Bern"));

    assertThatItReadsBackEqual(model, events);
  }

  private void assertThatItReadsBackEqual(ClickFeaturesModel model, Dataset<Row> events)
      throws IOException {
    model.save(path("model"));

    ClickFeaturesModel loaded = ClickFeaturesModel.load(path("model"));

    assertThat(loaded.uid()).isEqualTo(model.uid());
    assertThat(loaded.spec()).isEqualTo(model.spec());
    assertThat(loaded.fitted().vocabulary()).isEqualTo(model.fitted().vocabulary());
    assertThat(loaded.version()).isEqualTo(model.version());
    assertThat(examples(loaded, events)).isEqualTo(examples(model, events));
  }

  @Test
  void aSchemaIsTheSameAfterJson() {
    Schema atLeast =
        new Schema(
            "rated",
            new Label("$.review.stars", List.of(), List.of(), 3.5),
            "",
            EventTime.NONE,
            EVERY_FIELD,
            List.of());

    for (Schema schema :
        List.of(Events.CRITEO, Events.SMALL, everythingSet(EVERY_FIELD), atLeast)) {
      assertThat(SpecJson.read(SpecJson.write(schema), Schema.class)).isEqualTo(schema);
    }
  }

  @Test
  void whatIsNotAFittedSpecificationIsRefusedByItsPath() throws IOException {
    ClickFeaturesModel.unfitted(Events.SMALL).save(path("model"));
    // Hadoop's local file system keeps a checksum beside, which is of the old content.
    Files.delete(Path.of(path("model"), ".spec.json.crc"));
    Files.writeString(Path.of(path("model"), "spec.json"), "{\"scaling\": \"LOG1P\"}");

    assertThatThrownBy(() -> ClickFeaturesModel.load(path("model")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("model/spec.json is not a feature specification");
  }

  @Test
  void anEstimatorReadsBackWithItsSettings() throws IOException {
    ClickFeatures estimator = everything(3);
    estimator.save(path("estimator"));

    ClickFeatures loaded = ClickFeatures.load(path("estimator"));

    assertThat(loaded.uid()).isEqualTo(estimator.uid());
    assertThat(loaded.fit(parsed).version()).isEqualTo(estimator.fit(parsed).version());
    assertThat(loaded.fit(parsed).version()).isNotEqualTo(fitEverything(4, parsed).version());
  }

  @Test
  void aPipelineFitsSavesAndLoads() throws IOException {
    PipelineModel pipeline =
        new Pipeline().setStages(new PipelineStage[] {everything(1)}).fit(parsed);
    pipeline.save(path("pipeline"));

    PipelineModel loaded = PipelineModel.load(path("pipeline"));

    assertThat(examples(loaded, parsed))
        .isEqualTo(examples(pipeline, parsed))
        .isEqualTo(examples(fitEverything(1, parsed), parsed));
  }

  @Test
  void aCopyKeepsEverything() {
    ClickFeaturesModel model = fitEverything(1, parsed);

    ClickFeaturesModel copy = model.copy(new ParamMap());

    assertThat(copy.version()).isEqualTo(model.version());
    assertThat(copy.uid()).isEqualTo(model.uid());
    assertThat(copy.parent()).isSameAs(model.parent());
  }

  @Test
  void equalFitsHaveEqualVersions() {
    assertThat(fitEverything(1, parsed).version())
        .isEqualTo(fitEverything(1, Events.parsed(Events.lines(40))).version());
    assertThat(new ClickFeatures().fit(parsed).version())
        .isEqualTo(ClickFeaturesModel.unfitted(Schema.criteo(Scaling.BUCKETS)).version());
  }

  @Test
  void fitsThatDifferHaveDifferentVersions() {
    String extreme = Events.with(Events.blank(), "I1", "1000000");
    Dataset<Row> otherRange = parsed.union(Events.parsed(extreme));
    String category = Events.with(Events.blank(), "C1", "new");
    Dataset<Row> otherCategory = parsed.union(Events.parsed(category, category));
    ClickFeatures minmax = new ClickFeatures().setScaling(Scaling.MINMAX);
    ClickFeatures frozen = frozen(1);

    List<String> versions =
        List.of(
            ClickFeaturesModel.unfitted(Events.CRITEO).version(),
            minmax.fit(parsed).version(),
            minmax.fit(otherRange).version(),
            frozen.fit(parsed).version(),
            frozen.fit(otherCategory).version(),
            frozen(2).fit(parsed).version(),
            fitEverything(1, parsed).version());

    assertThat(versions).doesNotHaveDuplicates();
  }

  @Test
  void everythingInASchemaIsInTheVersion() {
    List<Schema> schemas = new ArrayList<>();
    schemas.add(everythingSet(EVERY_FIELD));
    schemas.add(everythingSet(EVERY_FIELD.subList(1, EVERY_FIELD.size())));
    List<Field> turned = new ArrayList<>(EVERY_FIELD);
    Collections.reverse(turned);
    schemas.add(everythingSet(turned));
    for (Field other :
        List.of(
            tags("hashtags", "tags", Missing.ZERO, 0, ";", Pooling.SUM),
            tags("tags", "city", Missing.ZERO, 0, ";", Pooling.SUM),
            tags("tags", "tags", Missing.OOV, 0, ";", Pooling.SUM),
            tags("tags", "tags", Missing.ZERO, 1, ";", Pooling.SUM),
            tags("tags", "tags", Missing.ZERO, 0, ",", Pooling.SUM),
            tags("tags", "tags", Missing.ZERO, 0, ";", Pooling.MEAN))) {
      List<Field> fields = new ArrayList<>(EVERY_FIELD);
      fields.set(fields.size() - 1, other);
      schemas.add(everythingSet(fields));
    }
    for (Field other :
        List.of(
            Field.dense("price", "$.item.price", Scaling.MINMAX, true),
            Field.dense("price", "$.item.price", Scaling.NONE, false))) {
      List<Field> fields = new ArrayList<>(EVERY_FIELD);
      fields.set(0, other);
      schemas.add(everythingSet(fields));
    }
    Schema all = everythingSet(EVERY_FIELD);
    Label stars = new Label("clicked", List.of(), List.of(), 4);
    EventTime seconds = new EventTime("$.when.at", Unit.SECONDS);
    schemas.add(new Schema("all", stars, "id", all.eventTime(), EVERY_FIELD, all.columns()));
    schemas.add(new Schema("all", all.label(), "", all.eventTime(), EVERY_FIELD, all.columns()));
    schemas.add(new Schema("all", all.label(), "id", seconds, EVERY_FIELD, all.columns()));
    schemas.add(new Schema("all", all.label(), "id", all.eventTime(), EVERY_FIELD, List.of()));
    schemas.add(
        new Schema("others", all.label(), "id", all.eventTime(), EVERY_FIELD, all.columns()));

    assertThat(schemas).extracting(FeaturePersistenceTest::fittedVersion).doesNotHaveDuplicates();
  }

  private static String fittedVersion(Schema schema) {
    int ranges = (int) schema.fields().stream().filter(Field::minmax).count();
    return new FeatureSpec(
            schema, Collections.nCopies(ranges, new Range(0, 1)), Vocabulary.FROZEN, 1)
        .version(new long[] {1, 2, 3});
  }

  @Test
  void aVersionNamesSchemaAndVocabulary() {
    assertThat(ClickFeaturesModel.unfitted(Events.CRITEO).version())
        .matches("criteo-dynamic-[0-9a-f]{12}");
    assertThat(fitEverything(1, parsed).version()).matches("criteo-frozen-[0-9a-f]{12}");
  }

  private static Schema everythingSet(List<Field> fields) {
    return new Schema(
        "all",
        new Label("clicked", List.of("yes", "maybe"), List.of("no"), Double.NaN),
        "id",
        new EventTime("$.when.at", Unit.MILLIS),
        fields,
        List.of(
            "unused", "tags", "city", "raw", "n", "$.item.price", "$.when.at", "id", "clicked"));
  }

  private static Field tags(
      String name, String path, Missing missing, int minCount, String separator, Pooling pooling) {
    return new Field(
        name, path, Kind.MULTI_VALUED, Scaling.LOG1P, false, missing, minCount, separator, pooling);
  }

  private static ClickFeatures frozen(int minCount) {
    return new ClickFeatures().setVocabulary(Vocabulary.FROZEN).setMinCount(minCount);
  }

  private static ClickFeatures everything(int minCount) {
    return frozen(minCount).setScaling(Scaling.MINMAX);
  }

  private static ClickFeaturesModel fitEverything(int minCount, Dataset<Row> events) {
    return everything(minCount).fit(events);
  }

  private static List<Row> examples(Transformer model, Dataset<Row> events) {
    return model.transform(events).collectAsList();
  }

  private String path(String name) {
    return directory.resolve(name).toString();
  }
}
