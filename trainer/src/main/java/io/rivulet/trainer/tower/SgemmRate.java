package io.rivulet.trainer.tower;

import io.rivulet.trainer.model.ModelShape;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bytedeco.javacpp.FloatPointer;

/**
 * How fast this machine multiplies matrices: the roof under which a step can't fall (Williams,
 * Waterman and Patterson, "Roofline", CACM 2009), since nearly all of its operations are products.
 */
public final class SgemmRate {
  private static final long WARM_UP_NS = 200_000_000L;
  private static final long MEASURE_NS = 600_000_000L;

  private SgemmRate() {}

  /**
   * Measures the three products of the tower's first layer (forward, by the weights, by the input),
   * on {@code threads} cores at once, for about a second.
   *
   * @param batch rows of a mini-batch
   * @return GFLOP/s of all threads together
   */
  public static double measure(ModelShape shape, int batch, int threads) {
    int in = shape.towerLayout().in(0);
    int out = shape.towerLayout().out(0);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<Double>> rates = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        rates.add(pool.submit(() -> rate(batch, in, out)));
      }
      double sum = 0;
      for (Future<Double> rate : rates) {
        sum += rate.get();
      }
      return sum;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while measuring sgemm", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } finally {
      pool.shutdownNow();
    }
  }

  private static double rate(int batch, int in, int out) {
    Sgemm sgemm = Sgemm.best();
    sgemm.oneThread();
    try (FloatPointer x = ones((long) batch * in);
        FloatPointer w = ones((long) in * out);
        FloatPointer y = ones((long) batch * out);
        FloatPointer dw = ones((long) in * out);
        FloatPointer dx = ones((long) batch * in)) {
      long products = 0;
      long start = System.nanoTime();
      long measured = 0;
      while (measured < MEASURE_NS) {
        sgemm.multiply(false, false, batch, out, in, x, w, y);
        sgemm.multiply(true, false, in, out, batch, x, y, dw);
        sgemm.multiply(false, true, batch, in, out, y, w, dx);
        long now = System.nanoTime();
        if (products == 0 && now - start < WARM_UP_NS) {
          continue;
        }
        if (products == 0) {
          start = now;
        }
        products += 3;
        measured = now - start;
      }
      return (products - 3) * 2.0 * batch * in * out / measured;
    }
  }

  private static FloatPointer ones(long size) {
    FloatPointer memory = new FloatPointer(size);
    for (long i = 0; i < size; i++) {
      memory.put(i, 1e-3f);
    }
    return memory;
  }
}
