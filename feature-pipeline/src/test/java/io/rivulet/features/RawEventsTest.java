package io.rivulet.features;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RawEventsTest {
  private static final int MAX_BYTES = 20;

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void whatIsNotTextGetsAReason(String what, byte[] value, String reason) {
    Row decoded = decoded(value);

    assertThat(decoded.<String>getAs(RawEvents.REASON)).isEqualTo(reason);
    assertThat(decoded.<String>getAs(RawEvents.TEXT)).isNull();
    assertThat(decoded.<byte[]>getAs(RawEvents.VALUE)).isEqualTo(value);
  }

  static Stream<Arguments> whatIsNotTextGetsAReason() {
    String utf8 = "invalid UTF-8";
    return Stream.of(
        arguments("null", null, "null value"),
        arguments("nothing", bytes(), "empty value"),
        arguments("one byte too long", new byte[MAX_BYTES + 1], "longer than event.max_bytes"),
        arguments("lone continuation byte", bytes('0', 0x80, '1'), utf8),
        arguments("multi-byte character cut off", bytes('0', 0xE2, 0x82), utf8),
        arguments("multi-byte character interrupted", bytes(0xE2, 0x82, '0'), utf8),
        arguments("overlong slash", bytes(0xC0, 0xAF), utf8),
        arguments("overlong NUL", bytes(0xC0, 0x80), utf8),
        arguments("byte that UTF-8 never has", bytes('0', 0xFF), utf8),
        arguments("surrogate", bytes(0xED, 0xA0, 0x80), utf8),
        arguments("beyond U+10FFFF", bytes(0xF4, 0x90, 0x80, 0x80), utf8));
  }

  @ParameterizedTest(name = "text {index}")
  @ValueSource(strings = {"0\t1\tab", "é", "€", "😀", "\uFFFD", "\uFEFF0", "\0", " ", "0\r"})
  void textPassesUnchanged(String text) {
    Row decoded = decoded(text.getBytes(UTF_8));

    assertThat(decoded.<String>getAs(RawEvents.REASON)).isNull();
    assertThat(decoded.<String>getAs(RawEvents.TEXT)).isEqualTo(text);
  }

  @Test
  void anEventOfTheGreatestLengthPasses() {
    String text = "x".repeat(MAX_BYTES);

    assertThat(decoded(text.getBytes(UTF_8)).<String>getAs(RawEvents.TEXT)).isEqualTo(text);
  }

  @Test
  void positionsStayAndNoEventIsLost() {
    List<byte[]> values = List.of(bytes('0'), bytes(0xFF), bytes('1'));

    List<Row> decoded = decoded(Events.raw(values)).collectAsList();

    assertThat(decoded)
        .extracting(row -> row.<String>getAs(RawEvents.TOPIC))
        .containsOnly(Events.TOPIC);
    assertThat(decoded)
        .extracting(row -> row.<Integer>getAs(RawEvents.PARTITION))
        .containsExactly(0, 1, 0);
    assertThat(decoded)
        .extracting(row -> row.<Long>getAs(RawEvents.OFFSET))
        .containsExactly(100L, 101L, 102L);
    assertThat(decoded)
        .extracting(row -> row.<String>getAs(RawEvents.TEXT))
        .containsExactly("0", null, "1");
  }

  @Test
  void keysPassUnread() {
    List<byte[]> keys = Arrays.asList(bytes(0xFF), null, bytes(), new byte[MAX_BYTES + 1]);

    List<Row> decoded =
        decoded(Events.raw(keys, Collections.nCopies(4, bytes('0')))).collectAsList();

    assertThat(decoded).extracting(Events::reason).containsOnlyNulls();
    assertThat(decoded)
        .extracting(row -> row.<byte[]>getAs(RawEvents.KEY))
        .containsExactlyElementsOf(keys);
  }

  @Test
  void streamsAreDecodedTheSameWay(@TempDir Path directory) throws Exception {
    Dataset<Row> raw = Events.raw(List.of("0\t1".getBytes(UTF_8), bytes(0xFF))).coalesce(1);
    raw.write().parquet(directory.resolve("events").toString());
    Dataset<Row> stream =
        raw.sparkSession()
            .readStream()
            .schema(RawEvents.TYPE)
            .parquet(directory.resolve("events").toString());

    decoded(stream)
        .writeStream()
        .format("memory")
        .queryName("decoded")
        .trigger(Trigger.AvailableNow())
        .start()
        .awaitTermination();

    assertThat(raw.sparkSession().table("decoded").collectAsList())
        .containsExactlyElementsOf(decoded(raw).collectAsList());
  }

  @Test
  void valuesMayBeTextsAndKeysMissing() {
    Dataset<Row> raw =
        Events.raw(List.of("0\t1".getBytes(UTF_8)))
            .withColumn(RawEvents.VALUE, col(RawEvents.VALUE).cast("string"))
            .withColumn(RawEvents.KEY, lit(null));

    assertThat(decoded(raw).first().<String>getAs(RawEvents.TEXT)).isEqualTo("0\t1");
  }

  @ParameterizedTest
  @CsvSource({"partition, bigint", "offset, string", "value, bigint"})
  void columnsOfOtherTypesAreRefused(String column, String type) {
    Dataset<Row> raw = Events.raw(List.of(bytes('0'))).withColumn(column, lit("1").cast(type));

    assertThatThrownBy(() -> decoded(raw))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Column " + column)
        .hasMessageContaining(type);
  }

  @Test
  void rawEventsMayComeByAShuffle() {
    List<byte[]> values = List.of(bytes('0'), bytes(0xFF), bytes('1'));

    assertThat(decoded(Events.raw(values).orderBy(col(RawEvents.OFFSET).desc())).collectAsList())
        .extracting(row -> row.<String>getAs(RawEvents.TEXT))
        .containsExactly("1", null, "0");
  }

  @Test
  void mindRecsValuesComeInTheOrderOfTheSchemasPaths() {
    String key = Events.mindRecKey(List.of("C1", "other", "label", "I1"));

    Row decoded =
        RawEvents.decoded(
                Events.rawMessages(Events.messages(key, "[\"ab\", {\"x\": [1]}, 1, null]")),
                Events.MAX_BYTES,
                WireForm.MINDREC,
                Events.SMALL)
            .first();

    assertThat(Events.reason(decoded)).isNull();
    assertThat(decoded.<String>getList(decoded.fieldIndex(RawEvents.CELLS)))
        .containsExactly("1", null, "ab");
  }

  private static Row decoded(byte[] value) {
    return decoded(Events.raw(Collections.singletonList(value))).first();
  }

  private static Dataset<Row> decoded(Dataset<Row> raw) {
    return RawEvents.decoded(raw, MAX_BYTES, WireForm.TSV, Events.CRITEO);
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
