package io.rivulet.app.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.app.UserError;
import io.rivulet.app.callback.Callback;
import io.rivulet.app.callback.CommittedWindow;
import io.rivulet.app.callback.EvalCallBack;
import io.rivulet.app.callback.LossMonitor;
import io.rivulet.app.callback.RunContext;
import io.rivulet.app.generate.ClickGenerator;
import io.rivulet.app.settings.Settings;
import io.rivulet.trainer.store.ModelStore;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code onlineTrain} takes and refuses, without Kafka. */
@Timeout(120)
class RecModelTest {
  private static final int BATCH_ROWS = 100;

  private static SparkSession spark;

  @TempDir Path directory;

  @BeforeAll
  static void start() {
    spark =
        SparkSession.builder()
            .appName("RecModelTest")
            .master("local[2]")
            .config("spark.ui.enabled", false)
            .config("spark.sql.shuffle.partitions", 2)
            .config("spark.sql.codegen.wholeStage", false)
            .getOrCreate();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  /** An endless stream of the same click, as a user's own source may give it. */
  private static Dataset<Row> stream() {
    String click = new ClickGenerator(1, 0).click(0).line();
    return spark
        .readStream()
        .format("rate-micro-batch")
        .option("rowsPerBatch", BATCH_ROWS)
        .option("numPartitions", 1)
        .load()
        .selectExpr(
            "'clicks' as topic",
            "0 as partition",
            "value as offset",
            "cast('" + click + "' as binary) as value",
            "timestamp");
  }

  private static Dataset<Row> bounded() {
    return spark.range(1).selectExpr("'clicks' as topic", "0 as partition", "id as offset");
  }

  private Path store() {
    return directory.resolve("store");
  }

  private RecModel model() {
    return RecModel.of(
        spark,
        Map.of(
            "store.path",
            store().toString(),
            "emb_dim",
            "4",
            "deep_layer_dim",
            "[16, 8]",
            "batch_size",
            "50"));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0})
  void aSinkSizeBelowOneIsRefused(int sinkSize) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> model().onlineTrain(stream(), List.of(), true, sinkSize))
        .withMessageContaining("The input value must be int and must > 0")
        .withMessageContaining(Integer.toString(sinkSize));
  }

  @Test
  void aSinkSizeAboveOneIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> model().onlineTrain(stream(), List.of(), true, 100))
        .withMessage("The sink_size parameter only support value of 1 currently, but got: 100");
  }

  @ParameterizedTest
  @CsvSource({"true, 1", "false, 1", "false, 0", "false, -1", "false, 100"})
  void outsideSinkModeTheSinkSizeIsNotLookedAt(boolean sinkMode, int sinkSize) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> model().onlineTrain(bounded(), List.of(), sinkMode, sinkSize))
        .withMessageContaining("bounded");
  }

  @Test
  void aBoundedDatasetIsRefusedHoweverItIsCalled() {
    RecModel model = model();
    Callback callback = new LossMonitor();
    List<ThrowingCallable> calls =
        List.of(
            () -> model.onlineTrain(bounded()),
            () -> model.onlineTrain(bounded(), callback),
            () -> model.onlineTrain(bounded(), List.of(callback)),
            () -> model.onlineTrain(bounded(), List.of(callback), false),
            () -> model.onlineTrain(bounded(), List.of(callback), true, 1));

    assertThat(calls)
        .allSatisfy(
            call ->
                assertThatThrownBy(call)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("learns from a stream, which has no end")
                    .hasMessageContaining("this Dataset is bounded")
                    .hasMessageContaining("spark.readStream()"));
    assertThat(store()).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({"topic, string", "partition, int", "offset, bigint", "value, binary"})
  void aMissingColumnIsRefusedWithItsType(String column, String type) {
    RecModel model = model();
    for (int i = 0; i < 2; i++) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> model.onlineTrain(stream().drop(column)))
          .withMessageContaining("needs a column " + column + " of type " + type);
    }
    assertThat(store()).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "topic, binary, string",
    "partition, bigint, int",
    "offset, int, bigint",
    "value, string, binary"
  })
  void aColumnOfAnotherTypeIsRefused(String column, String wrong, String type) {
    Dataset<Row> stream = stream().withColumn(column, functions.col(column).cast(wrong));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> model().onlineTrain(stream))
        .withMessageContaining("needs a column " + column + " of type " + type)
        .withMessageContaining(column + ":" + wrong);
    assertThat(store()).doesNotExist();
  }

  @Test
  void aKeyOfAnotherTypeIsRefused() {
    Dataset<Row> stream = stream().withColumn("key", functions.lit("text"));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> model().onlineTrain(stream))
        .withMessageContaining("needs a column key of type binary");
    assertThat(store()).doesNotExist();
  }

  @Test
  void anyStreamWithTheseColumnsIsLearned() {
    Callback twoWindows =
        new Callback() {
          @Override
          public void windowEnd(RunContext context, CommittedWindow window) {
            if (window.window() == 2) {
              context.requestStop();
            }
          }
        };
    model().onlineTrain(stream(), List.of(twoWindows), false);

    ModelStore.Verification found =
        ModelStore.open(store().toString(), new Configuration()).verify();
    assertThat(found.versions()).isEqualTo(2);
    assertThat(found.trained()).isEqualTo(2 * BATCH_ROWS);
    assertThat(found.quarantined()).isZero();
  }

  @Test
  void sinkModeIsABooleanAndNothingElse() {
    List<Method> withSinkMode =
        Arrays.stream(RecModel.class.getMethods())
            .filter(m -> m.getName().equals("onlineTrain") && m.getParameterCount() > 2)
            .toList();

    assertThat(withSinkMode)
        .hasSize(2)
        .allSatisfy(m -> assertThat(m.getParameterTypes()[2]).isEqualTo(boolean.class));
    assertThatThrownBy(() -> Settings.of(Map.of("dataset_sink_mode", "valid")))
        .isInstanceOf(UserError.class)
        .hasMessage("dataset_sink_mode must be true or false, not 'valid'");
  }

  @Test
  void stoppingWhatDoesNotRunDoesNothing() {
    RecModel model = model();
    model.stop();

    assertThatIllegalArgumentException().isThrownBy(() -> model.onlineTrain(bounded()));
    assertThat(store()).doesNotExist();
  }

  @Test
  void heldOutEventsAreBoundedAndScoredEverySoManyWindows() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new EvalCallBack(bounded(), 0))
        .withMessage("print_per_step must be int and > 0, but got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new EvalCallBack(stream()))
        .withMessageContaining("must be bounded");
    assertThatIllegalStateException()
        .isThrownBy(() -> new EvalCallBack(bounded()).newest())
        .withMessage("Nothing was scored yet");
  }
}
