package io.rivulet.trainer.tower;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.blas_set_num_threads;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;

import com.sun.jna.Function;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.slf4j.LoggerFactory;

/**
 * Products in 32 bits. oneDNN generates code for the processor that it finds; OpenBLAS, which
 * chooses from a list that ends before today's processors, stands in where oneDNN doesn't load.
 */
enum Sgemm implements Gemm {
  ONE_DNN {
    @Override
    public void oneThread() {
      // Holds for the calling thread only.
      OpenMp.SET_NUM_THREADS.invokeVoid(new Object[] {1});
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
      int status =
          dnnl.dnnl_sgemm(
              flag(transposeA),
              flag(transposeB),
              m,
              n,
              k,
              1f,
              a,
              transposeA ? m : k,
              b,
              transposeB ? k : n,
              0f,
              c,
              n);
      if (status != dnnl.dnnl_success) {
        throw new IllegalStateException("oneDNN's sgemm failed with status " + status);
      }
    }

    private static byte flag(boolean transpose) {
      return (byte) (transpose ? 'T' : 'N');
    }
  },

  OPEN_BLAS {
    @Override
    public void oneThread() {
      blas_set_num_threads(1);
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
      cblas_sgemm(
          CblasRowMajor,
          transposeA ? CblasTrans : CblasNoTrans,
          transposeB ? CblasTrans : CblasNoTrans,
          m,
          n,
          k,
          1f,
          a,
          transposeA ? m : k,
          b,
          transposeB ? k : n,
          0f,
          c,
          n);
    }
  };

  /** The fastest that loads here. */
  static Sgemm best() {
    return Best.SGEMM;
  }

  /** Found when first asked for. */
  private static final class Best {
    static final Sgemm SGEMM = load();

    private static Sgemm load() {
      try {
        ONE_DNN.oneThread();
        return ONE_DNN;
      } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
        LoggerFactory.getLogger(Sgemm.class)
            .warn("oneDNN doesn't load, so OpenBLAS multiplies matrices: {}", e.toString());
        return OPEN_BLAS;
      }
    }
  }

  /** The OpenMP runtime that oneDNN brings along; it must be loaded with oneDNN first. */
  private static final class OpenMp {
    static final Function SET_NUM_THREADS;

    static {
      Loader.load(dnnl.class);
      SET_NUM_THREADS = Function.getFunction("libgomp.so.1", "omp_set_num_threads");
    }
  }
}
