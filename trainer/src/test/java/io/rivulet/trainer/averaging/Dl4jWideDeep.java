package io.rivulet.trainer.averaging;

import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.RowLayout;
import io.rivulet.trainer.model.TowerLayout;
import io.rivulet.trainer.optim.FtrlReference;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * The model of {@link Worker} as a stock DL4J graph in doubles. Keys are columns: an example is the
 * vector of its weights, all keys together for the wide part and field by field for the embeddings.
 * DL4J has no FTRL, so the wide layer takes SGD steps of size 1, which tell its gradient.
 */
final class Dl4jWideDeep {
  private final LearnerSettings settings;
  private final int keysPerField;
  private final TowerLayout layout;
  private final ComputationGraph graph;

  /** One a key, then the bias. */
  private final List<FtrlReference> wide = new ArrayList<>();

  /**
   * A graph with the given parameters.
   *
   * @param updater of embeddings and tower
   * @param rows of the key of each {@link #position}, one after the other
   */
  Dl4jWideDeep(
      LearnerSettings settings,
      int keysPerField,
      IUpdater updater,
      DenseState dense,
      float[] rows) {
    this.settings = settings;
    this.keysPerField = keysPerField;
    this.layout = settings.shape().towerLayout();
    this.graph = new ComputationGraph(configuration(updater));
    graph.init();
    int width = settings.shape().rowWidth();
    for (int position = 0; position < keyCount(); position++) {
      wide.add(new FtrlReference(settings.ftrl(), rows, position * width));
    }
    wide.add(new FtrlReference(settings.ftrl(), dense.wideBias, 0));
    setWide();
    for (int f = 0; f < Fixtures.FIELDS; f++) {
      int first = f * keysPerField * width + RowLayout.EMBEDDING;
      set("embedding" + f, "W", keysPerField, Fixtures.EMB_DIM, rows, first, width);
    }
    for (int l = 0; l < layout.layers(); l++) {
      int out = layout.out(l);
      set("tower" + l, "W", layout.in(l), out, dense.tower, layout.weights(l), out);
      set("tower" + l, "b", 1, out, dense.tower, layout.biases(l), out);
    }
  }

  private ComputationGraphConfiguration configuration(IUpdater updater) {
    String[] fields = names("field");
    GraphBuilder builder =
        new NeuralNetConfiguration.Builder()
            .dataType(DataType.DOUBLE)
            .updater(updater)
            .graphBuilder()
            .addInputs("keys")
            .addInputs(fields)
            .addLayer(
                "wide",
                dense(keyCount(), 1, Activation.IDENTITY).updater(new Sgd(1.0)).build(),
                "keys");
    String[] embeddings = names("embedding");
    for (int f = 0; f < fields.length; f++) {
      DenseLayer.Builder embedding =
          dense(keysPerField, Fixtures.EMB_DIM, Activation.IDENTITY).hasBias(false);
      builder.addLayer(embeddings[f], embedding.build(), fields[f]);
    }
    builder.addVertex("concatenation", new MergeVertex(), embeddings);
    Activation hidden = Activation.valueOf(settings.shape().activation().name());
    int last = layout.layers() - 1;
    for (int l = 0; l <= last; l++) {
      DenseLayer.Builder layer =
          dense(layout.in(l), layout.out(l), l < last ? hidden : Activation.IDENTITY);
      builder.addLayer("tower" + l, layer.build(), l == 0 ? "concatenation" : "tower" + (l - 1));
    }
    return builder
        .addVertex("logit", new ElementWiseVertex(ElementWiseVertex.Op.Add), "wide", "tower" + last)
        .addLayer(
            "click",
            new LossLayer.Builder(LossFunction.XENT).activation(Activation.SIGMOID).build(),
            "logit")
        .setOutputs("click")
        .build();
  }

  private static DenseLayer.Builder dense(int in, int out, Activation activation) {
    return new DenseLayer.Builder().nIn(in).nOut(out).activation(activation);
  }

  private static String[] names(String prefix) {
    return IntStream.range(0, Fixtures.FIELDS).mapToObj(f -> prefix + f).toArray(String[]::new);
  }

  private int keyCount() {
    return Fixtures.FIELDS * keysPerField;
  }

  /** The column of the key of {@code entry}; its row in the working set of all keys. */
  static int position(ExampleBlock block, int entry, int keysPerField) {
    int field = block.field(entry);
    return field * keysPerField + (int) (block.keys()[entry] - Fixtures.key(field, 0));
  }

  /** Probability of a click for each example. */
  double[] predict(ExampleBlock block) {
    INDArray output = graph.outputSingle(inputs(block));
    return IntStream.range(0, block.rows()).mapToDouble(r -> output.getDouble(r)).toArray();
  }

  /** One step on the block as a mini-batch; FTRL on the wide part. */
  void fit(ExampleBlock block) {
    double[][] labels = new double[block.rows()][1];
    for (int r = 0; r < labels.length; r++) {
      labels[r][0] = block.labels()[r];
    }
    graph.fit(inputs(block), new INDArray[] {Nd4j.createFromArray(labels)});
    for (int k = 0; k < wide.size(); k++) {
      wide.get(k).step(wide.get(k).state()[0] - wideParameter(k));
    }
    setWide();
  }

  private INDArray[] inputs(ExampleBlock block) {
    double[][] all = new double[block.rows()][keyCount()];
    double[][][] byField = new double[Fixtures.FIELDS][block.rows()][keysPerField];
    for (int i = 0; i < block.keys().length; i++) {
      int row = i / Fixtures.FIELDS;
      int position = position(block, i, keysPerField);
      all[row][position] += block.weights()[i];
      byField[position / keysPerField][row][position % keysPerField] += block.weights()[i];
    }
    INDArray[] inputs = new INDArray[1 + Fixtures.FIELDS];
    inputs[0] = Nd4j.createFromArray(all);
    for (int f = 0; f < Fixtures.FIELDS; f++) {
      inputs[1 + f] = Nd4j.createFromArray(byField[f]);
    }
    return inputs;
  }

  private void set(
      String layer, String parameter, int rows, int columns, float[] from, int at, int stride) {
    double[][] values = new double[rows][columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        values[i][j] = from[at + i * stride + j];
      }
    }
    graph.getLayer(layer).setParam(parameter, Nd4j.createFromArray(values));
  }

  private void setWide() {
    double[][] weights = new double[keyCount()][1];
    for (int k = 0; k < weights.length; k++) {
      weights[k][0] = wide.get(k).state()[0];
    }
    double[][] bias = {{bias()[0]}};
    graph.getLayer("wide").setParam("W", Nd4j.createFromArray(weights));
    graph.getLayer("wide").setParam("b", Nd4j.createFromArray(bias));
  }

  private double wideParameter(int k) {
    return k < keyCount() ? parameter("wide", "W", k) : parameter("wide", "b", 0);
  }

  /** Number {@code index} of a parameter in row-major order, which DL4J's arrays don't have. */
  private double parameter(String layer, String parameter, int index) {
    INDArray values = graph.getLayer(layer).getParam(parameter);
    long columns = values.size(values.rank() - 1);
    return values.rank() == 1
        ? values.getDouble(index)
        : values.getDouble(index / columns, index % columns);
  }

  /** Wide weight, z and n of the key at {@code position}. */
  double[] wide(int position) {
    return wide.get(position).state();
  }

  /** Wide bias, z and n. */
  double[] bias() {
    return wide.get(keyCount()).state();
  }

  /** The embedding of the key at {@code position}. */
  double[] embedding(int position) {
    String layer = "embedding" + position / keysPerField;
    int first = position % keysPerField * Fixtures.EMB_DIM;
    return IntStream.range(first, first + Fixtures.EMB_DIM)
        .mapToDouble(i -> parameter(layer, "W", i))
        .toArray();
  }

  /** The tower's parameters in the order of {@link TowerLayout}. */
  double[] tower() {
    double[] tower = new double[layout.size()];
    for (int l = 0; l < layout.layers(); l++) {
      for (int i = 0; i < layout.in(l) * layout.out(l); i++) {
        tower[layout.weights(l) + i] = parameter("tower" + l, "W", i);
      }
      for (int i = 0; i < layout.out(l); i++) {
        tower[layout.biases(l) + i] = parameter("tower" + l, "b", i);
      }
    }
    return tower;
  }
}
