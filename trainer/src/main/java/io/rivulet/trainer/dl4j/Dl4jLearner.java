package io.rivulet.trainer.dl4j;

import io.rivulet.trainer.averaging.Learner;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.EmbeddingTable;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.spark.api.RDDTrainingApproach;
import org.deeplearning4j.spark.api.Repartition;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingMaster;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Learns with stock deeplearning4j-spark: a round of mini-batches is one call of its parameter
 * averaging, with one partition a worker. A window is cut as {@link
 * io.rivulet.trainer.averaging.OnlineLearner} cuts it.
 *
 * <p>What DL4J does differently: gradients and Adam are dense, so that every row moves with each
 * mini-batch as long as its moments last, and L2 is on the whole table; a round is averaged over
 * the workers that took part, whatever the number of their examples; predictions are made before
 * the round that learns from them. All keys of a window get their rows before its first round.
 *
 * <p>DL4J adds up the workers' parameters in the order in which they finish, so that from three
 * workers on the last bits of a float may differ between two runs.
 */
public final class Dl4jLearner implements Learner {
  private static final int FIRST_CAPACITY = 1 << 14;

  private final JavaSparkContext spark;
  private final WideDeepModel model;
  private final Admission admission;
  private final int firstCapacity;

  /** Holds a copy of the model while a window is learned; null before the first one. */
  private WideDeepGraph graph;

  private boolean changed;

  /** A learner that goes on with {@code model}. */
  public Dl4jLearner(JavaSparkContext spark, WideDeepModel model, Admission admission) {
    this(spark, model, admission, FIRST_CAPACITY);
  }

  /**
   * A learner that goes on with {@code model}.
   *
   * @param firstCapacity rows that its graph has room for at first; a power of two
   */
  Dl4jLearner(JavaSparkContext spark, WideDeepModel model, Admission admission, int firstCapacity) {
    this.spark = spark;
    this.model = model;
    this.admission = admission;
    this.firstCapacity = firstCapacity;
  }

  @Override
  public float[] learn(ExampleBlock window) {
    if (window.starts().length != 0) {
      throw new IllegalArgumentException(
          "engine dl4j needs one key a field; use engine sparse for multi-valued fields");
    }
    float[] predictions = new float[window.rows()];
    if (window.rows() == 0) {
      return predictions;
    }
    int[] ids = ids(window);
    ensureRoom();
    graph.load(model);
    learnRounds(window, ids, predictions);
    graph.store(model);
    changed = true;
    return predictions;
  }

  /** The table row of each entry; keys that are new get one. */
  private int[] ids(ExampleBlock window) {
    EmbeddingTable table = model.table();
    float[] first = new float[table.rowWidth()];
    int[] ids = new int[window.keys().length];
    for (int i = 0; i < ids.length; i++) {
      long key = admission.admit(window.field(i), window.keys()[i]);
      ids[i] = table.find(key);
      if (ids[i] < 0) {
        ids[i] = table.add(key);
        model.initialRow(key, first, 0);
        table.write(ids[i], first, 0);
      }
    }
    return ids;
  }

  private void ensureRoom() {
    int rows = model.table().size();
    if (graph == null || graph.capacity() < rows) {
      int capacity = firstCapacity;
      while (capacity < rows) {
        capacity = Math.multiplyExact(capacity, 2);
      }
      graph = new WideDeepGraph(model.settings(), capacity);
    }
  }

  private void learnRounds(ExampleBlock window, int[] ids, float[] predictions) {
    LearnerSettings settings = model.settings();
    int workerCount = settings.workers();
    int batch = settings.batchSize();
    long perRound = (long) batch * settings.averagingFrequency();
    int[] next = new int[workerCount];
    for (int w = 0; w < workerCount; w++) {
      next[w] = blockStart(window, w);
    }
    while (true) {
      List<List<MultiDataSet>> round = new ArrayList<>();
      for (int w = 0; w < workerCount; w++) {
        int end = (int) Math.min(blockStart(window, w + 1), next[w] + perRound);
        List<MultiDataSet> miniBatches = new ArrayList<>();
        while (next[w] < end) {
          int to = (int) Math.min(end, (long) next[w] + batch);
          MultiDataSet miniBatch = graph.miniBatch(window, ids, next[w], to);
          float[] p = graph.predict(miniBatch);
          System.arraycopy(p, 0, predictions, next[w], p.length);
          miniBatches.add(miniBatch);
          next[w] = to;
        }
        if (!miniBatches.isEmpty()) {
          round.add(miniBatches);
        }
      }
      if (round.isEmpty()) {
        return;
      }
      average(round);
    }
  }

  private int blockStart(ExampleBlock window, int worker) {
    return (int) ((long) window.rows() * worker / model.settings().workers());
  }

  /** Lets each worker learn its mini-batches from the same parameters and takes the mean. */
  private void average(List<List<MultiDataSet>> round) {
    DenseState dense = model.dense();
    int step = Math.toIntExact(dense.step);
    graph.network().getConfiguration().setIterationCount(step);
    SparkComputationGraph cluster =
        new SparkComputationGraph(spark, graph.network(), trainingMaster(step));
    spark.setJobGroup("rivulet-learn", "Learn: a round of " + round.size() + " workers", false);
    try {
      JavaRDD<MultiDataSet> data = spark.parallelize(round, round.size()).flatMap(List::iterator);
      cluster.fitMultiDataSet(data);
    } finally {
      spark.clearJobGroup();
    }
    dense.step += round.stream().mapToInt(List::size).max().orElseThrow();
  }

  private ParameterAveragingTrainingMaster trainingMaster(int step) {
    LearnerSettings settings = model.settings();
    return new ParameterAveragingTrainingMaster.Builder(settings.workers(), settings.batchSize())
        .batchSizePerWorker(settings.batchSize())
        .averagingFrequency(settings.averagingFrequency())
        .workerPrefetchNumBatches(0)
        .saveUpdater(true)
        .rddTrainingApproach(RDDTrainingApproach.Direct)
        .repartionData(Repartition.Never)
        .storageLevel(null)
        .trainingHooks(new RoundHook(settings.seed(), step))
        .build();
  }

  @Override
  public WideDeepModel model() {
    return model;
  }

  @Override
  public int[] takeChangedRows() {
    int[] rows = changed ? IntStream.range(0, tableRows()).toArray() : new int[0];
    changed = false;
    return rows;
  }

  @Override
  public int tableRows() {
    return model.table().size();
  }

  @Override
  public void close() {
    graph = null;
  }
}
