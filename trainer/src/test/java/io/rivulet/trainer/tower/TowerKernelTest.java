package io.rivulet.trainer.tower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.model.Activation;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.LearnerSettings.TowerKind;
import io.rivulet.trainer.model.ModelShape;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.optim.Adam;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Both towers; with -Pgpu ND4J's is on the GPU. */
@Tag("gpu")
class TowerKernelTest {
  private static final int ROWS = 6;
  private static final int INPUT = Fixtures.FIELDS * Fixtures.EMB_DIM;
  private static final Dropout HALF = new Dropout(0.5f, 11);

  private final float[] input = Fixtures.gaussians(ROWS * INPUT, 1);
  private final float[] logitGradient = Fixtures.gaussians(ROWS, 2);
  private final float[] logits = new float[ROWS];
  private final float[] inputGradient = new float[ROWS * INPUT];

  private static ModelShape shape(Activation activation) {
    return Fixtures.learner().activation(activation).build().shape();
  }

  private static DenseState initial(Activation activation) {
    return new WideDeepModel(Fixtures.learner().activation(activation).build()).dense();
  }

  private static TowerKernel kernel(TowerKind kind, Activation activation) {
    return TowerKernel.create(
        Fixtures.learner().activation(activation).tower(kind).batchSize(ROWS).build());
  }

  private static TowerKernel loaded(TowerKind kind, Activation activation) {
    TowerKernel kernel = kernel(kind, activation);
    kernel.load(initial(activation));
    return kernel;
  }

  private static void forward(
      TowerKernel kernel, float[] input, int rows, float[] logits, Dropout dropout) {
    kernel.putInput(0, input, rows);
    kernel.forward(rows, logits, dropout);
  }

  static List<Arguments> everyKernel() {
    List<Arguments> cases = new ArrayList<>();
    for (TowerKind kind : TowerKind.values()) {
      for (Activation activation : Activation.values()) {
        cases.add(arguments(kind, activation, Dropout.NONE));
        cases.add(arguments(kind, activation, HALF));
      }
    }
    return cases;
  }

  @ParameterizedTest
  @MethodSource("everyKernel")
  void logitsAndGradientsAreThoseOfTheReference(
      TowerKind kind, Activation activation, Dropout dropout) {
    ReferenceTower reference = new ReferenceTower(shape(activation), ROWS, dropout);
    double[] p = Fixtures.doubles(initial(activation).tower);
    double[] x = Fixtures.doubles(input);
    try (TowerKernel kernel = loaded(kind, activation)) {
      forward(kernel, input, ROWS, logits, dropout);
      kernel.backward(logitGradient);
      kernel.getInputGradient(0, inputGradient, ROWS);

      assertThat(Fixtures.doubles(logits)).containsExactly(reference.logits(p, x), within(1e-5));
      assertThat(Fixtures.doubles(kernel.gradient()))
          .containsExactly(reference.parameterGradient(p, x, logitGradient), within(1e-4));
      assertThat(Fixtures.doubles(inputGradient))
          .containsExactly(reference.inputGradient(p, x, logitGradient), within(1e-4));
    }
  }

  @ParameterizedTest
  @EnumSource
  void mixedPrecisionStaysNearTheReference(Activation activation) {
    ReferenceTower reference = new ReferenceTower(shape(activation), ROWS, Dropout.NONE);
    double[] p = Fixtures.doubles(initial(activation).tower);
    double[] x = Fixtures.doubles(input);
    try (TowerKernel kernel =
        TowerKernel.create(
            Fixtures.learner()
                .activation(activation)
                .mixedPrecision(true)
                .batchSize(ROWS)
                .build())) {
      kernel.load(initial(activation));
      forward(kernel, input, ROWS, logits, Dropout.NONE);
      kernel.backward(logitGradient);

      assertThat(Fixtures.doubles(logits)).containsExactly(reference.logits(p, x), within(0.02));
      assertThat(Fixtures.doubles(kernel.gradient()))
          .containsExactly(reference.parameterGradient(p, x, logitGradient), within(0.05));
    }
  }

  @ParameterizedTest
  @EnumSource
  void bothKernelsStayTogetherOverManySteps(Activation activation) {
    Adam adam = new Adam(1e-3f, 0.9f, 0.999f, 1e-8f);
    DenseState blas = initial(activation);
    DenseState nd4j = initial(activation);
    train(TowerKind.BLAS, activation, adam, blas);
    train(TowerKind.ND4J, activation, adam, nd4j);

    assertThat(blas.tower).isNotEqualTo(initial(activation).tower);
    assertThat(nd4j.tower).containsExactly(blas.tower, within(1e-4f));
    assertThat(nd4j.moment1).containsExactly(blas.moment1, within(1e-4f));
    assertThat(nd4j.moment2).containsExactly(blas.moment2, within(1e-4f));
  }

  private void train(TowerKind kind, Activation activation, Adam adam, DenseState state) {
    try (TowerKernel kernel = loaded(kind, activation)) {
      for (int step = 1; step <= 20; step++) {
        forward(kernel, Fixtures.gaussians(ROWS * INPUT, step), ROWS, logits, Dropout.NONE);
        kernel.backward(Fixtures.gaussians(ROWS, -step));
        kernel.update(adam, step);
      }
      kernel.save(state);
    }
  }

  /** With more parameters than are worked on at a time. */
  @ParameterizedTest
  @EnumSource
  void theLastUpdateMaySaveByItself(TowerKind kind) {
    LearnerSettings settings =
        Fixtures.learner().batchSize(ROWS).layers(List.of(80, 60)).tower(kind).build();
    int size = settings.shape().towerLayout().size();
    assertThat(size).isGreaterThan(2 * 2048);
    DenseState start = DenseState.initial(settings);
    System.arraycopy(Fixtures.gaussians(size, 4), 0, start.moment1, 0, size);
    Arrays.fill(start.moment2, 0.5f);
    for (int steps = 1; steps <= 3; steps++) {
      DenseState saved = start.copy();
      DenseState into = start.copy();
      learn(settings, steps, start, saved, false);
      learn(settings, steps, start, into, true);

      assertThat(into).usingRecursiveComparison().isEqualTo(saved);
      assertThat(into.tower).isNotEqualTo(start.tower);
    }
  }

  private void learn(
      LearnerSettings settings, int steps, DenseState start, DenseState end, boolean atOnce) {
    Adam adam = new Adam(1e-3f, 0.9f, 0.999f, 1e-8f);
    try (TowerKernel kernel = TowerKernel.create(settings)) {
      kernel.load(start);
      for (int step = 1; step <= steps; step++) {
        forward(kernel, Fixtures.gaussians(ROWS * INPUT, step), ROWS, logits, Dropout.NONE);
        kernel.backward(Fixtures.gaussians(ROWS, -step));
        if (atOnce && step == steps) {
          kernel.updateInto(adam, step, end);
        } else {
          kernel.update(adam, step);
        }
      }
      if (!atOnce) {
        kernel.save(end);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void theSameMaskGivesTheSameLogits(TowerKind kind) {
    float[] again = new float[ROWS];
    float[] others = new float[ROWS];
    try (TowerKernel kernel = loaded(kind, Activation.TANH)) {
      forward(kernel, input, ROWS, logits, HALF);
      forward(kernel, input, ROWS, others, new Dropout(0.5f, 12));
      forward(kernel, input, ROWS, again, HALF);
    }

    assertThat(again).isEqualTo(logits);
    assertThat(others).isNotEqualTo(logits);
  }

  @ParameterizedTest
  @EnumSource
  void droppedInputsHaveNoGradient(TowerKind kind) {
    try (TowerKernel kernel = loaded(kind, Activation.TANH)) {
      forward(kernel, input, ROWS, logits, HALF);
      kernel.backward(logitGradient);
      kernel.getInputGradient(0, inputGradient, ROWS);
    }

    float[] mask = new ReferenceTower(shape(Activation.TANH), ROWS, HALF).mask(0);
    int kept = 0;
    for (int i = 0; i < mask.length; i++) {
      if (mask[i] == 0f) {
        assertThat(Math.abs(inputGradient[i])).isZero();
      } else if (inputGradient[i] != 0f) {
        kept++;
      }
    }
    assertThat(kept).isPositive();
  }

  @ParameterizedTest
  @EnumSource
  void aShorterMiniBatchLeavesNoTraceOfALongerOne(TowerKind kind) {
    float[] logitsAfter = new float[ROWS];
    float[] gradientAfter;
    try (TowerKernel kernel = loaded(kind, Activation.TANH)) {
      forward(kernel, Fixtures.gaussians(ROWS * INPUT, 9), ROWS, logitsAfter, HALF);
      kernel.backward(Fixtures.gaussians(ROWS, 9));
      forward(kernel, input, 2, logitsAfter, Dropout.NONE);
      kernel.backward(logitGradient);
      gradientAfter = kernel.gradient();
    }
    try (TowerKernel fresh = loaded(kind, Activation.TANH)) {
      forward(fresh, input, 2, logits, Dropout.NONE);
      fresh.backward(logitGradient);

      assertThat(fresh.gradient()).containsExactly(gradientAfter, within(1e-6f));
      assertThat(logitsAfter).startsWith(logits[0], logits[1]);
    }
  }

  @ParameterizedTest
  @EnumSource
  void savesWhatItLoaded(TowerKind kind) {
    int size = shape(Activation.RELU).towerLayout().size();
    float[] wideBias = {1f, 2f, 3f};
    DenseState state =
        new DenseState(
            Fixtures.gaussians(size, 3),
            Fixtures.gaussians(size, 4),
            Fixtures.gaussians(size, 5),
            wideBias.clone(),
            9);
    DenseState expected = state.copy();
    DenseState saved =
        new DenseState(
            new float[size], new float[size], new float[size], wideBias.clone(), state.step);
    try (TowerKernel kernel = kernel(kind, Activation.RELU)) {
      kernel.load(state);
      state.tower[0] = 0f;
      kernel.save(saved);
    }

    assertThat(saved).usingRecursiveComparison().isEqualTo(expected);
  }

  @Test
  void blasRefusesMoreRowsThanItHasRoomFor() {
    float[] tooMany = new float[(ROWS + 1) * INPUT];
    try (TowerKernel kernel = kernel(TowerKind.BLAS, Activation.RELU)) {
      assertThatThrownBy(() -> forward(kernel, tooMany, ROWS + 1, logits, Dropout.NONE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("7 rows don't fit a kernel for 6");
    }
  }

  /** Layers so wide that a block has 42 rows, and one. */
  @ParameterizedTest
  @EnumSource
  void manyRowsGiveWhatEachGivesAlone(Activation activation) {
    int rows = 100;
    LearnerSettings settings =
        Fixtures.learner()
            .activation(activation)
            .batchSize(rows)
            .layers(List.of(48, 2100))
            .tower(TowerKind.BLAS)
            .build();
    DenseState state = new WideDeepModel(settings).dense();
    float[] noise = Fixtures.gaussians(state.tower.length, 3);
    for (int i = 0; i < noise.length; i++) {
      state.tower[i] += 0.1f * noise[i];
    }
    float[] inputs = Fixtures.gaussians(rows * INPUT, 4);
    float[] gradients = Fixtures.gaussians(rows, 5);
    float[] together = new float[rows];
    float[] apart = new float[rows];
    double[] sums = new double[state.tower.length];
    try (TowerKernel kernel = TowerKernel.create(settings)) {
      kernel.load(state);
      float[] logit = new float[1];
      for (int r = 0; r < rows; r++) {
        float[] row = Arrays.copyOfRange(inputs, r * INPUT, (r + 1) * INPUT);
        forward(kernel, row, 1, logit, Dropout.NONE);
        apart[r] = logit[0];
        kernel.backward(new float[] {gradients[r]});
        float[] gradient = kernel.gradient();
        for (int i = 0; i < sums.length; i++) {
          sums[i] += gradient[i];
        }
      }
      forward(kernel, inputs, rows, together, Dropout.NONE);
      kernel.backward(gradients);

      assertThat(together).containsExactly(apart, within(1e-3f));
      assertThat(Fixtures.doubles(kernel.gradient())).containsExactly(sums, within(1e-2));
    }
    float[] scored = new float[rows];
    try (TowerScorer scorer = new TowerScorer(settings, state.tower);
        TowerScorer.Workspace space = new TowerScorer.Workspace(settings, rows)) {
      scorer.addLogits(space, inputs, rows, scored, 0);
    }
    assertThat(scored).containsExactly(apart, within(1e-3f));
  }
}
