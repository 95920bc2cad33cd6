package io.rivulet.app.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.rivulet.app.UserError;
import io.rivulet.app.kafka.Topics;
import io.rivulet.trainer.store.OffsetRange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.execution.streaming.CheckpointFileManager.CancellableFSDataOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Windows of the micro-batches that Spark's log plans; none of their rows is looked at. */
class WindowCutterTest {
  private static final Duration LONG = Duration.ofDays(1);

  private final Path checkpoint = new Path("/no/such/folder/cutter");
  private final List<List<OffsetRange>> read = new ArrayList<>();
  private final List<List<OffsetRange>> windows = new ArrayList<>();
  private final List<Double> rates = new ArrayList<>();
  private final StopSignal stop = new StopSignal(0, Duration.ZERO);
  private final Map<TopicPartition, Long> start = new TreeMap<>(Topics.BY_NAME);
  private Overload overload = new Overload(Overload.Policy.KEEP, 1, 0.5, Duration.ZERO);
  private long behind;
  private long batch;

  private boolean remade;
  private boolean failing;

  private final WindowCutter.Broker broker =
      new WindowCutter.Broker() {
        @Override
        public long earliest(TopicPartition partition) {
          return 7;
        }

        @Override
        public long behind(Map<TopicPartition, Long> next) {
          return behind;
        }

        @Override
        public void requireSameTopics() {
          if (remade) {
            throw new UserError("another topic");
          }
        }
      };

  private final WindowSink sink =
      new WindowSink() {
        @Override
        public void read(List<OffsetRange> ranges, Dataset<Row> events) {
          read.add(ranges);
        }

        @Override
        public void accept(List<OffsetRange> window, double negativeRate) {
          windows.add(window);
          if (failing) {
            throw new IllegalStateException("The disk is full");
          }
          rates.add(negativeRate);
        }

        @Override
        public void leaveOut(String source, List<OffsetRange> ranges) {
          throw new AssertionError("Only the source leaves out events");
        }

        @Override
        public void check() {
          // Nothing fails here.
        }
      };

  @BeforeEach
  void startOfTwoPartitions() {
    start.put(new TopicPartition("a", 0), 100L);
    start.put(new TopicPartition("a", 1), 0L);
  }

  @AfterEach
  void forget() {
    CheckpointInMemory.forget(checkpoint);
  }

  private WindowCutter cutter(long rows, long leastRead, Duration flush) {
    return new WindowCutter(
        checkpoint,
        new WindowCutter.Limits(rows, leastRead, flush),
        start,
        false,
        broker,
        overload,
        sink,
        stop);
  }

  /** Lets Spark plan a batch up to these offsets, and run it. */
  private void batch(WindowCutter cutter, String ends) throws IOException, InterruptedException {
    try (CancellableFSDataOutputStream log =
        new CheckpointInMemory(checkpoint, new Configuration(false))
            .createAtomic(new Path(checkpoint, "offsets/" + batch), false)) {
      log.write(("v1\n{}\n" + ends).getBytes(StandardCharsets.UTF_8));
    }
    cutter.batch(null, batch);
    batch++;
  }

  private static OffsetRange range(int partition, long from, long until) {
    return new OffsetRange("a", partition, from, until);
  }

  private static long rows(List<OffsetRange> window) {
    return window.stream().mapToLong(OffsetRange::length).sum();
  }

  @Test
  void aBatchIsCutIntoFullWindowsAndTheRestWaitsForTheNext() throws Exception {
    WindowCutter cutter = cutter(100, 10, LONG);

    batch(cutter, "{\"a\": {\"0\": 260, \"1\": 80}}");
    batch(cutter, "{\"a\": {\"0\": 260, \"1\": 141}}");

    assertThat(read)
        .containsExactly(
            List.of(range(0, 100, 260), range(1, 0, 80)),
            List.of(range(0, 260, 260), range(1, 80, 141)));
    // 160 and 80 events wait, then 94 and 46, then 27 and 13 and 61 more.
    assertThat(windows)
        .containsExactly(
            List.of(range(0, 100, 166), range(1, 0, 34)),
            List.of(range(0, 166, 233), range(1, 34, 67)),
            List.of(range(0, 233, 259), range(1, 67, 141)));
  }

  @Test
  void noWindowIsCutOutOfATopicThatWasMadeAgain() throws Exception {
    WindowCutter cutter = cutter(50, 10, LONG);
    batch(cutter, "{\"a\": {\"0\": 150, \"1\": 0}}");

    remade = true;

    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> batch(cutter, "{\"a\": {\"0\": 250, \"1\": 0}}"));
    assertThat(windows).hasSize(1);
  }

  @Test
  void eventsAreSharedExactlyAndEachIsInOneWindow() throws Exception {
    start.put(new TopicPartition("a", 2), 5L);
    WindowCutter cutter = cutter(7, 1, LONG);

    batch(cutter, "{\"a\": {\"0\": 131, \"1\": 1, \"2\": 18}}");
    batch(cutter, "{\"a\": {\"0\": 131, \"1\": 90, \"2\": 19}}");

    assertThat(windows).allSatisfy(window -> assertThat(rows(window)).isEqualTo(7));
    long[] next = {100, 0, 5};
    for (List<OffsetRange> window : windows) {
      for (OffsetRange range : window) {
        assertThat(range.from()).isEqualTo(next[range.partition()]);
        next[range.partition()] = range.until();
      }
    }
    assertThat(131 + 90 + 19 - next[0] - next[1] - next[2]).isBetween(0L, 6L);
  }

  @Test
  void theFirstWindowNamesAllPartitionsAndOthersOnlyTheirs() throws Exception {
    WindowCutter cutter = cutter(50, 10, LONG);

    batch(cutter, "{\"a\": {\"0\": 200, \"1\": 0}}");

    assertThat(windows)
        .containsExactly(List.of(range(0, 100, 150), range(1, 0, 0)), List.of(range(0, 150, 200)));
  }

  @Test
  void aPartitionThatIsNewBeginsAtItsEarliestEvent() throws Exception {
    WindowCutter cutter = cutter(50, 10, LONG);

    batch(cutter, "{\"a\": {\"0\": 150, \"1\": 0}}");
    batch(cutter, "{\"a\": {\"0\": 150, \"1\": 0, \"2\": 57}}");

    assertThat(windows.get(1)).containsExactly(range(2, 7, 57));
  }

  @Test
  void whenSparkDidNotWaitForMoreTheRestIsAWindow() throws Exception {
    WindowCutter cutter = cutter(100, 25, LONG);

    batch(cutter, "{\"a\": {\"0\": 150, \"1\": 0}}");
    assertThat(windows).isEmpty();

    batch(cutter, "{\"a\": {\"0\": 150, \"1\": 24}}");
    assertThat(windows).containsExactly(List.of(range(0, 100, 150), range(1, 0, 24)));
  }

  @Test
  void whatWaitsTooLongIsAWindow() throws Exception {
    WindowCutter patient = cutter(100, 1, LONG);
    batch(patient, "{\"a\": {\"0\": 150, \"1\": 0}}");
    patient.flushIfDue();
    assertThat(windows).isEmpty();

    CheckpointInMemory.forget(checkpoint);
    batch = 0;
    WindowCutter impatient = cutter(100, 1, Duration.ZERO);
    batch(impatient, "{\"a\": {\"0\": 150, \"1\": 0}}");
    impatient.flushIfDue();
    assertThat(windows).containsExactly(List.of(range(0, 100, 150), range(1, 0, 0)));
    impatient.flushIfDue();
    assertThat(windows).hasSize(1);
  }

  @Test
  void noWindowFollowsOneThatTheSinkFailedToTake() {
    WindowCutter cutter = cutter(100, 1, Duration.ZERO);
    failing = true;

    assertThatIllegalStateException()
        .isThrownBy(() -> batch(cutter, "{\"a\": {\"0\": 350, \"1\": 0}}"));
    cutter.flushIfDue();

    assertThat(windows).hasSize(1);
  }

  @Test
  void byTimeEachBatchIsAWindow() throws Exception {
    WindowCutter cutter = cutter(Long.MAX_VALUE, Long.MAX_VALUE, LONG);

    batch(cutter, "{\"a\": {\"0\": 160, \"1\": 80}}");
    batch(cutter, "{\"a\": {\"0\": 160, \"1\": 80}}");
    batch(cutter, "{\"a\": {\"0\": 161, \"1\": 80}}");

    assertThat(windows)
        .containsExactly(List.of(range(0, 100, 160), range(1, 0, 80)), List.of(range(0, 160, 161)));
  }

  @Test
  void underOverloadWindowsAreSampledUntilHalfIsLeft() throws Exception {
    overload = new Overload(Overload.Policy.SAMPLE, 100, 0.5, Duration.ZERO);
    WindowCutter cutter = cutter(40, 1, LONG);

    behind = 101;
    batch(cutter, "{\"a\": {\"0\": 180, \"1\": 0}}");
    behind = 51;
    batch(cutter, "{\"a\": {\"0\": 260, \"1\": 0}}");
    behind = 50;
    batch(cutter, "{\"a\": {\"0\": 300, \"1\": 0}}");

    assertThat(windows).extracting(WindowCutterTest::rows).containsExactly(80L, 80L, 40L);
    assertThat(rates).containsExactly(0.5, 0.5, 1.0);
  }

  @Test
  void underOverloadNothingIsTakenThatIsToBeSkipped() throws Exception {
    overload = new Overload(Overload.Policy.SKIP, 100, 0.5, Duration.ZERO);
    WindowCutter cutter = cutter(50, 1, LONG);

    behind = 100;
    batch(cutter, "{\"a\": {\"0\": 160, \"1\": 0}}");
    assertThat(cutter.skipping()).isFalse();
    behind = 101;
    batch(cutter, "{\"a\": {\"0\": 200, \"1\": 0}}");
    assertThat(cutter.skipping()).isTrue();
    behind = 0;
    batch(cutter, "{\"a\": {\"0\": 300, \"1\": 0}}");

    assertThat(windows).containsExactly(List.of(range(0, 100, 150), range(1, 0, 0)));
    assertThat(cutter.next()).containsEntry(new TopicPartition("a", 0), 150L);
  }

  @Test
  void noWindowIsTakenAfterAStop() throws Exception {
    WindowCutter cutter = cutter(10, 1, LONG);
    stop.request();

    batch(cutter, "{\"a\": {\"0\": 160, \"1\": 80}}");

    assertThat(read).isEmpty();
    assertThat(windows).isEmpty();
  }
}
