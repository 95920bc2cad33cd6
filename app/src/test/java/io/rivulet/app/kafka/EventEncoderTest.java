package io.rivulet.app.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rivulet.app.generate.ClickGenerator;
import io.rivulet.app.kafka.EventEncoder.Message;
import io.rivulet.features.EventParser;
import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.RawEvents;
import io.rivulet.features.Schema;
import io.rivulet.features.Schema.EventTime;
import io.rivulet.features.Schema.Field;
import io.rivulet.features.Schema.Label;
import io.rivulet.features.Schema.Pooling;
import io.rivulet.features.WireForm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lines as records of every form, by their text and by what the parser makes of them. */
class EventEncoderTest {
  private static final int MAX_BYTES = 1 << 16;

  private static final Schema SHOP =
      new Schema(
          "shop",
          Label.zeroOrOne("$.event.click"),
          "$.event.id",
          EventTime.NONE,
          List.of(
              Field.dense("price", "$.item.price", Scaling.LOG1P, false),
              Field.dense("orders", "orders", Scaling.LOG1P, true),
              Field.categorical("brand", "$.item.brand"),
              Field.multiValued("tags", "$.item.tags", Pooling.MEAN)),
          List.of());

  private static final StructType RAW =
      new StructType()
          .add(RawEvents.TOPIC, DataTypes.StringType)
          .add(RawEvents.PARTITION, DataTypes.IntegerType)
          .add(RawEvents.OFFSET, DataTypes.LongType)
          .add(RawEvents.KEY, DataTypes.BinaryType)
          .add(RawEvents.VALUE, DataTypes.BinaryType);

  private static SparkSession spark;

  @BeforeAll
  static void start() {
    spark =
        SparkSession.builder()
            .appName("EventEncoderTest")
            .master("local[2]")
            .config("spark.ui.enabled", false)
            .config("spark.sql.shuffle.partitions", 2)
            .config("spark.sql.codegen.wholeStage", false)
            .config("spark.sql.ansi.enabled", false)
            .getOrCreate();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static Message encode(WireForm form, String line) {
    return new EventEncoder(SHOP, form).encode(line.getBytes(UTF_8));
  }

  private static String value(WireForm form, String line) {
    return new String(encode(form, line).value(), UTF_8);
  }

  private static void assertJson(String line, String expected) throws JsonProcessingException {
    Message message = encode(WireForm.JSON, line);
    ObjectMapper json = new ObjectMapper();

    assertThat(message.key()).isEmpty();
    assertThat(json.readTree(new String(message.value(), UTF_8)))
        .isEqualTo(json.readTree(expected));
  }

  @Test
  void aTabSeparatedLineStaysAsItIs() {
    byte[] line = {'1', '\t', (byte) 0xFF, '\t', '"', '\r'};
    Message message = new EventEncoder(SHOP, WireForm.TSV).encode(line);

    assertThat(message.value()).isEqualTo(line);
    assertThat(message.key()).isEmpty();
  }

  @Test
  void aJsonObjectIsNestedAsThePathsSay() throws JsonProcessingException {
    assertThat(SHOP.columns())
        .containsExactly(
            "$.event.click", "$.item.price", "orders", "$.item.brand", "$.item.tags", "$.event.id");
    assertJson(
        "1\t9.5\t3\tacme\ta|b\te7",
        "{\"event\":{\"click\":1,\"id\":\"e7\"},"
            + "\"item\":{\"price\":9.5,\"brand\":\"acme\",\"tags\":[\"a\",\"b\"]},\"orders\":3}");
  }

  @Test
  void aJsonObjectLacksWhatIsMissing() throws JsonProcessingException {
    assertJson("0\t\t\t\t\te8", "{\"event\":{\"click\":0,\"id\":\"e8\"}}");
  }

  @Test
  void aJsonObjectKeepsATextWhereANumberShouldBe() throws JsonProcessingException {
    assertJson(
        "x\tmuch\t5.5\t7\t7\t7",
        "{\"event\":{\"click\":\"x\",\"id\":\"7\"},"
            + "\"item\":{\"price\":\"much\",\"brand\":\"7\",\"tags\":[\"7\"]},\"orders\":5.5}");
  }

  @Test
  void mindRecsFormIsAnArrayOfValuesUnderTheArrayOfColumns() {
    Message message = encode(WireForm.MINDREC, "1\t9.5\t3\tacme\ta|b\te7");

    assertThat(new String(message.key(), UTF_8))
        .isEqualTo(
            "[\"$.event.click\",\"$.item.price\",\"orders\",\"$.item.brand\",\"$.item.tags\","
                + "\"$.event.id\"]");
    assertThat(new String(message.value(), UTF_8))
        .isEqualTo("[1.0, 9.5, 3.0, \"acme\", [\"a\",\"b\"], \"e7\"]");
  }

  @Test
  void mindRecsFormHasNanWhereSomethingIsMissing() {
    assertThat(value(WireForm.MINDREC, "0\t\t\t\t\te8"))
        .isEqualTo("[0.0, NaN, NaN, NaN, NaN, \"e8\"]");
  }

  @ParameterizedTest
  @EnumSource(WireForm.class)
  void aLineThatDoesNotFitTheSchemaIsSentAsItIs(WireForm form) {
    for (String line : List.of("", "1\t9.5\t3\tacme\ta|b", "1\t9.5\t3\tacme\ta|b\te7\textra")) {
      assertThat(value(form, line)).isEqualTo(line);
    }
  }

  /** The parsed columns of each line, without key and value; an empty text counts as missing. */
  private static List<List<Object>> parsed(Schema schema, WireForm form, List<String> lines) {
    EventEncoder encoder = new EventEncoder(schema, form);
    List<Row> raw = new ArrayList<>();
    for (String line : lines) {
      Message message = encoder.encode(line.getBytes(UTF_8));
      raw.add(
          RowFactory.create(
              "clicks",
              0,
              (long) raw.size(),
              message.key().length == 0 ? null : message.key(),
              message.value()));
    }
    Dataset<Row> events = spark.createDataFrame(raw, RAW);
    List<List<Object>> parsed = new ArrayList<>();
    for (Row row :
        EventParser.parsed(events, schema, form, MAX_BYTES)
            .drop(RawEvents.KEY, RawEvents.VALUE)
            .collectAsList()) {
      Object[] values = new Object[row.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = "".equals(row.get(i)) ? null : row.get(i);
      }
      parsed.add(Arrays.asList(values));
    }
    return parsed;
  }

  @ParameterizedTest
  @EnumSource(
      value = WireForm.class,
      names = {"JSON", "MINDREC"})
  void criteosClicksAreTheSameInEveryForm(WireForm form) {
    Schema criteo = Schema.criteo(Scaling.LOG1P);
    ClickGenerator generator = new ClickGenerator(3, 0);
    List<String> lines = LongStream.range(0, 20).mapToObj(i -> generator.click(i).line()).toList();
    List<List<Object>> expected = parsed(criteo, WireForm.TSV, lines);

    assertThat(expected).allSatisfy(event -> assertThat(event).last().isNull());
    assertThat(parsed(criteo, form, lines)).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource(
      value = WireForm.class,
      names = {"JSON", "MINDREC"})
  void nestedAndMultiValuedFieldsAreTheSameInEveryForm(WireForm form) {
    List<String> lines =
        List.of(
            "1\t9.5\t3\tacme\ta|b\te7",
            "0\t\t\t\t\te8",
            "0\t-0.25\t-4\tä\"\\b 😀\tone\te9",
            "1\t1e-3\t0\t[x]\ta||b\te10");
    List<List<Object>> expected = parsed(SHOP, WireForm.TSV, lines);

    assertThat(expected).allSatisfy(event -> assertThat(event).last().isNull());
    assertThat(parsed(SHOP, form, lines)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"9999999", "10000000", "23159456", "-12345678", "1234567890123"})
  void greatIntegersAreTheSameInEveryForm(String number) {
    List<String> lines = List.of("1\t" + number + "\t" + number + "\tacme\ta\te7");
    List<List<Object>> expected = parsed(SHOP, WireForm.TSV, lines);

    assertThat(expected.get(0)).contains(Long.valueOf(number)).last().isNull();
    assertThat(parsed(SHOP, WireForm.JSON, lines)).isEqualTo(expected);
    assertThat(parsed(SHOP, WireForm.MINDREC, lines)).isEqualTo(expected);
  }
}
