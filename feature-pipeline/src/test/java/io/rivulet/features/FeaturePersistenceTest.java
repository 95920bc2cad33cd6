package io.rivulet.features;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.FeatureSpec.Vocabulary;
import java.io.IOException;
import java.nio.file.Path;
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
  @TempDir Path directory;

  private final Dataset<Row> parsed = Events.parsed(Events.lines(40));

  @Test
  void aFittedModelReadsBackEqual() throws IOException {
    ClickFeaturesModel model = fitEverything(1, parsed);
    assertThat(model.vocabulary().length).isGreaterThan(model.fieldCount());

    assertThatItReadsBackEqual(model);
  }

  @Test
  void aModelThatNeedsNoFittingReadsBackEqual() throws IOException {
    assertThatItReadsBackEqual(ClickFeaturesModel.unfitted());
  }

  private void assertThatItReadsBackEqual(ClickFeaturesModel model) throws IOException {
    model.save(path("model"));

    ClickFeaturesModel loaded = ClickFeaturesModel.load(path("model"));

    assertThat(loaded.uid()).isEqualTo(model.uid());
    assertThat(loaded.spec()).isEqualTo(model.spec());
    assertThat(loaded.vocabulary()).isEqualTo(model.vocabulary());
    assertThat(loaded.version()).isEqualTo(model.version());
    assertThat(examples(loaded)).isEqualTo(examples(model));
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

    assertThat(examples(loaded))
        .isEqualTo(examples(pipeline))
        .isEqualTo(examples(fitEverything(1, parsed)));
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
        .isEqualTo(ClickFeaturesModel.unfitted().version());
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
            ClickFeaturesModel.unfitted().version(),
            minmax.fit(parsed).version(),
            minmax.fit(otherRange).version(),
            frozen.fit(parsed).version(),
            frozen.fit(otherCategory).version(),
            frozen(2).fit(parsed).version(),
            fitEverything(1, parsed).version());

    assertThat(versions).doesNotHaveDuplicates();
  }

  @Test
  void aVersionNamesSchemaScalingAndVocabulary() {
    assertThat(ClickFeaturesModel.unfitted().version())
        .matches("criteo-log1p-dynamic-[0-9a-f]{12}");
    assertThat(fitEverything(1, parsed).version()).matches("criteo-minmax-frozen-[0-9a-f]{12}");
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

  private List<Row> examples(Transformer model) {
    return model.transform(parsed).collectAsList();
  }

  private String path(String name) {
    return directory.resolve(name).toString();
  }
}
