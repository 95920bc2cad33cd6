package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.app.settings.Settings;
import io.rivulet.trainer.averaging.StepTimes;
import io.rivulet.trainer.averaging.WireFormat;
import io.rivulet.trainer.averaging.WorkerTask;
import io.rivulet.trainer.averaging.WorkerUpdate;
import io.rivulet.trainer.metrics.QualityMeter;
import io.rivulet.trainer.model.Activation;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.ModelShape;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.model.WorkingSet;
import io.rivulet.trainer.store.EpochTerms;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.OpenMode;
import io.rivulet.trainer.store.PartitionOffset;
import io.rivulet.trainer.store.StoreWriter;
import io.rivulet.trainer.store.TrainedWindow;
import io.rivulet.trainer.store.WindowPlan;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CostModelTest {
  private static final ModelShape SHAPE = new ModelShape(2, 1, List.of(3), Activation.RELU);

  /** Distinct keys of a window of 8 rows: 16 entries at most, and 100 keys in the table. */
  private static final KeyGrowth KEYS = new KeyGrowth(2, 100, 12, 8);

  @TempDir Path directory;

  /** One worker whose round is the window. */
  private static CostModel oneRound() {
    return new CostModel(SHAPE, 4, 2, 1, 8, KEYS);
  }

  @Test
  void countsParametersAndOperationsByHand() {
    CostModel cost = oneRound();

    // Row: wide, z, n, one component, two moments. Tower: 2 → 3 → 1.
    assertThat(cost.rowBytes()).isEqualTo(4 * 6);
    assertThat(cost.parameters()).isEqualTo((2 + 1) * 3 + (3 + 1));
    assertThat(cost.products()).isEqualTo(2 * 3 + 3);
    assertThat(cost.productFlops()).isEqualTo(6 * 9);
    // A mini-batch of 4 rows touches at most its 8 entries; 12 · (4 / 8)^0.75 is less.
    double touched = 12 * Math.pow(0.5, 0.75);
    assertThat(cost.otherFlops()).isEqualTo(4 * 2 + 12 * (13 + touched) / 4);
    assertThat(cost.rowFlops()).isEqualTo(cost.productFlops() + cost.otherFlops());
  }

  @Test
  void aWindowIsCutIntoBlocksAndTheseIntoRounds() {
    CostModel cost = new CostModel(SHAPE, 10, 5, 3, 400, KEYS);

    // 134 rows a worker, 50 a round.
    assertThat(cost.rounds()).isEqualTo(3);
    assertThat(cost.roundRows()).isEqualTo(50);
    assertThat(new CostModel(SHAPE, 100, 5, 3, 400, KEYS).roundRows()).isEqualTo(134);
  }

  @Test
  void messagesAreAsLongAsTheWireFormatMakesThem() {
    CostModel cost = oneRound();
    float[] rows = new float[12 * 6];
    WorkingSet set =
        new WorkingSet(
            8,
            2,
            new float[8],
            new int[16],
            new float[16],
            new int[0],
            new int[0],
            1f,
            12,
            6,
            rows);
    DenseState dense = DenseState.zeros(SHAPE);
    WorkerUpdate update =
        new WorkerUpdate(0, 8, rows, rows.length, dense, new float[8], true, StepTimes.NONE);

    assertThat(cost.taskBytes()).isEqualTo(WireFormat.encode(new WorkerTask(0, set)).length);
    assertThat(cost.denseBytes()).isEqualTo(WireFormat.encode(dense).length);
    assertThat(cost.updateBytes()).isEqualTo(WireFormat.encode(update).length);
    assertThat(cost.roundBytes())
        .isEqualTo(cost.taskBytes() + cost.denseBytes() + cost.updateBytes());
    assertThat(cost.windowBytes()).isEqualTo(8 * (4 + 12 * 2) + cost.roundBytes());
  }

  @Test
  void aRoundGoesToEveryWorker() {
    CostModel two = new CostModel(SHAPE, 4, 1, 2, 8, KEYS);

    assertThat(two.roundBytes())
        .isEqualTo(2 * (two.taskBytes() + two.denseBytes() + two.updateBytes()));
  }

  @Test
  void theTableHasWholePagesAndSlotsForEverySegment() {
    // Four keys a segment fit eight slots; five don't in the lower half of the segments.
    assertThat(CostModel.slots(4 * 1024)).isEqualTo(1024 * 8);
    assertThat(CostModel.slots(5 * 1024)).isEqualTo(512 * 16 + 512 * 8);

    // Rows of 6 floats: 32,768 on a page of 2^18 floats.
    assertThat(oneRound().tableBytes()).isEqualTo(32_768 * (24 + 12) + 1024 * 8 * 12);
  }

  @Test
  void memoryGrowsWithWhatIsHeld() {
    CostModel one = oneRound();
    CostModel larger = new CostModel(SHAPE, 4, 2, 1, 8, new KeyGrowth(2, 50_000_000, 12, 8));
    CostModel more = new CostModel(SHAPE, 4, 2, 4, 32, new KeyGrowth(2, 100, 48, 32));

    long process = 512L << 20;
    assertThat(one.driverBytes()).isGreaterThan(process + one.tableBytes());
    assertThat(larger.driverBytes() - one.driverBytes())
        .isGreaterThan(larger.tableBytes() - one.tableBytes());
    assertThat(more.driverBytes()).isGreaterThan(one.driverBytes());
    // Task 48 + 32 + 128 + 288, update 60 + 288 + 32 + 192, dense 36 + 156; mini-batch 4 × (5 + 6).
    assertThat(one.workerBytes())
        .isEqualTo(process + 3 * 496 + 572 + 3 * 192 + 16 * 13 + 4 * 4 * (5 + 2 * 3));
  }

  @Test
  void commitsAreAsLargeAsTheStoreWritesThem() {
    Settings settings =
        Settings.defaults()
            .with(Settings.EMB_DIM, "2")
            .with(Settings.DEEP_LAYER_DIM, "[4]")
            .with(Settings.WINDOW_ROWS, "8");
    LearnerSettings learner = settings.learner();
    WideDeepModel model = new WideDeepModel(learner);
    for (long key = 0; key < 100; key++) {
      model.table().add(key);
    }
    StoreWriter store =
        StoreWriter.open(
            directory.resolve("store").toString(),
            new Configuration(),
            OpenMode.GO_ON,
            new EpochTerms(learner, "none", 65_536, "tsv", "tsv"),
            50,
            2);
    KeyGrowth keys = new KeyGrowth(39, 100, 12, 8);
    CostModel cost = new CostModel(learner.shape(), 4, 2, 1, 8, keys);

    assertThat(dataBytes(commit(store, model, 0))).isEqualTo(cost.snapshotBytes());
    assertThat(dataBytes(commit(store, model, 12))).isEqualTo(cost.commitBytes(1));
  }

  private static Manifest commit(StoreWriter store, WideDeepModel model, int changed) {
    long next =
        store.plannedOffsets().stream().mapToLong(PartitionOffset::next).findFirst().orElse(0);
    WindowPlan plan = store.plan("kafka", List.of(new OffsetRange("clicks", 0, next, next + 8)));
    return store.commit(
        model,
        IntStream.range(0, changed).toArray(),
        List.of(new TrainedWindow(plan, store.epoch().epoch(), 8, 0)),
        new QualityMeter().quality());
  }

  private static long dataBytes(Manifest manifest) {
    return manifest.dense().bytes() + manifest.rows().bytes();
  }
}
