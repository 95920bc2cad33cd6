package io.rivulet.trainer.dl4j;

import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.TowerLayout;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.ReshapeVertex;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;

/**
 * Builds Wide&amp;Deep of DL4J's own layers. Inputs, for mini-batches of n rows: the ids [n × F]
 * and weights [n × F × E, each repeated] of the embeddings; ids [n × (F + 1)] and weights [n × 1 ×
 * (F + 1)] of the wide part, where the bias is the last.
 */
final class NetworkBuilder {
  static final String WIDE = "wide";
  static final String EMBEDDING = "embedding";

  /** Followed by the number of the layer. */
  static final String TOWER = "tower";

  private final LearnerSettings settings;
  private final TowerLayout layout;
  private final int fields;
  private final int embDim;
  private final int capacity;

  NetworkBuilder(LearnerSettings settings, int capacity) {
    this.settings = settings;
    this.layout = settings.shape().towerLayout();
    this.fields = settings.shape().fields();
    this.embDim = settings.shape().embDim();
    this.capacity = capacity;
  }

  /** The configuration of a graph that learns and is to be initialised. */
  ComputationGraphConfiguration build() {
    var adam = settings.adam();
    return build(
        new Adam(adam.learningRate(), adam.beta1(), adam.beta2(), adam.epsilon()),
        FtrlConfig.of(settings.ftrl()));
  }

  /** The same of a graph that learns nothing, with nothing but DL4J's own classes in it. */
  ComputationGraphConfiguration buildForPrediction() {
    return build(new NoOp(), new NoOp());
  }

  private ComputationGraphConfiguration build(IUpdater updater, IUpdater wideUpdater) {
    GraphBuilder builder =
        new NeuralNetConfiguration.Builder()
            .dataType(DataType.FLOAT)
            .weightInit(WeightInit.ZERO)
            .updater(updater)
            .graphBuilder()
            .addInputs("ids", "weights", "wideIds", "wideWeights");
    addWide(builder, wideUpdater);
    addTower(builder);
    return builder
        .addVertex(
            "logit",
            new ElementWiseVertex(ElementWiseVertex.Op.Add),
            "wideSum",
            TOWER + (layout.layers() - 1))
        .addLayer(
            "click",
            new LossLayer.Builder(new LossBinaryXENT()).activation(Activation.SIGMOID).build(),
            "logit")
        .setOutputs("click")
        .build();
  }

  private void addWide(GraphBuilder builder, IUpdater updater) {
    EmbeddingSequenceLayer layer =
        new EmbeddingSequenceLayer.Builder()
            .nIn(capacity + 1)
            .nOut(1)
            .activation(Activation.IDENTITY)
            .updater(updater)
            .hasBias(false)
            .inputLength(fields + 1)
            .outputDataFormat(RNNFormat.NCW)
            .build();
    builder
        .addLayer(WIDE, layer, "wideIds")
        .addVertex(
            "weightedWide",
            new ElementWiseVertex(ElementWiseVertex.Op.Product),
            WIDE,
            "wideWeights")
        .addLayer(
            "wideSum", new GlobalPoolingLayer.Builder(PoolingType.SUM).build(), "weightedWide");
  }

  private void addTower(GraphBuilder builder) {
    EmbeddingSequenceLayer.Builder layer =
        new EmbeddingSequenceLayer.Builder()
            .nIn(capacity)
            .nOut(embDim)
            .activation(Activation.IDENTITY)
            .hasBias(false)
            .inputLength(fields)
            // The same as the wide part's: DL4J mixes up layers of different formats.
            .outputDataFormat(RNNFormat.NCW);
    if (settings.l2Coef() > 0) {
      layer.l2(settings.l2Coef());
    }
    builder
        .addLayer(EMBEDDING, layer.build(), "ids")
        .addVertex(
            "weighted", new ElementWiseVertex(ElementWiseVertex.Op.Product), EMBEDDING, "weights")
        .addVertex("concatenation", new ReshapeVertex(-1, fields * embDim), "weighted");
    Activation hidden = Activation.valueOf(settings.shape().activation().name());
    int last = layout.layers() - 1;
    for (int l = 0; l <= last; l++) {
      DenseLayer.Builder dense =
          new DenseLayer.Builder()
              .nIn(layout.in(l))
              .nOut(layout.out(l))
              .activation(l < last ? hidden : Activation.IDENTITY);
      if (settings.keepProb() < 1) {
        dense.dropOut(settings.keepProb());
      }
      builder.addLayer(TOWER + l, dense.build(), l == 0 ? "concatenation" : TOWER + (l - 1));
    }
  }
}
