package io.rivulet.app.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.app.ConfFiles;
import io.rivulet.app.UserError;
import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.FeatureSpec.Vocabulary;
import io.rivulet.features.Schema;
import io.rivulet.features.WireForm;
import io.rivulet.trainer.model.Activation;
import io.rivulet.trainer.model.Initializer;
import io.rivulet.trainer.model.Initializer.Kind;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.LearnerSettings.EmbeddingMerge;
import io.rivulet.trainer.model.LearnerSettings.TowerKind;
import io.rivulet.trainer.model.ModelShape;
import io.rivulet.trainer.optim.Adam;
import io.rivulet.trainer.optim.Ftrl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** MindRec's default_config.yaml as it is, and conf/mindrec.yaml, which has its values. */
class MindRecConfigTest {
  private static final List<String> WITHOUT_A_MEANING =
      List.of(
          "device_target",
          "address",
          "dataset_name",
          "namespace",
          "full_batch",
          "eval_batch_size",
          "vocab_size",
          "vocab_cache_size",
          "data_path",
          "ckpt_path",
          "stra_ckpt",
          "eval_file_name",
          "loss_file_name",
          "dataset_type",
          "parameter_server",
          "field_slice",
          "sparse",
          "deep_table_slice_mode",
          "manual_shape");

  private static final List<Setting<?>> WITH_A_MEANING =
      List.of(
          Settings.BATCH_SIZE,
          Settings.FIELD_SIZE,
          Settings.EMB_DIM,
          Settings.DEEP_LAYER_DIM,
          Settings.DEEP_LAYER_ACT,
          Settings.KEEP_PROB,
          Settings.DROPOUT_FLAG,
          Settings.WEIGHT_BIAS_INIT,
          Settings.EMB_INIT,
          Settings.INIT_ARGS,
          Settings.L2_COEF,
          Settings.USE_MIXED_PRECISION);

  @TempDir Path directory;

  private static Settings mindRecs() {
    return Settings.read(ConfFiles.mindRecs(), Map.of());
  }

  private static Settings shipped() {
    return Settings.read(ConfFiles.shipped("mindrec.yaml"), Map.of());
  }

  private Settings mindRecsBut(String text, String other) throws IOException {
    String yaml = Files.readString(ConfFiles.mindRecs());
    assertThat(yaml).contains(text);
    return Settings.read(
        Files.writeString(directory.resolve("config.yaml"), yaml.replace(text, other)), Map.of());
  }

  @Test
  void mindRecsValuesArrive() {
    Settings settings = mindRecs();

    assertThat(settings.get(Settings.BATCH_SIZE)).isEqualTo(100);
    assertThat(settings.get(Settings.FIELD_SIZE)).isEqualTo(39);
    assertThat(settings.get(Settings.EMB_DIM)).isEqualTo(80);
    assertThat(settings.get(Settings.DEEP_LAYER_DIM)).containsExactly(1024, 512, 256, 128);
    assertThat(settings.get(Settings.DEEP_LAYER_ACT)).isEqualTo(Activation.RELU);
    assertThat(settings.get(Settings.KEEP_PROB)).isEqualTo(1f);
    assertThat(settings.get(Settings.DROPOUT_FLAG)).isFalse();
    assertThat(settings.get(Settings.WEIGHT_BIAS_INIT)).containsExactly(Kind.NORMAL, Kind.NORMAL);
    assertThat(settings.get(Settings.EMB_INIT)).isEqualTo(Kind.NORMAL);
    assertThat(settings.get(Settings.INIT_ARGS)).containsExactly(-0.01f, 0.01f);
    assertThat(settings.get(Settings.L2_COEF)).isEqualTo(8e-5f);
  }

  @Test
  void eachSettingWithoutAMeaningIsNamedOnceAndNoOther() {
    List<String> notices = mindRecs().notices();

    assertThat(notices.stream().filter(notice -> notice.contains(" has no meaning here: ")))
        .extracting(notice -> notice.substring(0, notice.indexOf(' ')))
        .containsExactlyInAnyOrderElementsOf(WITHOUT_A_MEANING);
    assertThat(notices)
        .hasSize(WITHOUT_A_MEANING.size() + 1)
        .contains(ConfFiles.mindRecs() + " has 3 documents; the first one holds the settings");
  }

  @ParameterizedTest
  @CsvSource({"epochs, 5", "num_shards, 2", "vocab_size, 7"})
  void aSettingWithoutAMeaningIsNamedWhereverItIsSet(String name, String value) {
    Settings settings = Settings.of(Map.of(name, value, "emb_dim", "8"));

    assertThat(settings.notices()).hasSize(1).first().asString().startsWith(name + " has no ");
    assertThat(settings.get(Settings.EMB_DIM)).isEqualTo(8);
  }

  @Test
  void noticesStayWhenAnotherSettingChanges() {
    Settings settings = mindRecs();

    assertThat(settings.with(Settings.EMB_DIM, "8").notices()).isEqualTo(settings.notices());
  }

  @ParameterizedTest
  @ValueSource(strings = {"True", "true", "'yes'", "1"})
  void aFullBatchIsRefused(String value) {
    assertThatThrownBy(() -> mindRecsBut("full_batch: False", "full_batch: " + value))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("full_batch must be false: ");
  }

  @Test
  void aFullBatchThatIsFalseIsOnlyNamed() {
    assertThat(Settings.of(Map.of("full_batch", "False")).notices())
        .containsExactly("full_batch has no meaning here: it is always false");
  }

  @ParameterizedTest
  @CsvSource({
    "emb_dim: 80, emb_dims: 80, emb_dims, emb_dim",
    "batch_size: 100, batchsize: 100, batchsize, batch_size",
    "l2_coef:, l2_coeff:, l2_coeff, l2_coef"
  })
  void aTypingErrorIsRefusedWithTheNearestName(
      String line, String wrongLine, String wrong, String right) {
    assertThatThrownBy(() -> mindRecsBut("\n" + line, "\n" + wrongLine))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no setting '" + wrong + "'; did you mean '" + right + "'?");
  }

  @Test
  void theShippedFileHasNothingWithoutAMeaningAndTheSameNetwork() {
    Settings shipped = shipped();
    Settings mindRecs = mindRecs();

    assertThat(shipped.notices()).isEmpty();
    for (Setting<?> setting : WITH_A_MEANING) {
      assertThat((Object) shipped.get(setting)).as(setting.name()).isEqualTo(mindRecs.get(setting));
    }
  }

  @Test
  void theShippedFileHasTheConstantsOfMindRecsCode() {
    Initializer normal = new Initializer(Kind.NORMAL, 0, 0);

    assertThat(shipped().learner())
        .isEqualTo(
            new LearnerSettings(
                new ModelShape(39, 80, List.of(1024, 512, 256, 128), Activation.RELU),
                normal,
                normal,
                normal,
                new Adam(3.5e-4f, 0.9f, 0.999f, 1e-8f),
                new Ftrl(5e-2f, 1e-8f, 1e-8f, 1f, Ftrl.Reduction.MEAN),
                8e-5f,
                1f,
                100,
                1,
                1,
                EmbeddingMerge.SCALED,
                TowerKind.BLAS,
                1,
                normal,
                LearnerSettings.TowerMerge.SCALED,
                LearnerSettings.Engine.SPARSE,
                1000f,
                true,
                0,
                1f,
                1));
  }

  @Test
  void theShippedFileHasMindRecsFeaturesTopicAndWindow() {
    Settings shipped = shipped();
    List<Setting<?>> settings =
        List.of(
            Settings.FEATURES_SCALING,
            Settings.FEATURES_VOCABULARY,
            Settings.FEATURES_MIN_COUNT,
            Settings.EVENT_FORMAT,
            Settings.KAFKA_TOPIC,
            Settings.KAFKA_GROUP_ID,
            Settings.KAFKA_BOOTSTRAP_SERVERS,
            Settings.WINDOW_ROWS);
    List<Object> values = new ArrayList<>();
    settings.forEach(setting -> values.add(shipped.get(setting)));

    assertThat(values)
        .containsExactly(
            Scaling.MINMAX,
            Vocabulary.FROZEN,
            6,
            WireForm.MINDREC,
            "python_test1",
            "test",
            "localhost:9092",
            1000);
    assertThat(shipped.schema()).isEqualTo(Schema.criteo(Scaling.MINMAX));
  }
}
