package io.rivulet.features;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.features.FeatureSpec.Range;
import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.FeatureSpec.Vocabulary;
import io.rivulet.features.Schema.EventTime;
import io.rivulet.features.Schema.EventTime.Unit;
import io.rivulet.features.Schema.Field;
import io.rivulet.features.Schema.Kind;
import io.rivulet.features.Schema.Label;
import io.rivulet.features.Schema.Missing;
import io.rivulet.features.Schema.Pooling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A line is read alone as Spark SQL reads it, or it is left to Spark SQL. */
class RowFeaturesTest {
  private static final int PLAIN = 1000;
  private static final int ODD = 3000;
  private static final int MAX_BYTES = 4000;

  /** What a trainer gets of an event; floats as their bits. */
  private record Example(int label, List<Long> keys, List<Integer> weights, List<Integer> fields) {
    static Example of(Row row) {
      return new Example(
          Float.floatToRawIntBits(row.<Float>getAs(EventParser.LABEL)),
          List.copyOf(Events.keys(row)),
          Events.weights(row).stream().map(Float::floatToRawIntBits).toList(),
          Events.fields(row) == null ? List.of() : List.copyOf(Events.fields(row)));
    }

    static Example of(RowFeatures row) {
      int n = row.entries();
      boolean pooled = row.fields().length > 0;
      return new Example(
          Float.floatToRawIntBits(row.label()),
          Arrays.stream(row.keys()).limit(n).boxed().toList(),
          IntStream.range(0, n).mapToObj(i -> Float.floatToRawIntBits(row.weights()[i])).toList(),
          pooled ? Arrays.stream(row.fields()).limit(n).boxed().toList() : List.of());
    }
  }

  /** Features of every sort. */
  static Stream<FeatureSpec> specs() {
    return Stream.of(
        FeatureSpec.unfitted(Events.CRITEO),
        numbers(),
        FeatureSpec.unfitted(lists()),
        FeatureSpec.unfitted(
            Events.CRITEO
                .withScaling(Scaling.BUCKETS)
                .withCrosses(List.of("C1*C2", "I1*C26", "I13*I2"))),
        FeatureSpec.unfitted(lists().withCrosses(List.of("segment*city"))),
        FeatureSpec.unfitted(labelled(new Label("label", List.of(), List.of(), 3.5), Unit.ISO)),
        FeatureSpec.unfitted(
            labelled(
                new Label("label", List.of("buy", "kauf für 5 €"), List.of(), Double.NaN),
                Unit.SECONDS)),
        FeatureSpec.unfitted(
            labelled(
                new Label("label", List.of("buy", "2"), List.of("view", "", "2"), Double.NaN),
                Unit.MILLIS)));
  }

  /** Integers and doubles in each scaling, by ranges of each sort, over columns in any order. */
  private static FeatureSpec numbers() {
    List<Field> fields = new ArrayList<>();
    for (boolean whole : List.of(true, false)) {
      for (Scaling scaling : Scaling.values()) {
        String name = (whole ? "whole_" : "real_") + scaling;
        fields.add(Field.dense(name, "x" + fields.size(), scaling, whole));
      }
    }
    // The same cell once more.
    fields.add(Field.dense("constant", "x5", Scaling.MINMAX, false));
    fields.add(Field.dense("everything", "x5", Scaling.MINMAX, false));
    fields.add(Field.dense("tiny", "x5", Scaling.MINMAX, false));
    Schema schema =
        new Schema(
            "numbers",
            Label.zeroOrOne("click"),
            "",
            EventTime.NONE,
            fields,
            List.of("x5", "unused", "x0", "x3", "click", "x7", "x1", "x4", "x2", "x6"));
    return new FeatureSpec(
        schema,
        List.of(
            new Range(-3, 4999),
            new Range(-0.1, 0.7),
            new Range(2, 2),
            new Range(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY),
            new Range(0, 1e300)),
        Vocabulary.DYNAMIC,
        0);
  }

  /** Multi-valued fields with each separator, pooling and meaning of nothing, among others. */
  private static Schema lists() {
    return Events.schema(
        Field.dense("n", "n", Scaling.LOG1P, false),
        list("tags", "|", Missing.OOV, Pooling.MEAN),
        Field.categorical("city", "city"),
        list("seen", ";;", Missing.ZERO, Pooling.SUM),
        list("words", " ", Missing.ZERO, Pooling.MEAN),
        category("segment", Missing.ZERO),
        list("euros", "€", Missing.OOV, Pooling.SUM));
  }

  private static Field list(String name, String separator, Missing missing, Pooling pooling) {
    return new Field(
        name, name, Kind.MULTI_VALUED, Scaling.LOG1P, false, missing, -1, separator, pooling);
  }

  private static Field category(String name, Missing missing) {
    return new Field(
        name, name, Kind.CATEGORICAL, Scaling.LOG1P, false, missing, -1, "|", Pooling.MEAN);
  }

  private static Schema labelled(Label label, Unit unit) {
    return new Schema(
        "labelled",
        label,
        "id",
        new EventTime("at", unit),
        List.of(
            category("oov", Missing.OOV),
            category("zero", Missing.ZERO),
            Field.dense("count", "count", Scaling.LOG1P, true)),
        List.of());
  }

  @ParameterizedTest
  @MethodSource("specs")
  void plainLinesAreReadAndBecomeWhatSparkSqlMakesOfThem(FeatureSpec spec) {
    Lines lines = new Lines(spec.schema(), 1);
    List<byte[]> plain = IntStream.range(0, PLAIN).mapToObj(i -> lines.plain()).toList();

    assertThat(compare(spec, plain)).isEqualTo(PLAIN);
  }

  @ParameterizedTest
  @MethodSource("specs")
  void ofOddLinesNoneIsReadThatSparkSqlReadsOtherwise(FeatureSpec spec) {
    Lines lines = new Lines(spec.schema(), 2);
    List<byte[]> odd = IntStream.range(0, ODD).mapToObj(i -> lines.odd()).toList();

    // Some changes leave a line plain.
    assertThat(compare(spec, odd)).isBetween(ODD / 50, ODD - ODD / 5);
  }

  /** Requires that what is plain or refused is so for Spark SQL; returns how many are plain. */
  private static int compare(FeatureSpec spec, List<byte[]> lines) {
    RowFeatures features = RowFeatures.of(spec, WireForm.TSV, MAX_BYTES).orElseThrow();
    List<Row> expected =
        new ClickFeaturesModel("test", new FittedFeatures(spec, new long[0]))
            .transform(
                EventParser.parsed(Events.raw(lines), spec.schema(), WireForm.TSV, MAX_BYTES))
            .select(
                RawEvents.REASON,
                EventParser.LABEL,
                FeatureColumns.KEYS,
                FeatureColumns.WEIGHTS,
                FeatureColumns.FIELDS)
            .collectAsList();
    int plain = 0;
    for (int i = 0; i < lines.size(); i++) {
      if (features.read(lines.get(i))) {
        String line = "line " + i + ": " + new String(lines.get(i), UTF_8);
        assertThat(Events.reason(expected.get(i))).as(line).isNull();
        assertThat(Example.of(features)).as(line).isEqualTo(Example.of(expected.get(i)));
        plain++;
      } else if (features.refusal() != null) {
        assertThat(Events.reason(expected.get(i))).as("line " + i).isEqualTo(features.refusal());
      }
    }
    return plain;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1|wrong number of columns",
        "1~7~ab~c|wrong number of columns",
        "2~7~ab|label is not 0 or 1",
        "~7~ab|label is not 0 or 1",
        "1~seven~ab|I1 is not an integer",
        "1~7.5~ab|I1 is not an integer",
        "2~seven|wrong number of columns",
        "2~seven~ab|label is not 0 or 1",
      })
  void whatIsCertainlyNoExampleIsSaidAsSparkSqlSaysIt(String line, String reason) {
    assertThat(refusals(line.replace('~', '\t').getBytes(UTF_8))).containsExactly(reason);
  }

  @Test
  void neitherIsAnEventWithoutText() {
    byte[] malformed = "1\t7\tx".getBytes(UTF_8);
    malformed[4] = (byte) 0xC3;
    byte[] alsoShort = {(byte) 0xC3, '\t'};

    assertThat(refusals(null, new byte[0], new byte[MAX_BYTES + 1], malformed, alsoShort))
        .containsExactly(
            "null value",
            "empty value",
            "longer than event.max_bytes",
            "invalid UTF-8",
            "invalid UTF-8");
  }

  /** Why events are refused, for which Spark SQL has the same reason. */
  private static List<String> refusals(byte[]... values) {
    List<String> refusals = Arrays.stream(values).map(RowFeaturesTest::refusal).toList();
    Dataset<Row> parsed =
        EventParser.parsed(
            Events.raw(Arrays.asList(values)), Events.SMALL, WireForm.TSV, MAX_BYTES);
    assertThat(parsed.collectAsList().stream().map(Events::reason).toList()).isEqualTo(refusals);
    return refusals;
  }

  @ParameterizedTest
  @ValueSource(strings = {"1\t 7\tab", "1\t+7\tab", "1\t12345678901234567890\tab", "1\t7\tab"})
  void whatSparkSqlMayStillReadIsNotRefused(String line) {
    assertThat(refusal(line.getBytes(UTF_8))).isNull();
  }

  private static String refusal(byte[] value) {
    FeatureSpec spec = FeatureSpec.unfitted(Events.SMALL);
    RowFeatures features = RowFeatures.of(spec, WireForm.TSV, MAX_BYTES).orElseThrow();
    features.read(value);
    return features.refusal();
  }

  /** Made-up lines of a schema, the same for a seed. */
  private static final class Lines {
    private static final List<String> TEXTS =
        List.of("a", "ab12", "68fd1e64", "é", "日本", "😀", "x\u0001y", " ", "\\N", "\"q\"", "null");

    private static final List<String> ODD_CELLS =
        List.of(
            "",
            " ",
            "+5",
            " 5",
            "5 ",
            "5.0",
            "5.",
            ".5",
            "-",
            "--1",
            "1e5",
            "1e",
            "1e+",
            "1e400",
            "-1e400",
            "1e38",
            "4e38",
            "-0.0",
            "-0",
            "007",
            "0x1F",
            "1d",
            "5f",
            "1_0",
            "1,5",
            "NaN",
            "Infinity",
            "-Infinity",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "99999999999999999999",
            "9007199254740993",
            "\u0661",
            "true",
            "2",
            "1.00",
            "01",
            "0.0",
            "TRUE",
            "\r",
            "\u0000",
            "\uFEFF1",
            "2024-02-30",
            "2024-1-2",
            "2024-01-02 3:04:05",
            "12:30:00",
            "2024-01-02T24:00:00Z",
            "now",
            "1704164645.5",
            "1e13",
            "9007199254741",
            "-9007199254740.992",
            "2024-01-02T03:04:60Z");

    private final Schema schema;
    private final Random random;

    Lines(Schema schema, long seed) {
      this.schema = schema;
      this.random = new Random(seed);
    }

    byte[] plain() {
      return text(cells());
    }

    private static byte[] text(List<String> cells) {
      return String.join("\t", cells).getBytes(UTF_8);
    }

    /** A plain line with something changed. */
    byte[] odd() {
      List<String> cells = cells();
      int at = random.nextInt(cells.size());
      switch (random.nextInt(10)) {
        case 0, 1, 2, 3 -> cells.set(at, one(ODD_CELLS));
        case 4 -> cells.add(at, one(ODD_CELLS));
        case 5 -> cells.remove(at);
        case 6 -> cells.set(at, cells.get(at) + "x".repeat(MAX_BYTES - random.nextInt(300)));
        default -> {
          return bytesChanged(text(cells));
        }
      }
      return text(cells);
    }

    private byte[] bytesChanged(byte[] line) {
      if (line.length == 0 || random.nextInt(20) == 0) {
        return random.nextBoolean() ? null : new byte[random.nextInt(3)];
      }
      int at = random.nextInt(line.length);
      byte other =
          (byte)
              (random.nextBoolean()
                  ? random.nextInt(256)
                  : "\t\r\n-+.eE019 ".charAt(random.nextInt(12)));
      byte[] changed = line.clone();
      switch (random.nextInt(4)) {
        case 0 -> changed[at] = other;
        case 1 -> changed = Arrays.copyOf(line, at);
        case 2 -> {
          changed = Arrays.copyOf(line, line.length + 1);
          System.arraycopy(line, at, changed, at + 1, line.length - at);
          changed[at] = other;
        }
        default -> {
          changed[at] = (byte) (0x80 + random.nextInt(0x80));
          changed[Math.min(at + 1, line.length - 1)] = (byte) (0x80 + random.nextInt(0x40));
        }
      }
      return changed;
    }

    private List<String> cells() {
      List<String> cells = new ArrayList<>();
      for (String path : schema.columns()) {
        cells.add(cell(path));
      }
      return cells;
    }

    private String cell(String path) {
      if (path.equals(schema.label().path())) {
        return label();
      }
      if (path.equals(schema.eventId())) {
        return one(TEXTS);
      }
      if (path.equals(schema.eventTime().path())) {
        return time();
      }
      Field field =
          schema.eventFields().stream().filter(f -> f.path().equals(path)).findFirst().orElse(null);
      if (field == null || random.nextInt(8) == 0) {
        return "";
      }
      return switch (field.kind()) {
        case DENSE -> field.whole() ? integer() : decimal();
        case CATEGORICAL -> one(TEXTS);
        case MULTI_VALUED -> values(field.separator());
        case CROSS -> throw new IllegalStateException();
      };
    }

    private String label() {
      Label label = schema.label();
      if (!Double.isNaN(label.atLeast())) {
        return random.nextInt(4) == 0 ? "3.5" : decimal();
      }
      if (label.click().isEmpty()) {
        return one(List.of("0", "1", "0.0", "1.0", "true", "false"));
      }
      return random.nextBoolean()
          ? one(label.click())
          : one(label.noClick().isEmpty() ? TEXTS : label.noClick());
    }

    private String time() {
      return switch (schema.eventTime().unit()) {
        case SECONDS -> one(List.of("1704164645", "1704164645.678", "-1", "0", "1.7e9"));
        case MILLIS -> one(List.of("1704164645678", "-1", "0", "007"));
        case ISO ->
            one(List.of("2024-02-29", "1999-12-31", "1000-01-01", "9999-04-30"))
                + one(
                    List.of(
                        "",
                        "T00:00:00",
                        " 23:59:59",
                        "T03:04:05Z",
                        "T03:04:05.6",
                        "T03:04:05.678Z",
                        "T03:04:05.678901234Z",
                        "T03:04:05+02:00",
                        "T03:04:05.678-17:59"));
      };
    }

    private String integer() {
      return switch (random.nextInt(8)) {
        case 0 -> Long.toString(random.nextLong() % 1_000_000_000_000_000_000L);
        case 1 -> Integer.toString(random.nextInt());
        case 2 -> Integer.toString((1 << 16) + random.nextInt(5) - 2);
        case 3 -> one(List.of("0", "-0", "007", "-007", "-1", "000000000000000001"));
        default -> Integer.toString(random.nextInt(5000) - 5);
      };
    }

    private String decimal() {
      return switch (random.nextInt(8)) {
        case 0 -> Double.toString(random.nextGaussian());
        case 1 -> Float.toString(Float.intBitsToFloat(random.nextInt() & 0xBF7FFFFF));
        case 2 -> integer();
        case 3 -> one(List.of("0", "-0", "-0.0", "0e0", "-1e-400", "1E+3", "5e-324", "00.50"));
        case 4 -> random.nextInt(10_000) + "." + random.nextInt(10_000) + "e" + random.nextInt(30);
        case 5 -> "0." + random.nextLong(1_000_000_000_000_000_000L);
        default -> random.nextInt(2000) / 8.0 - 20 + "";
      };
    }

    private String values(String separator) {
      List<String> values = new ArrayList<>();
      int n = 1 + random.nextInt(5);
      for (int i = 0; i < n; i++) {
        values.add(random.nextInt(5) == 0 ? "" : one(TEXTS));
      }
      return String.join(random.nextInt(6) == 0 ? ";" : separator, values);
    }

    private <T> T one(List<T> all) {
      return all.get(random.nextInt(all.size()));
    }
  }

  private static RowFeatures read(Schema schema, String line) {
    RowFeatures features =
        RowFeatures.of(FeatureSpec.unfitted(schema), WireForm.TSV, MAX_BYTES).orElseThrow();
    assertThat(features.read(line.getBytes(UTF_8))).as(line).isTrue();
    return features;
  }

  private static boolean isPlain(Schema schema, String line) {
    return RowFeatures.of(FeatureSpec.unfitted(schema), WireForm.TSV, MAX_BYTES)
        .orElseThrow()
        .read(line.getBytes(UTF_8));
  }

  @Test
  void aPlainLineBecomesItsExample() {
    RowFeatures row = read(Events.SMALL, "1\t7\tBern");

    assertThat(row.label()).isEqualTo(1f);
    assertThat(row.entries()).isEqualTo(2);
    assertThat(row.keys()).containsExactly(Events.ownKey("I1"), Events.key("C1", "Bern"));
    assertThat(row.weights()).containsExactly((float) (StrictMath.log1p(7) / 8), 1f);
    assertThat(row.fields()).isEmpty();
  }

  @Test
  void oneReaderReadsManyLines() {
    Schema schema = Events.schema(Field.multiValued("tags", "tags", Pooling.SUM));
    RowFeatures features =
        RowFeatures.of(FeatureSpec.unfitted(schema), WireForm.TSV, MAX_BYTES).orElseThrow();

    for (String line : List.of("1\ta|b|c", "0\t", "x\ta", "1\ta|b")) {
      features.read(line.getBytes(UTF_8));
    }

    assertThat(features.entries()).isEqualTo(2);
    assertThat(features.label()).isEqualTo(1f);
    assertThat(features.keys()).startsWith(Events.key("tags", "a"), Events.key("tags", "b"));
    assertThat(features.weights()).startsWith(1f, 1f);
    assertThat(features.fields()).startsWith(0, 0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2\t7\tBern",
        "\t7\tBern",
        "1\t+7\tBern",
        "1\t 7\tBern",
        "1\t7.0\tBern",
        "1\t1234567890123456789\tBern",
        "1\t-\tBern",
        "1\t7",
        "1\t7\tBern\t",
        "1",
        ""
      })
  void otherLinesAreNotJudged(String line) {
    assertThat(isPlain(Events.SMALL, line)).isFalse();
  }

  @Test
  void whatIsNotTextIsNotJudged() {
    RowFeatures features =
        RowFeatures.of(FeatureSpec.unfitted(Events.SMALL), WireForm.TSV, 11).orElseThrow();
    byte[] malformed = "1\t7\tabcdefg".getBytes(UTF_8);
    assertThat(features.read(malformed)).isTrue();

    malformed[10] = (byte) 0xC3;
    assertThat(features.read(malformed)).isFalse();
    assertThat(features.read("1\t7\tabcdefgh".getBytes(UTF_8))).isFalse();
    assertThat(features.read(null)).isFalse();
  }

  @Test
  void aDeclaredIdMustBeThereAndATimeBePlain() {
    Schema schema = labelled(Label.zeroOrOne("label"), Unit.ISO);

    assertThat(isPlain(schema, "1\ta\tb\t3\te-1\t2024-02-29T03:04:05Z")).isTrue();
    assertThat(isPlain(schema, "1\ta\tb\t3\t\t2024-02-29T03:04:05Z")).isFalse();
    assertThat(isPlain(schema, "1\ta\tb\t3\te-1\t2023-02-29T03:04:05Z")).isFalse();
    assertThat(isPlain(schema, "1\ta\tb\t3\te-1\t")).isFalse();
  }

  @Test
  void otherFormsAreSparkSqls() {
    FeatureSpec spec = FeatureSpec.unfitted(Events.SMALL);

    assertThat(RowFeatures.of(spec, WireForm.JSON, MAX_BYTES)).isEmpty();
    assertThat(RowFeatures.of(spec, WireForm.MINDREC, MAX_BYTES)).isEmpty();
  }
}
