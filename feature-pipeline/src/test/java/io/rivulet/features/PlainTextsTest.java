package io.rivulet.features;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainTextsTest {
  /** The text stands between others, as in a line. */
  private static double decimal(String text) {
    byte[] line = ("9" + text + "9").getBytes(UTF_8);
    return PlainTexts.decimal(line, 1, line.length - 1);
  }

  private static long integer(String text) {
    byte[] line = ("9" + text + "9").getBytes(UTF_8);
    return PlainTexts.integer(line, 1, line.length - 1);
  }

  private static boolean isIsoTime(String text) {
    byte[] line = ("9" + text + "9").getBytes(UTF_8);
    return PlainTexts.isIsoTime(line, 1, line.length - 1);
  }

  @Test
  void aDecimalIsTheDoubleNextToIt() {
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      String digits = Long.toString(random.nextLong() >>> random.nextInt(64));
      String fraction = random.nextBoolean() ? "" : "." + (random.nextLong() >>> 1);
      String exponent = random.nextBoolean() ? "" : "e" + (random.nextInt(80) - 40);
      String text = digits + (i % 2 == 0 ? fraction : "") + exponent;
      assertThat(Double.doubleToRawLongBits(decimal(text)))
          .as(text)
          .isEqualTo(Double.doubleToRawLongBits(Double.parseDouble(text)));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "-0",
        "-0.0",
        "1.5",
        "0.1",
        "9007199254740993",
        "9007199254740993e1",
        "1E+3",
        "1e-7",
        "00012.500",
        "1e22",
        "1e23",
        "123456789012345678e-22",
        "1e400",
        "5e-324",
        "0.30000000000000004"
      })
  void numbersAtTheEdgesAreExact(String text) {
    assertThat(decimal(text)).isEqualTo(Double.parseDouble(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        "+1",
        ".5",
        "5.",
        "-.5",
        "1e",
        "1e+",
        "1e1000",
        "e5",
        "1.e5",
        "1..5",
        "1.5.5",
        "1 ",
        " 1",
        "0x1",
        "1f",
        "NaN",
        "Infinity",
        "1_0",
        "--1"
      })
  void whatIsWrittenOtherwiseIsNoDecimal(String text) {
    assertThat(decimal(text)).isNaN();
  }

  @Test
  void aDecimalHasUpTo64Bytes() {
    assertThat(decimal("0".repeat(63) + "1")).isEqualTo(1);
    assertThat(decimal("0".repeat(64) + "1")).isNaN();
  }

  @Test
  void anIntegerHasUpTo18Digits() {
    assertThat(integer("999999999999999999")).isEqualTo(999_999_999_999_999_999L);
    assertThat(integer("-999999999999999999")).isEqualTo(-999_999_999_999_999_999L);
    assertThat(integer("-007")).isEqualTo(-7);
    for (String other : new String[] {"", "-", "+1", "1.0", "1e3", "1 ", "1000000000000000000"}) {
      assertThat(integer(other)).as(other).isEqualTo(PlainTexts.NO_INTEGER);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2024-02-29",
        "2000-02-29T00:00:00",
        "1999-12-31 23:59:59Z",
        "2024-01-02T03:04:05.678901234+17:59"
      })
  void aTimeIsWrittenAsIsoDoes(String text) {
    assertThat(isIsoTime(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "2023-02-29",
        "1900-02-29",
        "2024-04-31",
        "2024-00-01",
        "2024-01-00",
        "0999-01-01",
        "24-01-02",
        "2024-01-02T",
        "2024-01-02T03:04",
        "2024-01-02T24:00:00",
        "2024-01-02T03:60:00",
        "2024-01-02T03:04:60",
        "2024-01-02t03:04:05",
        "2024-01-02T03:04:05.",
        "2024-01-02T03:04:05.0123456789",
        "2024-01-02T03:04:05z",
        "2024-01-02T03:04:05+18:00",
        "2024-01-02T03:04:05+0200",
        "2024-01-02T03:04:05 UTC",
        "2024/01/02"
      })
  void otherTimesAreNotPlain(String text) {
    assertThat(isIsoTime(text)).isFalse();
  }
}
