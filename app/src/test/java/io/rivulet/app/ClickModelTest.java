package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.rivulet.app.api.ClickModel;
import io.rivulet.features.EventParser;
import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.RawEvents;
import io.rivulet.features.Schema;
import io.rivulet.features.WireForm;
import io.rivulet.trainer.metrics.QualityMeter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store's version as a notebook uses it. */
class ClickModelTest {
  private static final int LEARNED = 2000;
  private static final int SCORED = 1500;

  @TempDir Path directory;

  private static Dataset<Row> events(SparkSession spark, List<String> lines) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      byte[] value = lines.get(i).getBytes(StandardCharsets.UTF_8);
      rows.add(RowFactory.create("clicks", 0, (long) i, null, value));
    }
    return EventParser.parsed(
        spark.createDataFrame(rows, RawEvents.TYPE),
        Schema.criteo(Scaling.BUCKETS),
        WireForm.TSV,
        1 << 16);
  }

  private static float[] probabilities(Dataset<Row> scored) {
    List<Row> rows = scored.orderBy("offset").select(ClickModel.PROBABILITY).collectAsList();
    float[] values = new float[rows.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) rows.get(i).getDouble(0);
    }
    return values;
  }

  @Test
  void aPipelineScoresAsEvaluateDoesAlsoAfterItWasSaved() throws IOException {
    List<String> clicks = Rivulet.clicks(LEARNED + SCORED);
    Path file = Rivulet.write(directory.resolve("clicks.tsv"), clicks.subList(0, LEARNED));
    List<String> later = clicks.subList(LEARNED, LEARNED + SCORED);
    String store = directory.resolve("store").toString();
    Rivulet.succeed(
        Rivulet.args(
            List.of("train", "--source", "files", "--store", store, file.toString()),
            Rivulet.SMALL));
    JsonNode expected =
        Rivulet.succeed(
                "evaluate",
                "--store",
                store,
                Rivulet.write(directory.resolve("later.tsv"), later).toString())
            .json();

    try (SparkSession spark = Sessions.create("test")) {
      PipelineModel pipeline = ClickModel.pipeline(spark, store);
      float[] scores = probabilities(pipeline.transform(events(spark, later)));
      QualityMeter meter = new QualityMeter();
      float[] labels = new float[SCORED];
      for (int i = 0; i < SCORED; i++) {
        labels[i] = later.get(i).startsWith("1") ? 1f : 0f;
      }
      meter.add(labels, scores, 0);
      assertThat(meter.quality().auc()).isCloseTo(expected.get("auc").asDouble(), within(1e-4));
      assertThat(meter.quality().logloss())
          .isCloseTo(expected.get("logloss").asDouble(), within(1e-4));

      String saved = directory.resolve("saved").toString();
      pipeline.write().save(saved);
      PipelineModel again = PipelineModel.load(saved);
      assertThat(probabilities(again.transform(events(spark, later)))).isEqualTo(scores);
    }
  }
}
