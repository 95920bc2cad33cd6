package io.rivulet.features;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BucketsTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1",
    "2, 2",
    "3, 3",
    "4, 3",
    "5, 4",
    "10, 7",
    "100, 23",
    "1000, 49",
    "-0.0, 0",
    "-1, -1",
    "-2, -2",
    "-3, -3",
    "-100, -23",
    "1e30, 624",
    "-1e300, -624"
  })
  void countsAreThemselvesAndThenByOrder(double number, long bucket) {
    assertThat(Buckets.of(number, true)).isEqualTo(bucket);
  }

  @ParameterizedTest
  @CsvSource({"0.0009, 0", "0.001, 1", "0.25, 32", "0.5, 40", "1, 50", "49.9, 119", "-0.25, -32"})
  void fractionsHaveBucketsToo(double number, long bucket) {
    assertThat(Buckets.of(number, false)).isEqualTo(bucket);
  }

  @Test
  void bucketsGrowWithTheNumber() {
    long[] buckets =
        DoubleStream.iterate(-1e12, x -> x < 1e12, x -> x + Math.max(1, Math.abs(x) / 64))
            .mapToLong(x -> Buckets.of(x, true))
            .toArray();

    assertThat(buckets).isSorted();
    assertThat(LongStream.of(buckets).distinct().count()).isGreaterThan(900);
  }

  /** Where a bucket begins the two integers around are farther away than a logarithm can err. */
  @Test
  void noLogarithmThatIsNearlyRightGivesAnotherBucket() {
    double errors = 16 * Math.ulp(Math.log(Buckets.LARGEST));
    double most = Math.pow(Math.log(Buckets.LARGEST), 2);
    for (int k = 2; k <= most; k++) {
      long above = new BigDecimal(Math.exp(Math.sqrt(k))).longValue();
      for (long a = above - 1; a <= above + 1; a++) {
        double logarithm = Math.log(a);
        assertThat(Math.abs(logarithm * logarithm - k) / (2 * logarithm))
            .as("ln(%d)² from %d", a, k)
            .isGreaterThan(errors);
      }
    }
  }
}
