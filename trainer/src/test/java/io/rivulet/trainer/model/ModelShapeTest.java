package io.rivulet.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ModelShapeTest {
  private static final ModelShape SHAPE = new ModelShape(4, 3, List.of(5, 6), Activation.RELU);

  static Stream<Arguments> impossibleShapes() {
    return Stream.of(
        arguments(0, 3, List.of(5), "field_size must be at least 1, not 0"),
        arguments(4, -1, List.of(5), "emb_dim must be at least 1, not -1"),
        arguments(4, 3, List.of(), "deep_layer_dim must list at least one width"),
        arguments(4, 3, List.of(5, 0), "not [5, 0]"));
  }

  @ParameterizedTest
  @MethodSource("impossibleShapes")
  void refusesImpossibleSizesByTheirSetting(
      int fields, int embDim, List<Integer> layers, String message) {
    assertThatThrownBy(() -> new ModelShape(fields, embDim, layers, Activation.RELU))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void keepsItsOwnCopyOfTheLayers() {
    List<Integer> layers = new ArrayList<>(List.of(5, 6));
    ModelShape shape = new ModelShape(4, 3, layers, Activation.RELU);
    layers.add(7);

    assertThat(shape).isEqualTo(SHAPE);
  }

  @Test
  void readsAsAUserWouldDrawIt() {
    assertThat(SHAPE).hasToString("4 fields × 3 → 5 → 6 → 1, relu");
  }

  @Test
  void aRowHoldsFtrlStateEmbeddingAndBothMoments() {
    assertThat(SHAPE.rowWidth()).isEqualTo(3 + 3 + 3 + 3);
    assertThat(RowLayout.moment1(3)).isEqualTo(RowLayout.EMBEDDING + 3);
    assertThat(RowLayout.moment2(3)).isEqualTo(RowLayout.EMBEDDING + 6);
  }

  @Test
  void layoutPutsTheWeightsOfEachLayerBeforeItsBiases() {
    TowerLayout layout = SHAPE.towerLayout();

    assertThat(layout.layers()).isEqualTo(3);
    assertLayer(layout, 0, 12, 5, 0, 60);
    assertLayer(layout, 1, 5, 6, 65, 95);
    assertLayer(layout, 2, 6, 1, 101, 107);
    assertThat(layout.size()).isEqualTo(108);
  }

  private static void assertLayer(
      TowerLayout layout, int layer, int in, int out, int weights, int biases) {
    assertThat(layout.in(layer)).isEqualTo(in);
    assertThat(layout.out(layer)).isEqualTo(out);
    assertThat(layout.weights(layer)).isEqualTo(weights);
    assertThat(layout.biases(layer)).isEqualTo(biases);
  }

  @Test
  void aTowerTooLargeForOneVectorIsRefused() {
    assertThatThrownBy(() -> new ModelShape(1, 1, List.of(100_000, 100_000), Activation.RELU))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("more than 2147483647 tower parameters");
    assertThatThrownBy(() -> new ModelShape(2, Integer.MAX_VALUE, List.of(1), Activation.RELU))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
