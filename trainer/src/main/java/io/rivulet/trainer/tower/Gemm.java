package io.rivulet.trainer.tower;

import org.bytedeco.javacpp.FloatPointer;

/**
 * Products of row-major matrices of 32-bit floats in native memory, on one core: the calling
 * thread's. One thread at a time.
 */
interface Gemm extends AutoCloseable {

  /**
   * Keeps the calling thread's products on its own core: one worker a core, and BLAS threads would
   * fight the other workers. Before the thread's first product.
   */
  void oneThread();

  /**
   * C = op(A) · op(B) with op(A) [m × k], op(B) [k × n] and C [m × n], all densely packed, each
   * from its pointer's first float.
   */
  void multiply(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      FloatPointer a,
      FloatPointer b,
      FloatPointer c);

  /** Frees what products share. */
  @Override
  default void close() {}
}
