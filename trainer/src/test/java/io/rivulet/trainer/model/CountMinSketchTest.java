package io.rivulet.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CountMinSketchTest {
  private static final int BITS = 14;

  private final CountMinSketch sketch = new CountMinSketch(BITS);

  @Test
  void countsAreNeverTooFewAndSeldomTooMany() {
    Map<Long, Integer> counts = new HashMap<>();
    Random random = new Random(1);
    int tooMany = 0;
    int additions = 1 << BITS;
    for (int i = 0; i < additions; i++) {
      // Few come often, many once.
      long key = new Random((long) Math.exp(9 * random.nextDouble())).nextLong();
      int expected = Math.min(CountMinSketch.MOST, counts.merge(key, 1, Integer::sum));
      int counted = sketch.add(key);
      assertThat(counted).isGreaterThanOrEqualTo(expected);
      tooMany += counted > expected ? 1 : 0;
    }
    assertThat(tooMany).isLessThan(additions / 50);
  }

  @Test
  void whatCameLongAgoFades() {
    long key = new Random(2).nextLong();
    for (int i = 0; i < 100; i++) {
      sketch.add(key);
    }
    long others = (1L << BITS) - 100;
    Random random = new Random(3);
    random.longs(others).forEach(sketch::add);

    assertThat(sketch.add(key)).isBetween(51, 55);
  }

  @Test
  void aCountHasALimit() {
    for (int i = 0; i < 2 * CountMinSketch.MOST; i++) {
      assertThat(sketch.add(7)).isEqualTo(Math.min(i + 1, CountMinSketch.MOST));
    }
  }
}
