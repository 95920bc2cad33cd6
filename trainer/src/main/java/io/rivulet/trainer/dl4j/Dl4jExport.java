package io.rivulet.trainer.dl4j;

import io.rivulet.trainer.model.EmbeddingTable;
import io.rivulet.trainer.model.WideDeepModel;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;

/**
 * A model as DL4J's zip of a ComputationGraph, which has nothing but DL4J's own classes in it. Its
 * inputs are those of {@code engine: dl4j}: {@code ids} [n × F], {@code weights} [n × E × F, each
 * repeated], {@code wideIds} [n × (F + 1)], whose last is the number of rows + 1, and {@code
 * wideWeights} [n × 1 × (F + 1)], whose last is 1. An id is the number of a key's row; a key
 * without one has the id after the last.
 */
public final class Dl4jExport {
  private Dl4jExport() {}

  /**
   * Writes a model.
   *
   * @param zip gets the graph
   * @param keys gets the keys in the order of their ids, one a line, as decimal numbers
   * @throws IllegalStateException if DL4J can't hold so many rows
   */
  public static void write(WideDeepModel model, OutputStream zip, OutputStream keys)
      throws IOException {
    EmbeddingTable table = model.table();
    int capacity = table.size() + 1;
    WideDeepGraph learned = new WideDeepGraph(model.settings(), capacity);
    learned.load(model);
    ComputationGraph network =
        new ComputationGraph(new NetworkBuilder(model.settings(), capacity).buildForPrediction());
    network.init(learned.network().params(), false);
    ModelSerializer.writeModel(network, zip, false);
    StringBuilder lines = new StringBuilder();
    for (int row = 0; row < table.size(); row++) {
      lines.append(table.key(row)).append('\n');
      if (lines.length() > 1 << 16 || row == table.size() - 1) {
        keys.write(lines.toString().getBytes(StandardCharsets.UTF_8));
        lines.setLength(0);
      }
    }
  }
}
