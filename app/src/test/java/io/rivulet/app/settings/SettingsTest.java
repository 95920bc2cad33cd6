package io.rivulet.app.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.app.ConfFiles;
import io.rivulet.app.UserError;
import io.rivulet.features.FeatureSpec.Scaling;
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
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
  @TempDir Path directory;

  private Path file() {
    return directory.resolve("settings.yaml");
  }

  private Settings read(String yaml) throws IOException {
    return Settings.read(Files.writeString(file(), yaml), Map.of());
  }

  private static void assertRefused(String name, String text, String message) {
    assertThatThrownBy(() -> Settings.of(Map.of(name, text)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(message);
  }

  private static Path referenceFile() {
    return ConfFiles.shipped("rivulet.yaml");
  }

  @Test
  void defaultsAreTheMeasuredNetWithMindRecsOptimizers() {
    Initializer fanIn = new Initializer(Kind.FAN_IN_UNIFORM, 0, 0);

    assertThat(Settings.defaults().learner())
        .isEqualTo(
            new LearnerSettings(
                new ModelShape(39, 16, List.of(1024, 512, 256, 128), Activation.RELU),
                new Initializer(Kind.NORMAL, 0, 0),
                fanIn,
                fanIn,
                new Adam(3.5e-4f, 0.9f, 0.999f, 1e-8f),
                new Ftrl(5e-2f, 1e-8f, 1e-8f, 1f, Ftrl.Reduction.SUM),
                0f,
                1f,
                100,
                2,
                10,
                EmbeddingMerge.SCALED,
                TowerKind.BLAS,
                1,
                new Initializer(Kind.ZERO, 0, 0),
                LearnerSettings.TowerMerge.SCALED,
                LearnerSettings.Engine.SPARSE,
                1000f,
                false,
                0,
                1f,
                1));
  }

  @ParameterizedTest
  @CsvSource({"emb_dims, emb_dim", "bach_size, batch_size", "adam.beta_2, adam.beta2"})
  void anUnknownNameIsRefusedWithTheNearestRightOne(String wrong, String right) {
    assertRefused(wrong, "1", "no setting '" + wrong + "'; did you mean '" + right + "'?");
  }

  @Test
  void numbersThatAreNoneAreRefused() {
    assertRefused("batch_size", "x", "batch_size must be a number, not 'x'");
    assertRefused("batch_size", "1.5", "batch_size must be a number, not '1.5'");
    assertRefused("seed", "", "seed must be a number, not ''");
    assertRefused("keep_prob", "half", "keep_prob must be a number, not 'half'");
    assertRefused("deep_layer_dim", "[16, x]", "deep_layer_dim must be a number, not '[16, x]'");
  }

  @Test
  void numbersOutOfRangeAreRefused() {
    assertRefused("emb_dim", "-3", "emb_dim must be at least 1, not '-3'");
    assertRefused("emb_dim", "2000000000", "give a model of more than 2147483647 tower parameters");
    assertRefused("keep_prob", "0", "keep_prob must be above 0 and at most 1, not '0'");
    assertRefused("keep_prob", "2", "keep_prob must be above 0 and at most 1, not '2'");
    assertRefused("l2_coef", "-0.1", "l2_coef must be at least 0, not '-0.1'");
    assertRefused("adam.learning_rate", "0", "adam.learning_rate must be above 0, not '0'");
    assertRefused("adam.beta1", "1", "adam.beta1 must be at least 0 and below 1, not '1'");
    assertRefused("ftrl.l1", "NaN", "ftrl.l1 must be at least 0, not 'NaN'");
  }

  @Test
  void wordsThatAreNoChoiceAreRefused() {
    assertRefused("tower", "gpu", "tower must be one of blas, nd4j, not 'gpu'");
    assertRefused("dropout_flag", "yes", "dropout_flag must be true or false, not 'yes'");
    assertRefused("weight_bias_init", "[normal, big]", "weight_bias_init must be one of normal, ");
    assertRefused("kafka.topic", " ", "kafka.topic must not be empty, not ' '");
    assertRefused("commit.every", "0", "seconds (30s), not '0'");
    assertRefused("commit.every", "5m", "commit.every must be a number of ");
  }

  @Test
  void listsOfTheWrongLengthOrOrderAreRefused() {
    assertRefused("deep_layer_dim", "16", "deep_layer_dim must be a list such as [1, 2], not '16'");
    assertRefused("deep_layer_dim", "[]", "deep_layer_dim must list at least one width");
    assertRefused("deep_layer_dim", "[0]", "each at least 1, not [0]");
    assertRefused("weight_bias_init", "[normal]", "weight_bias_init must list two initializers");
    assertRefused("init_args", "[0.1, -0.1]", "init_args must be [low, high] with low below high");
    assertRefused("init_args", "[0.1]", "init_args must be [low, high] with low below high");
  }

  @Test
  void fittedFeaturesNeedTheirPath() {
    assertRefused("features.scaling", "minmax", "set features.path and run `rivulet prepare`");
    assertRefused("features.vocabulary", "frozen", "set features.path and run `rivulet prepare`");

    Settings fitted = Settings.of(Map.of("features.scaling", "minmax", "features.path", "fitted"));
    assertThat(fitted.get(Settings.FEATURES_SCALING)).isEqualTo(Scaling.MINMAX);
  }

  @ParameterizedTest
  @CsvSource({"false, 1", "true, 0.5"})
  void dropoutNeedsItsFlag(String flag, float keepProb) {
    Settings settings = Settings.of(Map.of("dropout_flag", flag, "keep_prob", "0.5"));

    assertThat(settings.learner().keepProb()).isEqualTo(keepProb);
  }

  @Test
  void anotherValueLeavesTheOthersAndTheOriginal() {
    Settings before = Settings.of(Map.of("emb_dim", "4", "workers", "7"));
    Settings after = before.with(Settings.EMB_DIM, "8");

    assertThat(after.get(Settings.EMB_DIM)).isEqualTo(8);
    assertThat(after.get(Settings.WORKERS)).isEqualTo(7);
    assertThat(before.get(Settings.EMB_DIM)).isEqualTo(4);
    assertThatThrownBy(() -> before.with(Settings.EMB_DIM, "0")).hasMessageContaining("emb_dim");
  }

  @Test
  void namesInAFileMayBeDottedOrNested() throws IOException {
    Settings settings = read("adam:\n  learning_rate: 1e-3\n  beta1: 0.8\nftrl.l1: 2.5e-4\n");

    assertThat(settings.learner().adam()).isEqualTo(new Adam(1e-3f, 0.8f, 0.999f, 1e-8f));
    assertThat(settings.get(Settings.FTRL_L1)).isEqualTo(2.5e-4f);
  }

  @Test
  void aFileMayHoldLists() throws IOException {
    Settings settings = read("deep_layer_dim:\n  - 32\n  - 16\nweight_bias_init: [one, zero]\n");

    assertThat(settings.get(Settings.DEEP_LAYER_DIM)).containsExactly(32, 16);
    assertThat(settings.get(Settings.WEIGHT_BIAS_INIT)).containsExactly(Kind.ONE, Kind.ZERO);
  }

  @Test
  void aValueLeftOutIsEmpty() throws IOException {
    assertThat(read("quarantine.path:\n").get(Settings.QUARANTINE_PATH)).isEmpty();
    assertThat(read("quarantine.path: ''\n").get(Settings.QUARANTINE_PATH)).isEmpty();
    assertThatThrownBy(() -> read("emb_dim:\n")).hasMessage("emb_dim must be a number, not ''");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing set\n", "---\n", "{}\n"})
  void anEmptyFileLeavesTheDefaults(String yaml) throws IOException {
    assertThat(read(yaml).learner()).isEqualTo(Settings.defaults().learner());
  }

  @Test
  void overridesWinOverTheFile() throws IOException {
    Files.writeString(file(), "emb_dim: 4\nworkers: 3\n");
    Settings settings = Settings.read(file(), Map.of("emb_dim", "8"));

    assertThat(settings.get(Settings.EMB_DIM)).isEqualTo(8);
    assertThat(settings.get(Settings.WORKERS)).isEqualTo(3);
  }

  @Test
  void aBrokenFileIsRefusedByNameAndLine() {
    assertThatThrownBy(() -> read("emb_dim: 4\nbatch_size: @5\n"))
        .isInstanceOf(UserError.class)
        .hasMessage(file() + " is not YAML, see line 2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"- emb_dim\n- 4\n", "emb_dim\n"})
  void aFileWithoutNamesIsRefused(String yaml) {
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(UserError.class)
        .hasMessage(file() + " must hold settings, name: value");
  }

  @Test
  void kafkasOwnSettingsReachItAndTheLoginIsReadFromAFile() throws IOException {
    Path secret = Files.writeString(directory.resolve("secret"), "pass\"word\n");
    Settings settings =
        read(
            "kafka:\n  bootstrap_servers: k:9093\n  username: me\n  password: ${file:"
                + secret
                + "}\n  client:\n    security.protocol: SASL_SSL\n    sasl.mechanism: PLAIN\n"
                + "    request.timeout.ms: 1234\n");

    assertThat(settings.kafka().client())
        .containsEntry("bootstrap.servers", "k:9093")
        .containsEntry("security.protocol", "SASL_SSL")
        .containsEntry("request.timeout.ms", "1234")
        .hasEntrySatisfying("sasl.jaas.config", jaas -> assertThat(jaas).contains("pass\\\"word"));
    assertThat(settings.withOpenKafka("here:1").kafka().client())
        .isEqualTo(Map.of("bootstrap.servers", "here:1"));
  }

  @Test
  void aSecretIsOnlyReadWhenKafkaIsAsked() {
    Settings settings =
        Settings.of(
            Map.of(
                "kafka.password",
                "${env:RIVULET_NO_SUCH_VARIABLE}",
                "kafka.client.security.protocol",
                "SASL_SSL"));

    assertThatThrownBy(settings::kafka)
        .isInstanceOf(UserError.class)
        .hasMessageContaining("kafka.password names the environment variable");
  }

  @Test
  void settingsOfKafkaThatCouldLoadCodeOrMoveOffsetsAreRefused() {
    assertRefused(
        "kafka.client.interceptor.classes", "x", "kafka.client.interceptor.classes can't");
    assertRefused("kafka.client.sasl.jaas.config", "x", "set kafka.username and kafka.password");
    assertRefused("kafka.client.group.id", "x", "set kafka.group_id");
  }

  @Test
  void theReferenceFileIsWhatTheCodeSays() throws IOException {
    assertThat(Files.readString(referenceFile())).isEqualTo(Settings.reference());
    assertThat(Settings.read(referenceFile(), Map.of()).learner())
        .isEqualTo(Settings.defaults().learner());
  }
}
