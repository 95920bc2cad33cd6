package io.rivulet.trainer.dl4j;

import io.rivulet.trainer.averaging.DivergedException;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.EmbeddingTable;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.RowLayout;
import io.rivulet.trainer.model.TowerLayout;
import io.rivulet.trainer.model.WideDeepModel;
import java.util.HashMap;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.deeplearning4j.nn.updater.UpdaterBlock.ParamState;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A Wide&amp;Deep model as a DL4J graph with room for a fixed number of table rows. An id is the
 * number of a row; the wide part has one id more, whose weight is the wide bias. The model is
 * copied in and out whole, optimizer state included.
 */
final class WideDeepGraph {
  private final LearnerSettings settings;
  private final int fields;
  private final int embDim;
  private final int capacity;
  private final TowerLayout layout;
  private final ComputationGraph network;

  private final Place wide;
  private final Place embedding;

  /** Where each of the tower's parameters and its moments lie. */
  private final int[] towerParams;

  private final int[] towerMoments1;
  private final int[] towerMoments2;

  /**
   * Where a parameter tensor begins in DL4J's flat vectors.
   *
   * @param param in that of the parameters
   * @param state in that of the updater state: FTRL's triples or Adam's first moments
   * @param moment2 in that of the updater state: Adam's second moments
   */
  private record Place(int param, int state, int moment2) {}

  /**
   * A graph whose parameters are of no use before {@link #load}.
   *
   * @param capacity number of rows it has room for
   * @throws IllegalStateException if DL4J can't hold so many
   */
  WideDeepGraph(LearnerSettings settings, int capacity) {
    this.settings = settings;
    this.fields = settings.shape().fields();
    this.embDim = settings.shape().embDim();
    this.capacity = capacity;
    this.layout = settings.shape().towerLayout();
    long state =
        FtrlUpdater.STATE_SIZE * (capacity + 1L) + 2L * ((long) capacity * embDim + layout.size());
    if (state > Integer.MAX_VALUE - 8) {
      throw new IllegalStateException(
          "engine dl4j can't hold "
              + capacity
              + " embeddings of width "
              + embDim
              + ": DL4J numbers updater state by int; use engine sparse");
    }
    network = new ComputationGraph(new NetworkBuilder(settings, capacity).build());
    network.init();
    Map<String, Place> places = places();
    wide = places.get(name(NetworkBuilder.WIDE, "W"));
    embedding = places.get(name(NetworkBuilder.EMBEDDING, "W"));
    towerParams = new int[layout.size()];
    towerMoments1 = new int[layout.size()];
    towerMoments2 = new int[layout.size()];
    for (int l = 0; l < layout.layers(); l++) {
      Place weights = places.get(name(NetworkBuilder.TOWER + l, "W"));
      Place biases = places.get(name(NetworkBuilder.TOWER + l, "b"));
      for (int j = 0; j < layout.out(l); j++) {
        for (int i = 0; i < layout.in(l); i++) {
          // DL4J has columns one after the other, the tower rows.
          placeTower(
              layout.weights(l) + i * layout.out(l) + j,
              weights,
              j * layout.in(l) + (l == 0 ? towerInput(i) : i));
        }
        placeTower(layout.biases(l) + j, biases, j);
      }
    }
  }

  /** The place of each parameter tensor, by {@link #name}. */
  private Map<String, Place> places() {
    Map<String, Place> places = new HashMap<>();
    for (UpdaterBlock block : network.getUpdater().getUpdaterBlocks()) {
      int state = block.getUpdaterViewOffsetStart();
      int length = block.getParamOffsetEnd() - block.getParamOffsetStart();
      for (ParamState param : block.getLayersAndVariablesInBlock()) {
        String layer = param.getLayer().getConfig().getLayerName();
        int at = param.getParamOffsetStart() - block.getParamOffsetStart();
        int first = state + (layer.equals(NetworkBuilder.WIDE) ? FtrlUpdater.STATE_SIZE * at : at);
        places.put(
            name(layer, param.getParamName()),
            new Place(param.getParamOffsetStart(), first, state + length + at));
      }
    }
    return places;
  }

  private static String name(String layer, String param) {
    return layer + "/" + param;
  }

  /** DL4J concatenates dimension by dimension, [E × F], the tower field by field. */
  private int towerInput(int i) {
    return i % embDim * fields + i / embDim;
  }

  private void placeTower(int parameter, Place place, int at) {
    towerParams[parameter] = place.param + at;
    towerMoments1[parameter] = place.state + at;
    towerMoments2[parameter] = place.moment2 + at;
  }

  /** The graph itself. */
  ComputationGraph network() {
    return network;
  }

  /** Number of rows that there is room for. */
  int capacity() {
    return capacity;
  }

  /** Copies the model, which must have no more rows than there is room for, into the graph. */
  void load(WideDeepModel model) {
    float[] params = new float[Math.toIntExact(network.numParams())];
    float[] state = new float[Math.toIntExact(stateView().length())];
    int triple = FtrlUpdater.STATE_SIZE;
    for (int id = 0; id < capacity; id++) {
      state[wide.state + triple * id + RowLayout.WIDE_N] = settings.ftrl().initialAccumulator();
    }
    EmbeddingTable table = model.table();
    float[] row = new float[table.rowWidth()];
    for (int id = 0; id < table.size(); id++) {
      table.read(id, row, 0);
      params[wide.param + id] = row[RowLayout.WIDE];
      System.arraycopy(row, RowLayout.WIDE, state, wide.state + triple * id, triple);
      for (int e = 0; e < embDim; e++) {
        int at = e * capacity + id;
        params[embedding.param + at] = row[RowLayout.EMBEDDING + e];
        state[embedding.state + at] = row[RowLayout.moment1(embDim) + e];
        state[embedding.moment2 + at] = row[RowLayout.moment2(embDim) + e];
      }
    }
    DenseState dense = model.dense();
    params[wide.param + capacity] = dense.wideBias[RowLayout.WIDE];
    System.arraycopy(dense.wideBias, 0, state, wide.state + triple * capacity, triple);
    for (int i = 0; i < towerParams.length; i++) {
      params[towerParams[i]] = dense.tower[i];
      state[towerMoments1[i]] = dense.moment1[i];
      state[towerMoments2[i]] = dense.moment2[i];
    }
    network.setParams(Nd4j.createFromArray(params));
    network.getUpdater().setStateViewArray(Nd4j.createFromArray(state));
  }

  /**
   * Copies the graph into the model it was loaded from.
   *
   * @throws DivergedException if a value isn't a finite number; the model is as it was
   */
  void store(WideDeepModel model) {
    float[] params = network.params().toFloatVector();
    float[] state = stateView().toFloatVector();
    requireFinite(params);
    requireFinite(state);
    int triple = FtrlUpdater.STATE_SIZE;
    EmbeddingTable table = model.table();
    float[] row = new float[table.rowWidth()];
    for (int id = 0; id < table.size(); id++) {
      System.arraycopy(state, wide.state + triple * id, row, RowLayout.WIDE, triple);
      for (int e = 0; e < embDim; e++) {
        int at = e * capacity + id;
        row[RowLayout.EMBEDDING + e] = params[embedding.param + at];
        row[RowLayout.moment1(embDim) + e] = state[embedding.state + at];
        row[RowLayout.moment2(embDim) + e] = state[embedding.moment2 + at];
      }
      row[RowLayout.WIDE] = params[wide.param + id];
      table.write(id, row, 0);
    }
    DenseState dense = model.dense();
    System.arraycopy(state, wide.state + triple * capacity, dense.wideBias, 0, triple);
    dense.wideBias[RowLayout.WIDE] = params[wide.param + capacity];
    for (int i = 0; i < towerParams.length; i++) {
      dense.tower[i] = params[towerParams[i]];
      dense.moment1[i] = state[towerMoments1[i]];
      dense.moment2[i] = state[towerMoments2[i]];
    }
  }

  private INDArray stateView() {
    return network.getUpdater().getStateViewArray();
  }

  private static void requireFinite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new DivergedException();
      }
    }
  }

  /**
   * Examples {@code from … to} as inputs and labels of the graph.
   *
   * @param ids of all entries of {@code window}
   */
  MultiDataSet miniBatch(ExampleBlock window, int[] ids, int from, int to) {
    int n = to - from;
    int[][] deepIds = new int[n][fields];
    float[][][] weights = new float[n][embDim][fields];
    int[][] wideIds = new int[n][fields + 1];
    float[][][] wideWeights = new float[n][1][fields + 1];
    float[][] labels = new float[n][1];
    for (int r = 0; r < n; r++) {
      for (int f = 0; f < fields; f++) {
        int entry = (from + r) * fields + f;
        float weight = window.weights()[entry];
        deepIds[r][f] = ids[entry];
        wideIds[r][f] = ids[entry];
        wideWeights[r][0][f] = weight;
        for (int e = 0; e < embDim; e++) {
          weights[r][e][f] = weight;
        }
      }
      wideIds[r][fields] = capacity;
      wideWeights[r][0][fields] = 1f;
      labels[r][0] = window.labels()[from + r];
    }
    INDArray[] inputs = {
      Nd4j.createFromArray(deepIds),
      Nd4j.createFromArray(weights),
      Nd4j.createFromArray(wideIds),
      Nd4j.createFromArray(wideWeights)
    };
    return new org.nd4j.linalg.dataset.MultiDataSet(
        inputs, new INDArray[] {Nd4j.createFromArray(labels)});
  }

  /**
   * Probability of a click for each example; learns nothing.
   *
   * @throws DivergedException if one isn't a finite number
   */
  float[] predict(MultiDataSet miniBatch) {
    float[] predictions = network.outputSingle(miniBatch.getFeatures()).toFloatVector();
    requireFinite(predictions);
    return predictions;
  }
}
