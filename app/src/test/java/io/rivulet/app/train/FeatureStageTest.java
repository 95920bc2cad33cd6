package io.rivulet.app.train;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.app.generate.ClickGenerator;
import io.rivulet.app.settings.Settings;
import io.rivulet.features.RawEvents;
import io.rivulet.features.WireForm;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.spark.ReadEvents;
import io.rivulet.trainer.spark.WindowExamples;
import io.rivulet.trainer.store.OffsetRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both executions of the features give the same window. */
class FeatureStageTest {
  private static final StructType RAW =
      StructType.fromDDL(
          "topic string, `partition` int, `offset` bigint, key binary, value binary");

  private static final String FILE = "/clicks.tsv";
  private static final int ROWS = 300;

  private static SparkSession spark;

  @BeforeAll
  static void start() {
    spark =
        SparkSession.builder()
            .appName("FeatureStageTest")
            .master("local[2]")
            .config("spark.ui.enabled", false)
            .config("spark.sql.codegen.wholeStage", false)
            .config("spark.sql.ansi.enabled", false)
            .config("spark.sql.session.timeZone", "UTC")
            .getOrCreate();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static FeatureStage stage(Map<String, String> settings) {
    return FeatureStage.of(spark, Settings.of(settings));
  }

  private static FeatureStage auto() {
    return stage(Map.of());
  }

  private static FeatureStage sql() {
    return stage(Map.of("features.execution", "sql"));
  }

  /** Clicks, and with them events that only Spark SQL can judge: every 30th is refused. */
  private static List<byte[]> events(long seed, boolean withOdd) {
    ClickGenerator generator = new ClickGenerator(seed, 0);
    List<byte[]> events = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      String line = generator.click(i).line();
      String rest = line.substring(line.indexOf('\t', 2));
      events.add(
          !withOdd
              ? utf8(line)
              : switch (i % 60) {
                case 7 -> utf8("1\t+5" + rest);
                case 8 -> utf8("0\t" + Long.MAX_VALUE + rest);
                case 9 -> utf8("1\t 12 " + rest);
                case 20 -> utf8("1\t5.7" + rest);
                case 50 -> i < ROWS / 2 ? null : utf8(line + "\t");
                default -> utf8(line);
              });
    }
    return events;
  }

  private static List<String> clicks(int rows) {
    ClickGenerator generator = new ClickGenerator(4, 0);
    return IntStream.range(0, rows).mapToObj(i -> generator.click(i).line()).toList();
  }

  private static List<OffsetRange> ranges(int rows) {
    return List.of(new OffsetRange("clicks", 0, 1000, 1000 + rows));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(UTF_8);
  }

  private static Dataset<Row> raw(String topic, int partition, List<byte[]> events) {
    List<Row> rows = new ArrayList<>();
    for (byte[] event : events) {
      rows.add(RowFactory.create(topic, partition, 1000L + rows.size(), null, event));
    }
    return spark.createDataFrame(rows, RAW).coalesce(1);
  }

  private static List<OffsetRange> ranges(String... topics) {
    return Arrays.stream(topics).map(topic -> new OffsetRange(topic, 0, 1000, 1300)).toList();
  }

  private static void assertSame(PreparedEvents actual, PreparedEvents expected) {
    ExampleBlock block = actual.events().all().examples();
    ExampleBlock other = expected.events().all().examples();
    assertThat(block.labels()).isEqualTo(other.labels());
    assertThat(block.keys()).isEqualTo(other.keys());
    assertThat(block.weights()).isEqualTo(other.weights());
    assertThat(actual.events().all().refused()).isEqualTo(expected.events().all().refused());
    assertThat(refused(actual)).isEqualTo(refused(expected));
  }

  /** What goes to quarantine. */
  private static List<String> refused(PreparedEvents events) {
    return refused(events.judged().get());
  }

  private static List<String> refused(Dataset<Row> judged) {
    return judged
        .filter(RawEvents.REASON + " is not null")
        .selectExpr("topic", "`partition`", "`offset`", "reason", "hash(value)")
        .collectAsList()
        .stream()
        .map(Row::toString)
        .sorted()
        .toList();
  }

  @Test
  void aWindowWithOddEventsIsTheSameByBothExecutions() {
    Dataset<Row> raw =
        raw("clicks", 1, events(1, true))
            .union(raw("clicks", 0, events(2, true)))
            .union(raw("views", 0, events(3, false)));

    PreparedEvents byRows = auto().read(raw, ranges("clicks", "views"));

    assertSame(byRows, sql().read(raw, ranges("clicks", "views")));
    assertThat(byRows.events().all().examples().rows()).isEqualTo(3 * ROWS - 20);
    assertThat(byRows.events().all().refusedCount()).isEqualTo(20);
    // The clicks with a number that is written in an unusual way too.
    assertThat(byRows.judged().get().count()).isEqualTo(50);
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, 10, 2})
  void howeverManyEventsArePoisonTheOthersAreLearned(int every) {
    List<byte[]> good = new ArrayList<>();
    List<byte[]> mixed = new ArrayList<>();
    List<Long> poison = new ArrayList<>();
    for (String line : clicks(2000)) {
      if (mixed.size() % every == every - 1) {
        poison.add(1000L + mixed.size());
        mixed.add(utf8(line.replaceFirst("\t", " ")));
      } else {
        good.add(utf8(line));
        mixed.add(utf8(line));
      }
    }

    PreparedEvents read = auto().read(raw("clicks", 0, mixed), ranges(2000));

    ExampleBlock learned = read.events().all().examples();
    ExampleBlock expected =
        auto().read(raw("clicks", 0, good), ranges(good.size())).events().all().examples();
    assertThat(learned.rows()).isEqualTo(2000 - 2000 / every);
    assertThat(learned.labels()).isEqualTo(expected.labels());
    assertThat(learned.keys()).isEqualTo(expected.keys());
    assertThat(learned.weights()).isEqualTo(expected.weights());
    assertThat(
            read.judged().get().filter(RawEvents.REASON + " is not null").collectAsList().stream()
                .map(row -> row.<Long>getAs(RawEvents.OFFSET)))
        .containsExactlyInAnyOrderElementsOf(poison);
  }

  @Test
  void windowsCutOutOfEventsHaveWhatWasJudgedOfTheirs() {
    Dataset<Row> raw = raw("clicks", 0, events(1, true)).union(raw("views", 0, events(2, true)));
    OffsetRange first = new OffsetRange("clicks", 0, 1000, 1150);
    List<OffsetRange> window =
        List.of(new OffsetRange("clicks", 0, 1150, 1300), new OffsetRange("views", 0, 1000, 1090));
    OffsetRange last = new OffsetRange("views", 0, 1090, 1300);
    PreparedEvents byRows = auto().read(raw, ranges("clicks", "views"));

    WindowExamples cut = ReadEvents.window(List.of(byRows.events()), window);
    List<String> refused = refused(byRows.judgedOf(window));

    assertThat(refused).hasSize((int) cut.refusedCount()).isNotEmpty();
    List<String> all = new ArrayList<>(refused);
    all.addAll(refused(byRows.judgedOf(List.of(first))));
    all.addAll(refused(byRows.judgedOf(List.of(last))));
    assertThat(all).containsExactlyInAnyOrderElementsOf(refused(byRows));
    assertThat(byRows.endsWith(List.of(first))).isFalse();
    assertThat(byRows.endsWith(window)).isFalse();
    assertThat(byRows.endsWith(List.of(last))).isFalse();
    assertThat(byRows.endsWith(ranges("clicks", "views"))).isTrue();
  }

  @Test
  void aWindowWithoutOddEventsIsTheSameByBothExecutions() {
    Dataset<Row> raw = raw("clicks", 0, events(1, false));

    PreparedEvents byRows = auto().read(raw, ranges("clicks"));

    assertSame(byRows, sql().read(raw, ranges("clicks")));
    assertThat(byRows.judged().get().count()).isZero();
  }

  @Test
  void eventsFromFilesAndFromKafkaMayHaveTwoForms() {
    Dataset<Row> raw =
        raw(FILE, 0, events(1, true))
            .union(raw("clicks", 0, List.of(utf8("{\"label\": 1, \"I1\": 5}"), utf8("{}"))));
    FeatureStage json = stage(Map.of("event.format", "json", "file.format", "tsv"));

    WindowExamples window = json.read(raw, ranges(FILE, "clicks")).events().all();

    assertThat(json.fileForm()).isEqualTo(WireForm.TSV);
    assertThat(window.examples().rows()).isEqualTo(ROWS - 10 + 1);
    assertThat(window.refusedCount()).isEqualTo(10 + 1);
  }

  @Test
  void rowsAreReadByThemselvesUnlessSparkSqlIsAskedForOrRunsOnAGpu() {
    assertThat(auto().byRows()).isTrue();
    assertThat(sql().byRows()).isFalse();
    spark.conf().set("spark.rapids.sql.enabled", "true");
    try {
      assertThat(auto().byRows()).isFalse();
    } finally {
      spark.conf().unset("spark.rapids.sql.enabled");
    }
  }
}
