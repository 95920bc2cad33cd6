package io.rivulet.trainer.tower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs where the processor multiplies bfloat16; TowerKernelTest runs with it everywhere. */
class Bf16GemmTest {
  /** More than are kept. */
  private static final int SHAPES = 100;

  private Gemm gemm;

  @BeforeEach
  void openWhereTheProcessorMultipliesBfloat16() {
    gemm = Bf16Gemm.orSgemm();
    assumeTrue(gemm instanceof Bf16Gemm);
    gemm.oneThread();
  }

  @AfterEach
  void close() {
    gemm.close();
  }

  @ParameterizedTest
  @CsvSource({"false,false", "true,false", "false,true", "true,true"})
  void productsOfSmallIntegersAreExactInEachOrder(boolean transposeA, boolean transposeB) {
    assertExact(transposeA, transposeB, 37, 18, 65);
  }

  @Test
  void manyShapesTakeTurns() {
    for (int turn = 0; turn < 2; turn++) {
      for (int m = 1; m <= SHAPES; m++) {
        assertExact(false, false, m, 3, 5);
      }
    }
  }

  @Test
  void factorsAreRoundedAndSumsAreNot() {
    float fine = 1f + 1f / 512;
    assertThat(product(false, false, 1, 1, 2, new float[] {fine, 1f}, new float[] {1f, 1f / 512}))
        .containsExactly(1f + 1f / 512);
  }

  private void assertExact(boolean transposeA, boolean transposeB, int m, int n, int k) {
    float[] a = integers(m * k, 1);
    float[] b = integers(k * n, 2);
    float[] expected = new float[m * n];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        for (int t = 0; t < k; t++) {
          expected[i * n + j] +=
              a[transposeA ? t * m + i : i * k + t] * b[transposeB ? j * k + t : t * n + j];
        }
      }
    }
    assertThat(product(transposeA, transposeB, m, n, k, a, b)).containsExactly(expected);
  }

  private float[] product(
      boolean transposeA, boolean transposeB, int m, int n, int k, float[] a, float[] b) {
    float[] product = new float[m * n];
    try (FloatPointer x = new FloatPointer(a);
        FloatPointer y = new FloatPointer(b);
        FloatPointer z = new FloatPointer((long) m * n)) {
      gemm.multiply(transposeA, transposeB, m, n, k, x, y, z);
      z.get(product);
    }
    return product;
  }

  /** Integers from −8 to 8 in no order. */
  private static float[] integers(int count, int seed) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (i * 31 + seed * 7) % 17 - 8;
    }
    return values;
  }
}
