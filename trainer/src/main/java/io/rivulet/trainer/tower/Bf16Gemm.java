package io.rivulet.trainer.tower;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.slf4j.LoggerFactory;

/**
 * Products whose factors are rounded to bfloat16 (8 bits of exponent, as a float has, and 7 of
 * fraction) and whose terms are summed in 32 bits, by oneDNN: twice as many operations a second
 * where the processor has instructions for it. Since the exponent is a float's, losses need no
 * scale (Kalamkar et al., "A Study of BFLOAT16 for Deep Learning Training", 2019).
 */
final class Bf16Gemm implements Gemm {
  /** Shapes of products to keep: those of a mini-batch, and of a window's last one. */
  private static final int KEPT_SHAPES = 64;

  private final engine cpu = new engine(engine.kind.cpu, 0);
  private final stream stream = new stream(cpu);
  private BytePointer roundedA = new BytePointer(0L);
  private BytePointer roundedB = new BytePointer(0L);

  private final Map<Shape, Product> products =
      new LinkedHashMap<>(2 * KEPT_SHAPES, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Shape, Product> eldest) {
          if (size() <= KEPT_SHAPES) {
            return false;
          }
          eldest.getValue().close();
          return true;
        }
      };

  /** These products where the processor has instructions for them, else those in 32 bits. */
  static Gemm orSgemm() {
    return Processor.MULTIPLIES ? new Bf16Gemm() : Sgemm.best();
  }

  /** Asked once. */
  private static final class Processor {
    static final boolean MULTIPLIES = multiplies();

    private static boolean multiplies() {
      boolean found =
          Sgemm.best() == Sgemm.ONE_DNN
              && (dnnl.dnnl_get_effective_cpu_isa() & dnnl.dnnl_cpu_isa_avx512_core_bf16)
                  == dnnl.dnnl_cpu_isa_avx512_core_bf16;
      if (!found) {
        LoggerFactory.getLogger(Bf16Gemm.class)
            .warn(
                "use_mixed_precision has no effect: this processor has neither AVX512-BF16 nor AMX,"
                    + " so all arithmetic is in 32 bits");
      }
      return found;
    }
  }

  @Override
  public void oneThread() {
    Sgemm.ONE_DNN.oneThread();
  }

  @Override
  public void multiply(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      FloatPointer a,
      FloatPointer b,
      FloatPointer c) {
    roundedA = atLeast(roundedA, (long) m * k);
    roundedB = atLeast(roundedB, (long) k * n);
    products
        .computeIfAbsent(new Shape(transposeA, transposeB, m, n, k), Product::new)
        .compute(a, b, c);
  }

  /** Memory for {@code size} values of 2 bytes. */
  private static BytePointer atLeast(BytePointer memory, long size) {
    if (memory.capacity() >= 2 * size) {
      return memory;
    }
    memory.close();
    return new BytePointer(2 * size);
  }

  @Override
  public void close() {
    products.values().forEach(Product::close);
    products.clear();
    for (Pointer part : new Pointer[] {roundedA, roundedB, stream, cpu}) {
      part.close();
    }
  }

  /** As in {@link #multiply}. */
  private record Shape(boolean transposeA, boolean transposeB, int m, int n, int k) {}

  /** Code that oneDNN generates for a shape, and its arguments. */
  private final class Product {
    private final Operand a;
    private final Operand b;
    private final memory c;
    private final IntMemoryMap arguments = new IntMemoryMap();
    private final matmul multiply;

    Product(Shape shape) {
      a = new Operand(shape.m, shape.k, shape.transposeA);
      b = new Operand(shape.k, shape.n, shape.transposeB);
      try (memory.desc result = matrix(shape.m, shape.n, false, memory.data_type.f32);
          matmul.desc operation = new matmul.desc(a.roundedLayout, b.roundedLayout, result);
          matmul.primitive_desc code = new matmul.primitive_desc(operation, cpu)) {
        c = new memory(result, cpu, null);
        multiply = new matmul(code);
      }
      arguments
          .put(dnnl.DNNL_ARG_SRC, a.rounded)
          .put(dnnl.DNNL_ARG_WEIGHTS, b.rounded)
          .put(dnnl.DNNL_ARG_DST, c);
    }

    void compute(FloatPointer factorA, FloatPointer factorB, FloatPointer result) {
      a.round(factorA, roundedA);
      b.round(factorB, roundedB);
      c.set_data_handle(result);
      multiply.execute(stream, arguments);
      stream._wait();
    }

    void close() {
      a.close();
      b.close();
      for (Pointer part : new Pointer[] {arguments, multiply, c}) {
        part.close();
      }
    }
  }

  /** A factor as it is given, and rounded. */
  private final class Operand {
    private final memory given;
    private final memory.desc roundedLayout;
    private final memory rounded;
    private final reorder round;

    Operand(int rows, int columns, boolean transposed) {
      try (memory.desc layout = matrix(rows, columns, transposed, memory.data_type.f32)) {
        given = new memory(layout, cpu, null);
      }
      roundedLayout = matrix(rows, columns, transposed, memory.data_type.bf16);
      rounded = new memory(roundedLayout, cpu, null);
      round = new reorder(given, rounded);
    }

    void round(FloatPointer from, BytePointer to) {
      given.set_data_handle(from);
      rounded.set_data_handle(to);
      round.execute(stream, given, rounded);
    }

    void close() {
      for (Pointer part : new Pointer[] {round, rounded, roundedLayout, given}) {
        part.close();
      }
    }
  }

  /** A [rows × columns] matrix, in memory row-major or, transposed, column-major. */
  private static memory.desc matrix(
      int rows, int columns, boolean transposed, memory.data_type type) {
    return new memory.desc(
        new long[] {rows, columns},
        type,
        transposed ? new long[] {1, rows} : new long[] {columns, 1},
        false);
  }
}
