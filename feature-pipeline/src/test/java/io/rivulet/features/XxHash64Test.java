package io.rivulet.features;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.apache.spark.sql.catalyst.expressions.XXH64;
import org.apache.spark.unsafe.Platform;
import org.junit.jupiter.api.Test;

class XxHash64Test {
  private final Random random = new Random(5);

  @Test
  void bytesHaveTheHashThatSparkGivesThem() {
    for (int length = 0; length < 200; length++) {
      byte[] bytes = new byte[length + 20];
      for (int start = 0; start < 10; start++) {
        random.nextBytes(bytes);
        long seed = random.nextLong();
        assertThat(XxHash64.hash(bytes, start, start + length, seed))
            .as("%d bytes from %d", length, start)
            .isEqualTo(
                XXH64.hashUnsafeBytes(bytes, Platform.BYTE_ARRAY_OFFSET + start, length, seed));
      }
    }
  }

  @Test
  void longsHaveTheHashThatSparkGivesThem() {
    for (int i = 0; i < 1000; i++) {
      long value = random.nextLong();
      long seed = random.nextLong();
      assertThat(XxHash64.hash(value, seed)).isEqualTo(XXH64.hashLong(value, seed));
    }
  }
}
