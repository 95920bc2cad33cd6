package io.rivulet.trainer.spark;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.entry;

import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.model.ExampleBlock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A window is the same, whoever reads its events. */
class PlainRowsTest {
  private static final int FIELDS = Fixtures.FIELDS;
  private static final StructType RAW =
      StructType.fromDDL(
          "topic string, `partition` int, `offset` bigint, key binary, value binary");

  /** Values say what is to become of them: plain, bad, odd or refused, then the place. */
  private static Row raw(String what, String topic, int partition, long offset) {
    String value = what + " " + topic + " " + partition + " " + offset;
    return RowFactory.create(topic, partition, offset, null, value.getBytes(UTF_8));
  }

  private static List<Row> range(
      String topic, int partition, long from, long to, LongFunction<String> what) {
    return LongStream.range(from, to)
        .mapToObj(offset -> raw(what.apply(offset), topic, partition, offset))
        .toList();
  }

  @SafeVarargs
  private static Dataset<Row> partitions(List<Row>... lists) {
    List<Dataset<Row>> parts = new ArrayList<>();
    for (List<Row> rows : lists) {
      parts.add(LocalSpark.session().createDataFrame(rows, RAW).coalesce(1));
    }
    return parts.stream().reduce(Dataset::union).orElseThrow();
  }

  /** Reads plain values, to the examples of {@link ExampleRows}. */
  private static final class Decoder implements RowDecoder {
    private final boolean pooled;

    /** Longer than the example, and the same array each time. */
    private final long[] keys = new long[FIELDS + 3];

    private long offset;
    private long first;
    private String refusal;

    Decoder(boolean pooled) {
      this.pooled = pooled;
    }

    @Override
    public boolean read(byte[] value) {
      String[] words = words(value);
      offset = Long.parseLong(words[3]);
      first = ExampleRows.firstKey(words[1], Integer.parseInt(words[2]), offset);
      refusal = words[0].equals("bad") ? reason(words) : null;
      return words[0].equals("plain");
    }

    @Override
    public String refusal() {
      return refusal;
    }

    @Override
    public float label() {
      return ExampleRows.label(offset);
    }

    @Override
    public int entries() {
      return FIELDS;
    }

    @Override
    public long[] keys() {
      Arrays.setAll(keys, i -> first + i);
      return keys;
    }

    @Override
    public float[] weights() {
      float[] weights = new float[FIELDS];
      for (int i = 0; i < FIELDS; i++) {
        weights[i] = (float) (offset + i);
      }
      return weights;
    }

    @Override
    public int[] fields() {
      return pooled ? new int[] {0, 0, 1, 3} : new int[0];
    }
  }

  private static String[] words(byte[] value) {
    return new String(value, UTF_8).split(" ");
  }

  private static String reason(String[] words) {
    return words[0] + " in " + words[2];
  }

  /** What Spark SQL would make of raw events. */
  private static Dataset<Row> judged(Dataset<Row> raw, boolean pooled) {
    List<Row> examples = new ArrayList<>();
    for (Row row : raw.collectAsList()) {
      String topic = row.getString(0);
      int partition = row.getInt(1);
      long offset = row.getLong(2);
      String[] words = words(row.getAs(4));
      boolean refused = List.of("bad", "refused").contains(words[0]);
      examples.add(
          refused
              ? ExampleRows.refused(topic, partition, offset, reason(words))
              : pooled
                  ? ExampleRows.pooledExample(topic, partition, offset, 0, 0, 1, 3)
                  : ExampleRows.example(topic, partition, offset));
    }
    return ExampleRows.partitions(examples);
  }

  private static PlainRows plain(Dataset<Row> raw, boolean pooled) {
    return PlainRows.read(raw, () -> new Decoder(pooled), FIELDS);
  }

  private static void assertSame(WindowExamples actual, WindowExamples expected) {
    ExampleBlock block = actual.examples();
    assertThat(block.labels()).isEqualTo(expected.examples().labels());
    assertThat(block.keys()).isEqualTo(expected.examples().keys());
    assertThat(block.weights()).isEqualTo(expected.examples().weights());
    assertThat(block.starts()).isEqualTo(expected.examples().starts());
    assertThat(block.fields()).isEqualTo(expected.examples().fields());
    assertThat(actual.refused()).isEqualTo(expected.refused());
  }

  private static String mixed(long offset) {
    return offset % 7 == 3 || offset > 45
        ? "odd"
        : offset % 11 == 0 ? "refused" : offset % 5 == 2 ? "bad" : "plain";
  }

  private static Dataset<Row> mixedWindow() {
    return partitions(
        range("b", 0, 0, 40, offset -> "plain"),
        range("a", 1, 20, 60, PlainRowsTest::mixed),
        range("a", 1, 0, 20, PlainRowsTest::mixed),
        range("a", 0, 5, 10, offset -> "odd"),
        range("c", 2, 0, 30, PlainRowsTest::mixed));
  }

  private static void assertMixedWindowIsTheSame(boolean pooled) {
    Dataset<Row> raw = mixedWindow();
    PlainRows rows = plain(raw, pooled);

    assertThat(rows.oddCount()).isPositive().isEqualTo(rows.odd().count());
    assertThat(rows.refused().count())
        .isEqualTo(raw.filter("cast(value as string) like 'bad%'").count())
        .isPositive();
    assertSame(
        rows.with(judged(rows.odd(), pooled)).all(),
        ExampleReader.read(judged(raw, pooled), FIELDS).all());
  }

  @Test
  void oddEventsComeToTheirPlaceAmongThePlainOnes() {
    assertMixedWindowIsTheSame(false);
  }

  @Test
  void pooledOnesToo() {
    assertMixedWindowIsTheSame(true);
  }

  @Test
  void aWindowWithoutOddEventsNeedsNoSparkSql() {
    Dataset<Row> raw =
        partitions(
            range("a", 1, 3, 9, offset -> "plain"), range("a", 0, 0, 600, offset -> "plain"));
    PlainRows rows = plain(raw, false);

    assertThat(rows.oddCount()).isZero();
    assertThat(rows.odd().count()).isZero();
    assertSame(rows.all().all(), ExampleReader.read(judged(raw, false), FIELDS).all());
  }

  @Test
  void aWindowMayHoldNothingPlain() {
    Dataset<Row> raw = partitions(range("a", 0, 0, 5, offset -> offset == 2 ? "refused" : "odd"));
    PlainRows rows = plain(raw, false);
    WindowExamples window = rows.with(judged(rows.odd(), false)).all();

    assertThat(rows.oddCount()).isEqualTo(5);
    assertThat(window.examples().rows()).isEqualTo(4);
    assertThat(window.refused()).containsOnly(entry("refused in 0", 1L));
  }

  @Test
  void anEmptyWindowIsAnEmptyBlock() {
    assertThat(plain(partitions(List.of()), false).all().all().examples().rows()).isZero();
  }

  @Test
  void whatTheDecoderRefusesNeedsNoSparkSql() {
    Dataset<Row> raw =
        partitions(
            range("a", 0, 5, 9, offset -> offset == 7 ? "bad" : "plain"),
            range("b", 1, 0, 2, offset -> "bad"));
    PlainRows rows = plain(raw, false);

    assertThat(rows.oddCount()).isZero();
    assertSame(rows.all().all(), ExampleReader.read(judged(raw, false), FIELDS).all());
    assertThat(refused(rows))
        .containsExactlyInAnyOrder(
            RowFactory.create("a", 7L, "bad a 0 7", "bad in 0"),
            RowFactory.create("b", 0L, "bad b 1 0", "bad in 1"),
            RowFactory.create("b", 1L, "bad b 1 1", "bad in 1"));
  }

  private static List<Row> refused(PlainRows rows) {
    return rows.refused()
        .selectExpr("topic", "`offset`", "cast(value as string)", "reason")
        .collectAsList();
  }

  @Test
  void refusedEventsThatAreTooMuchToSendAreReadAgain() {
    String big = "bad a 0 9 " + "x".repeat(17 << 20);
    Row event = RowFactory.create("a", 0, 9L, null, big.getBytes(UTF_8));
    Dataset<Row> raw =
        partitions(
            List.of(raw("bad", "a", 0, 8), event, raw("plain", "a", 0, 10)),
            range("b", 1, 0, 1, offset -> "bad"));
    PlainRows rows = plain(raw, false);

    assertThat(rows.all().all().refusedCount()).isEqualTo(3);
    assertThat(rows.all().all().examples().rows()).isEqualTo(1);
    assertThat(refused(rows))
        .containsExactlyInAnyOrder(
            RowFactory.create("a", 8L, "bad a 0 8", "bad in 0"),
            RowFactory.create("a", 9L, big, "bad in 0"),
            RowFactory.create("b", 0L, "bad b 1 0", "bad in 1"));
  }

  @ParameterizedTest
  @CsvSource({"plain, odd", "plain, bad", "bad, odd", "odd, odd", "bad, bad"})
  void anEventThatIsThereTwiceIsRefused(String once, String again) {
    Dataset<Row> raw =
        partitions(range("a", 0, 0, 9, offset -> once), List.of(raw(again, "a", 0, 4)));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> plain(raw, false))
        .withMessageContaining("Offset 4 of a-0 came twice");
  }

  @Test
  void eventsThatDifferWhenTheyAreReadAgainAreRefused() {
    PlainRows rows = plain(mixedWindow(), false);

    assertThatIllegalStateException()
        .isThrownBy(() -> rows.with(judged(rows.odd().limit(3), false)))
        .withMessageContaining("must give the same events each time");
  }

  @Test
  void shuffledEventsAreRefused() {
    Dataset<Row> raw = partitions(range("a", 0, 0, 20, offset -> "plain")).repartition(3);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> plain(raw, false))
        .withMessageContaining("a-0");
  }

  @Test
  void rowsCannotBeInBothLists() {
    ExampleChunk chunk = chunk(3, 5, 8);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ChunkRows.merged(List.of(chunk), List.of(chunk(4, 5))))
        .withMessageContaining("Offset 5 of a-0");
    assertThat(ChunkRows.merged(List.of(chunk), List.of(chunk(1, 4), chunk(6), chunk(9))))
        .extracting(part -> part.chunk().offsets()[part.from()])
        .containsExactly(1L, 3L, 4L, 5L, 6L, 8L, 9L);
  }

  private static ExampleChunk chunk(long... offsets) {
    return new ExampleChunk(
        "a",
        0,
        offsets,
        new float[offsets.length],
        new long[offsets.length],
        new float[offsets.length],
        new int[0],
        new int[0],
        new long[0],
        new long[0],
        new String[0],
        new ExampleChunk.RawBytes[0]);
  }
}
