package io.rivulet.trainer.export;

import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.EmbeddingTable;
import io.rivulet.trainer.model.ModelShape;
import io.rivulet.trainer.model.RowLayout;
import io.rivulet.trainer.model.TowerLayout;
import io.rivulet.trainer.model.WideDeepModel;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.OperatorSetIdProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.TensorShapeProto;
import onnx.Onnx.TypeProto;
import onnx.Onnx.ValueInfoProto;
import org.nd4j.shade.protobuf.ByteString;

/**
 * A model as an ONNX graph that has the keys of all rows and looks them up itself.
 *
 * <p>Inputs, for n examples of F fields: {@code keys} int64 [n, F] and {@code weights} float [n,
 * F]. Where fields can have several values: [n, K] for any K, with {@code fields} int64 [n, K] that
 * says whose value each is; what is too much of a row has weight 0. Output: {@code click} float
 * [n]. A key that has no row counts as weight 0.
 */
public final class OnnxExport {
  private static final int IR_VERSION = 7;
  private static final int OPSET = 13;
  private static final String ML = "ai.onnx.ml";
  private static final int ML_OPSET = 2;

  /** A file of protocol buffers can't be longer. */
  private static final long MAX_BYTES = Integer.MAX_VALUE;

  private static final String KEYS = "keys";
  private static final String WEIGHTS = "weights";
  private static final String FIELDS = "fields";
  private static final String CLICK = "click";

  private final WideDeepModel model;
  private final ModelShape shape;
  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("wide_and_deep");

  private OnnxExport(WideDeepModel model) {
    this.model = model;
    this.shape = model.settings().shape();
  }

  /**
   * Writes a model.
   *
   * @param pooled whether a field can have several values
   * @throws IllegalArgumentException if it is larger than such a file can be, 2 GiB
   */
  public static void write(WideDeepModel model, boolean pooled, OutputStream out)
      throws IOException {
    long bytes =
        (long) model.table().size()
                * (2 * Long.BYTES + Float.BYTES * (1L + model.settings().shape().embDim()))
            + (long) Float.BYTES * model.dense().tower.length;
    if (bytes > MAX_BYTES) {
      throw new IllegalArgumentException(
          "The model has "
              + model.table().size()
              + " rows, more than an ONNX file of 2 GiB holds; export its embeddings as Parquet");
    }
    new OnnxExport(model).build(pooled).writeTo(out);
  }

  private ModelProto build(boolean pooled) {
    graph.addInput(value(KEYS, TensorProto.DataType.INT64, "n", pooled ? "k" : null));
    graph.addInput(value(WEIGHTS, TensorProto.DataType.FLOAT, "n", pooled ? "k" : null));
    if (pooled) {
      graph.addInput(value(FIELDS, TensorProto.DataType.INT64, "n", "k"));
    }
    graph.addOutput(
        ValueInfoProto.newBuilder()
            .setName(CLICK)
            .setType(
                type(TensorProto.DataType.FLOAT, TensorShapeProto.newBuilder().addDim(dim("n")))));
    lookUp();
    node("Gather", "wide_weights", "wide_table", "rows");
    node("Mul", "wide_terms", "wide_weights", WEIGHTS);
    node("ReduceSum", "wide_sum", "wide_terms", longs("axis_1", 1))
        .addAttribute(integer("keepdims", 0));
    node("Gather", "embeddings", "embedding_table", "rows");
    node("Unsqueeze", "weight_columns", WEIGHTS, longs("axis_2", 2));
    if (pooled) {
      pool();
    } else {
      node("Mul", "weighted", "embeddings", "weight_columns");
      // Fields after these are in the wide part alone.
      node(
          "Slice",
          "by_field",
          "weighted",
          longs("first_field", 0),
          longs("deep_fields", shape.deepFields()),
          longs("field_axis", 1));
    }
    node("Reshape", "layer_0", "by_field", longs("input_shape", -1, shape.towerInput()));
    tower();
    node("Add", "logit_without_bias", "deep_sum", "wide_sum");
    node("Add", "logit", "logit_without_bias", floats("wide_bias", model.dense().wideBias[0]));
    node("Sigmoid", CLICK, "logit");
    return ModelProto.newBuilder()
        .setIrVersion(IR_VERSION)
        .setProducerName("Rivulet")
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain(ML).setVersion(ML_OPSET))
        .setGraph(graph)
        .build();
  }

  /** Rows of keys; that of one without a row is a row of zeros, which is last. */
  private void lookUp() {
    EmbeddingTable table = model.table();
    int rows = table.size();
    int embDim = shape.embDim();
    AttributeProto.Builder keys = AttributeProto.newBuilder().setName("keys_int64s");
    AttributeProto.Builder values = AttributeProto.newBuilder().setName("values_int64s");
    ByteBuffer wide = bytes((rows + 1) * Float.BYTES);
    ByteBuffer embeddings = bytes((rows + 1) * embDim * Float.BYTES);
    float[] row = new float[table.rowWidth()];
    for (int r = 0; r < rows; r++) {
      table.read(r, row, 0);
      keys.addInts(table.key(r));
      values.addInts(r);
      wide.putFloat(row[RowLayout.WIDE]);
      for (int e = 0; e < embDim; e++) {
        embeddings.putFloat(row[RowLayout.EMBEDDING + e]);
      }
    }
    tensor("wide_table", TensorProto.DataType.FLOAT, wide, rows + 1);
    tensor("embedding_table", TensorProto.DataType.FLOAT, embeddings, rows + 1, embDim);
    node("LabelEncoder", "rows", KEYS)
        .setDomain(ML)
        .addAttribute(keys.setType(AttributeProto.AttributeType.INTS))
        .addAttribute(values.setType(AttributeProto.AttributeType.INTS))
        .addAttribute(integer("default_int64", rows));
  }

  /**
   * Weighted sums by field: the weights as [n, F, K] times the embeddings [n, K, E]. Entries of
   * fields in the wide part alone are beyond the depth, so weigh nothing.
   */
  private void pool() {
    tensor("depth", TensorProto.DataType.INT64, bytes(Long.BYTES).putLong(shape.deepFields()));
    node("OneHot", "is_field", FIELDS, "depth", floats("off_on", 0f, 1f));
    node("Mul", "field_weights", "is_field", "weight_columns");
    node("Transpose", "weights_by_field", "field_weights")
        .addAttribute(
            AttributeProto.newBuilder()
                .setName("perm")
                .setType(AttributeProto.AttributeType.INTS)
                .addInts(0)
                .addInts(2)
                .addInts(1));
    node("MatMul", "by_field", "weights_by_field", "embeddings");
  }

  private void tower() {
    DenseState dense = model.dense();
    TowerLayout layout = shape.towerLayout();
    int last = layout.layers() - 1;
    for (int l = 0; l <= last; l++) {
      int in = layout.in(l);
      int out = layout.out(l);
      ByteBuffer weights = bytes(in * out * Float.BYTES);
      weights.asFloatBuffer().put(dense.tower, layout.weights(l), in * out);
      tensor("weights_" + l, TensorProto.DataType.FLOAT, weights, in, out);
      ByteBuffer biases = bytes(out * Float.BYTES);
      biases.asFloatBuffer().put(dense.tower, layout.biases(l), out);
      tensor("biases_" + l, TensorProto.DataType.FLOAT, biases, out);
      String sums = "sums_" + l;
      node("Gemm", sums, "layer_" + l, "weights_" + l, "biases_" + l);
      if (l < last) {
        node(activation(), "layer_" + (l + 1), sums);
      } else {
        node("Squeeze", "deep_sum", sums, longs("axis_last", 1));
      }
    }
  }

  private String activation() {
    return switch (shape.activation()) {
      case RELU -> "Relu";
      case TANH -> "Tanh";
      case SIGMOID -> "Sigmoid";
    };
  }

  /** Adds a node; what it gives has the node's name. */
  private NodeProto.Builder node(String operator, String output, String... inputs) {
    NodeProto.Builder node = graph.addNodeBuilder().setOpType(operator).setName(output);
    for (String input : inputs) {
      node.addInput(input);
    }
    return node.addOutput(output);
  }

  private String longs(String name, long... values) {
    ByteBuffer bytes = bytes(values.length * Long.BYTES);
    for (long value : values) {
      bytes.putLong(value);
    }
    return tensor(name, TensorProto.DataType.INT64, bytes, values.length);
  }

  private String floats(String name, float... values) {
    ByteBuffer bytes = bytes(values.length * Float.BYTES);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return tensor(name, TensorProto.DataType.FLOAT, bytes, values.length);
  }

  private String tensor(String name, TensorProto.DataType type, ByteBuffer content, long... dims) {
    TensorProto.Builder tensor =
        graph
            .addInitializerBuilder()
            .setName(name)
            .setDataType(type.getNumber())
            .setRawData(ByteString.copyFrom(content.array()));
    for (long dim : dims) {
      tensor.addDims(dim);
    }
    return name;
  }

  private static ByteBuffer bytes(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static AttributeProto integer(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  /** A matrix; without a name its columns are the fields. */
  private ValueInfoProto value(
      String name, TensorProto.DataType type, String rows, String columns) {
    TensorShapeProto.Dimension.Builder second =
        columns == null
            ? TensorShapeProto.Dimension.newBuilder().setDimValue(shape.fields())
            : dim(columns);
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(type(type, TensorShapeProto.newBuilder().addDim(dim(rows)).addDim(second)))
        .build();
  }

  private static TensorShapeProto.Dimension.Builder dim(String name) {
    return TensorShapeProto.Dimension.newBuilder().setDimParam(name);
  }

  private static TypeProto type(TensorProto.DataType type, TensorShapeProto.Builder shape) {
    return TypeProto.newBuilder()
        .setTensorType(TypeProto.Tensor.newBuilder().setElemType(type.getNumber()).setShape(shape))
        .build();
  }
}
