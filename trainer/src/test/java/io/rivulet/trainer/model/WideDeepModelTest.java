package io.rivulet.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Named.named;

import io.rivulet.trainer.Fixtures;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WideDeepModelTest {
  /** A tower of more floats than the hash takes in one piece. */
  private static final LearnerSettings SETTINGS =
      Fixtures.learner().layers(List.of(64, 40)).build();

  private static WideDeepModel modelWithRows(long... keys) {
    WideDeepModel model = new WideDeepModel(SETTINGS);
    float[] row = new float[SETTINGS.shape().rowWidth()];
    for (long key : keys) {
      model.initialRow(key, row, 0);
      model.table().write(model.table().add(key), row, 0);
    }
    return model;
  }

  @Test
  void hashDoesNotDependOnTheOrderInWhichRowsWereAdded() {
    assertThat(modelWithRows(3, -1, 2).sha256()).isEqualTo(modelWithRows(2, 3, -1).sha256());
  }

  static Stream<Named<Consumer<WideDeepModel>>> changes() {
    return Stream.of(
        named("first tower parameter", m -> m.dense().tower[0] += 1f),
        named("last tower parameter", m -> m.dense().tower[m.dense().tower.length - 1] += 1f),
        named("first moment", m -> m.dense().moment1[2500] += 1f),
        named("second moment", m -> m.dense().moment2[2500] += 1f),
        named("wide bias", m -> m.dense().wideBias[0] += 1f),
        named("z of the bias", m -> m.dense().wideBias[1] += 1f),
        named("n of the bias", m -> m.dense().wideBias[2] += 1f),
        named("step", m -> m.dense().step++),
        named("another row", m -> m.table().add(77)));
  }

  @ParameterizedTest
  @MethodSource("changes")
  void hashChangesWithEachPartOfTheState(Consumer<WideDeepModel> change) {
    WideDeepModel model = modelWithRows(1, 2);
    String before = model.sha256();
    change.accept(model);

    assertThat(model.sha256()).isNotEqualTo(before);
  }

  @Test
  void hashChangesWithEachFloatOfARow() {
    WideDeepModel model = modelWithRows(1, 2);
    float[] row = new float[SETTINGS.shape().rowWidth()];
    for (int i = 0; i < row.length; i++) {
      String before = model.sha256();
      model.table().read(1, row, 0);
      row[i] += 1f;
      model.table().write(1, row, 0);

      assertThat(model.sha256()).as("after a change of float %d", i).isNotEqualTo(before);
    }
  }

  @Test
  void aNewRowHasAnEmbeddingAndOtherwiseUntouchedOptimizers() {
    float[] target = new float[2 + SETTINGS.shape().rowWidth()];
    Arrays.fill(target, 9f);
    new WideDeepModel(SETTINGS).initialRow(5, target, 1);

    assertThat(target[0]).isEqualTo(9f);
    assertThat(target[target.length - 1]).isEqualTo(9f);
    float[] row = Arrays.copyOfRange(target, 1, target.length - 1);
    assertThat(row[RowLayout.WIDE]).isZero();
    assertThat(row[RowLayout.WIDE_Z]).isZero();
    assertThat(row[RowLayout.WIDE_N]).isEqualTo(SETTINGS.ftrl().initialAccumulator());
    for (int i = RowLayout.EMBEDDING; i < row.length; i++) {
      boolean embedding = i < RowLayout.moment1(Fixtures.EMB_DIM);
      assertThat(row[i] != 0f).as("float %d is set", i).isEqualTo(embedding);
    }
  }

  @Test
  void aNewRowDependsOnItsKeyAndTheSeedAlone() {
    assertThat(initialRow(SETTINGS, 5)).isEqualTo(initialRow(SETTINGS, 5));
    assertThat(initialRow(SETTINGS, 6)).isNotEqualTo(initialRow(SETTINGS, 5));
    assertThat(initialRow(Fixtures.learner().seed(8).build(), 5))
        .isNotEqualTo(initialRow(SETTINGS, 5));
  }

  private static float[] initialRow(LearnerSettings settings, long key) {
    float[] row = new float[settings.shape().rowWidth()];
    new WideDeepModel(settings).initialRow(key, row, 0);
    return row;
  }

  @Test
  void otherSettingsKeepTheParameters() {
    WideDeepModel model = modelWithRows(1);
    WideDeepModel other = model.with(Fixtures.learner().layers(List.of(64, 40)).seed(8).build());

    assertThat(other.sha256()).isEqualTo(model.sha256());
    assertThat(other.settings().seed()).isEqualTo(8);
  }

  @Test
  void refusesSettingsOfAnotherShape() {
    WideDeepModel model = new WideDeepModel(SETTINGS);
    LearnerSettings other = Fixtures.learner().build();

    assertThatThrownBy(() -> model.with(other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("64 → 40");
  }

  @Test
  void refusesATowerOfAnotherShape() {
    DenseState dense = new WideDeepModel(SETTINGS).dense();

    assertThatThrownBy(() -> new WideDeepModel(Fixtures.learner().build(), dense))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(dense.tower.length + " tower parameters");
  }

  @Test
  void aCopyOfTheDenseStateSharesNothing() {
    WideDeepModel model = new WideDeepModel(SETTINGS);
    String before = model.sha256();
    DenseState copy = model.dense().copy();
    copy.tower[0] += 1f;
    copy.moment1[0] += 1f;
    copy.moment2[0] += 1f;
    copy.wideBias[0] += 1f;
    copy.step++;

    assertThat(model.sha256()).isEqualTo(before);
  }
}
