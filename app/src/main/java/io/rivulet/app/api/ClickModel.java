package io.rivulet.app.api;

import io.rivulet.app.train.FeatureStage;
import io.rivulet.features.ClickFeaturesModel;
import io.rivulet.features.EventParser;
import io.rivulet.features.FittedFeatures;
import io.rivulet.features.RawEvents;
import io.rivulet.features.WireForm;
import io.rivulet.scorer.StoreFeatures;
import io.rivulet.trainer.averaging.Predictor;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.store.Epoch;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.StoreException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * A version of a model as a stage of MLlib, which adds the column {@value #PROBABILITY}, double:
 * the probability of a click. In a notebook, together with the features:
 *
 * <pre>{@code
 * PipelineModel clicks = ClickModel.pipeline(spark, "model");
 * clicks.transform(events).select("probability").show();
 * clicks.write().save("clicks");
 * PipelineModel again = PipelineModel.load("clicks");
 * }</pre>
 *
 * <p>{@code events} has a column for each field of the schema, as it is named there: numbers for
 * dense fields, texts for categories, arrays of texts for fields with several values.
 */
public final class ClickModel extends Model<ClickModel> implements MLWritable {
  private static final long serialVersionUID = 1L;

  /** The column that is added. */
  public static final String PROBABILITY = "probability";

  private static final String STORE = "store";
  private static final int BLOCK_ROWS = 1000;

  private final String uid;
  private final String store;
  private final long version;

  private ClickModel(String uid, String store, long version) {
    this.uid = uid;
    this.store = store;
    this.version = version;
  }

  /**
   * The version of a store that is served, or else its newest.
   *
   * @param store any path that Hadoop's file systems know; executors read it, too
   * @throws StoreException if there is none
   */
  public static ClickModel of(SparkSession spark, String store) {
    ModelStore models = ModelStore.open(store, spark.sparkContext().hadoopConfiguration());
    Manifest manifest =
        models
            .newestPublished()
            .or(models::newest)
            .orElseThrow(
                () -> new StoreException(models.location() + " has no committed version yet"));
    return new ClickModel("clickModel_" + UUID.randomUUID(), models.location(), manifest.version());
  }

  /** The same after the features that it was learned with. */
  public static PipelineModel pipeline(SparkSession spark, String store) {
    ClickModel model = of(spark, store);
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    ClickFeaturesModel features = ClickFeaturesModel.of(model.loaded(hadoop).features());
    Dataset<Row> none =
        EventParser.parsed(
            spark.createDataFrame(List.of(), RawEvents.TYPE),
            features.spec().schema(),
            WireForm.TSV,
            1);
    return new Pipeline().setStages(new PipelineStage[] {features, model}).fit(none);
  }

  /** Reads what {@link #write} wrote. */
  public static ClickModel load(String path) {
    return read().load(path);
  }

  /** MLlib's way to read; pipelines use it. */
  public static MLReader<ClickModel> read() {
    return new Reader();
  }

  @Override
  public String uid() {
    return uid;
  }

  /** Number of the version. */
  public long version() {
    return version;
  }

  @Override
  public Dataset<Row> transform(Dataset<?> features) {
    StructType output = transformSchema(features.schema());
    return features.toDF().mapPartitions(new Scoring(this), Encoders.row(output));
  }

  @Override
  public StructType transformSchema(StructType features) {
    for (String column : List.of("keys", "weights", "fields")) {
      features.fieldIndex(column);
    }
    return features.add(PROBABILITY, DataTypes.DoubleType, false);
  }

  @Override
  public ClickModel copy(ParamMap extra) {
    return copyValues(new ClickModel(uid, store, version), extra).setParent(parent());
  }

  /** A version that is in memory; read once in a JVM, and never changed. */
  private record Loaded(WideDeepModel model, FittedFeatures features) {
    private static final Map<String, Loaded> ALL = new HashMap<>();
  }

  private Loaded loaded(Configuration hadoop) {
    ModelStore models = ModelStore.open(store, hadoop);
    Manifest manifest = models.version(version);
    String name = manifest.rows().sha256() + manifest.dense().sha256();
    synchronized (Loaded.ALL) {
      Loaded found = Loaded.ALL.get(name);
      if (found == null) {
        Epoch epoch = models.epoch(manifest.epoch());
        found =
            new Loaded(
                models.load(manifest, epoch.learner()), StoreFeatures.of(store, epoch, hadoop));
        // One at a time: a model may be large.
        Loaded.ALL.clear();
        Loaded.ALL.put(name, found);
      }
      return found;
    }
  }

  private static final class Scoring implements MapPartitionsFunction<Row, Row> {
    private static final long serialVersionUID = 1L;

    private final String store;
    private final long version;

    Scoring(ClickModel model) {
      this.store = model.store;
      this.version = model.version;
    }

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      Configuration hadoop = SparkHadoopUtil.get().newConfiguration(SparkEnv.get().conf());
      Loaded loaded = new ClickModel("", store, version).loaded(hadoop);
      Admission admission = StoreFeatures.admission(loaded.features());
      int fieldCount = loaded.features().fieldCount();
      return new Iterator<>() {
        private Iterator<Row> scored = List.<Row>of().iterator();

        @Override
        public boolean hasNext() {
          return scored.hasNext() || rows.hasNext();
        }

        @Override
        public Row next() {
          if (!scored.hasNext()) {
            List<Row> block = new ArrayList<>();
            while (rows.hasNext() && block.size() < BLOCK_ROWS) {
              block.add(rows.next());
            }
            try (Predictor predictor = new Predictor(loaded.model(), admission)) {
              scored = scored(block, predictor, fieldCount).iterator();
            }
          }
          return scored.next();
        }
      };
    }

    private static List<Row> scored(List<Row> rows, Predictor predictor, int fieldCount) {
      float[] probabilities = predictor.predict(block(rows, fieldCount));
      List<Row> scored = new ArrayList<>();
      for (int r = 0; r < probabilities.length; r++) {
        Row row = rows.get(r);
        Object[] values = new Object[row.size() + 1];
        for (int i = 0; i < row.size(); i++) {
          values[i] = row.get(i);
        }
        values[row.size()] = (double) probabilities[r];
        scored.add(RowFactory.create(values));
      }
      return scored;
    }

    private static ExampleBlock block(List<Row> rows, int fieldCount) {
      int keysAt = rows.get(0).fieldIndex("keys");
      int weightsAt = rows.get(0).fieldIndex("weights");
      int fieldsAt = rows.get(0).fieldIndex("fields");
      boolean pooled = !rows.get(0).isNullAt(fieldsAt);
      int entries = rows.stream().mapToInt(row -> row.getList(keysAt).size()).sum();
      long[] keys = new long[entries];
      float[] weights = new float[entries];
      int[] fields = new int[pooled ? entries : 0];
      int[] starts = new int[pooled ? rows.size() + 1 : 0];
      int at = 0;
      for (int r = 0; r < rows.size(); r++) {
        List<Long> rowKeys = rows.get(r).getList(keysAt);
        List<Float> rowWeights = rows.get(r).getList(weightsAt);
        for (int i = 0; i < rowKeys.size(); i++) {
          keys[at + i] = rowKeys.get(i);
          weights[at + i] = rowWeights.get(i);
          if (pooled) {
            fields[at + i] = rows.get(r).<Integer>getList(fieldsAt).get(i);
          }
        }
        at += rowKeys.size();
        if (pooled) {
          starts[r + 1] = at;
        }
      }
      return new ExampleBlock(fieldCount, new float[rows.size()], keys, weights, starts, fields);
    }
  }

  @Override
  public MLWriter write() {
    return new Writer(this);
  }

  private static final class Writer extends MLWriter {
    private final ClickModel model;

    Writer(ClickModel model) {
      this.model = model;
    }

    @Override
    public void saveImpl(String path) {
      DefaultParamsWriter.saveMetadata(
          model, path, sc(), scala.Option.empty(), scala.Option.empty());
      ModelStore models = ModelStore.open(model.store, sc().hadoopConfiguration());
      String target = path + "/" + STORE;
      models.copyTo(models.version(model.version), target);
      FeatureStage.copyAll(sparkSession(), model.store, target);
    }
  }

  private static final class Reader extends MLReader<ClickModel> {
    @Override
    public ClickModel load(String path) {
      String uid = DefaultParamsReader.loadMetadata(path, sc(), ClickModel.class.getName()).uid();
      ModelStore models = ModelStore.open(path + "/" + STORE, sc().hadoopConfiguration());
      return new ClickModel(uid, models.location(), models.newestNumber());
    }
  }
}
