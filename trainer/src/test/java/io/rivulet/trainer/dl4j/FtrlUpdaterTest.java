package io.rivulet.trainer.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.optim.Ftrl;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class FtrlUpdaterTest {
  private static final int WEIGHTS = 6;

  private final Ftrl ftrl = new Ftrl(5e-2f, 1e-2f, 1e-3f, 0.5f, Ftrl.Reduction.MEAN);
  private final FtrlConfig config = FtrlConfig.of(ftrl);

  private static float[] weights(float[] wzn) {
    float[] weights = new float[wzn.length / 3];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = wzn[3 * i];
    }
    return weights;
  }

  @Test
  void stepsAreThoseOfFtrl() {
    float[] wzn = Fixtures.gaussians(3 * WEIGHTS, 1);
    for (int i = 0; i < WEIGHTS; i++) {
      wzn[3 * i + 2] = 0.5f + Math.abs(wzn[3 * i + 2]);
    }
    float[] weights = weights(wzn);
    INDArray state = Nd4j.createFromArray(wzn.clone());
    FtrlUpdater updater = config.instantiate(state, false);
    for (int step = 0; step < 5; step++) {
      float[] g = Fixtures.gaussians(WEIGHTS, 2 + step);
      INDArray gradient = Nd4j.createFromArray(g.clone());
      updater.applyUpdater(gradient, step, 0);
      for (int i = 0; i < WEIGHTS; i++) {
        ftrl.step(wzn, 3 * i, g[i]);
        weights[i] -= gradient.getFloat(i);
      }

      assertThat(Fixtures.doubles(weights))
          .containsExactly(Fixtures.doubles(weights(wzn)), within(1e-5));
      assertThat(Fixtures.doubles(state.toFloatVector()))
          .containsExactly(Fixtures.doubles(wzn), within(1e-4));
      assertThat(weights(state.toFloatVector())).isEqualTo(weights);
    }
  }

  @Test
  void weightsWithoutGradientKeepTheirFirstValue() {
    INDArray state = Nd4j.createFromArray(new float[] {0.7f, 0f, 1f, 0.7f, 0f, 1f});
    INDArray gradient = Nd4j.createFromArray(new float[] {0f, 0.1f});
    config.instantiate(state, false).applyUpdater(gradient, 0, 0);

    assertThat(gradient.getFloat(0)).isZero();
    assertThat(gradient.getFloat(1)).isNotZero();
    assertThat(state.getFloat(0)).isEqualTo(0.7f);
    assertThat(state.getFloat(2)).isEqualTo(1f);
  }

  @Test
  void initialStateIsThatOfWeightsThatAreZero() {
    INDArray state = Nd4j.createFromArray(Fixtures.gaussians(3 * WEIGHTS, 1));
    assertThat(config.stateSize(WEIGHTS)).isEqualTo(state.length());
    config.instantiate(state, true);

    float[] expected = new float[3 * WEIGHTS];
    IntStream.range(0, WEIGHTS).forEach(i -> expected[3 * i + 2] = 0.5f);
    assertThat(state.toFloatVector()).isEqualTo(expected);
  }

  @Test
  void configurationSurvivesJsonAndClone() {
    var settings = Fixtures.learner().build();
    FtrlConfig expected = FtrlConfig.of(settings.ftrl());
    ComputationGraphConfiguration graph = new NetworkBuilder(settings, 16).build();

    String json = graph.toJson();
    ComputationGraphConfiguration read = ComputationGraphConfiguration.fromJson(json);
    assertThat(updater(read)).isEqualTo(expected).hasSameHashCodeAs(expected);
    assertThat(read.toJson()).isEqualTo(json);
    assertThat(updater(graph.clone())).isEqualTo(expected);
    assertThat(expected).isNotEqualTo(config);
  }

  private static Object updater(ComputationGraphConfiguration graph) {
    LayerVertex wide = (LayerVertex) graph.getVertices().get(NetworkBuilder.WIDE);
    return ((BaseLayer) wide.getLayerConf().getLayer()).getIUpdater();
  }
}
