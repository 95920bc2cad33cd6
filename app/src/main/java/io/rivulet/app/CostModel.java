package io.rivulet.app;

import io.rivulet.trainer.model.ModelShape;
import io.rivulet.trainer.model.TowerLayout;
import java.util.stream.IntStream;

/**
 * Bytes and floating-point operations of a model, by formula. Symbols: F fields, E width of an
 * embedding, n₀ = F·E, n₁ … n_L hidden widths, n_{L+1} = 1, P = Σ (n_l + 1)·n_{l+1} parameters of
 * the tower, W workers, B rows of a mini-batch, k mini-batches of a round, N rows of a window, R
 * keys in the table, u(n) distinct keys in n rows ({@link KeyGrowth}), m = min(B·k, ⌈N / W⌉) rows
 * of a worker in a round. Each field has one key an event; arrays' headers and small files aren't
 * counted.
 *
 * @param shape F, E and the hidden widths
 * @param batch B
 * @param frequency k
 * @param workers W
 * @param windowRows N
 * @param keys R and u
 */
record CostModel(
    ModelShape shape, int batch, int frequency, int workers, long windowRows, KeyGrowth keys) {
  private static final int SEGMENTS = 1024;
  private static final int FIRST_SLOTS = 8;

  /** A row's key, and its stamp. */
  private static final int KEY_BYTES = Long.BYTES + Integer.BYTES;

  private static final int SLOT_BYTES = Long.BYTES + Integer.BYTES;
  private static final int PAGE_FLOATS = 1 << 18;

  /** The merge's counter with half as much room to grow, the list of a snapshot, a changed bit. */
  private static final double BOOKKEEPING_BYTES = 1.5 * Integer.BYTES + Integer.BYTES + 0.125;

  /** What Spark and the JVM take before any model. */
  private static final long PROCESS_BYTES = 512L << 20;

  private static final int TASK_HEADER = 48;
  private static final int DENSE_HEADER = 36;
  private static final int UPDATE_HEADER = 60;
  private static final int DENSE_FILE_HEADER = 36;
  private static final int ROWS_FILE_HEADER = 20;

  /** Operations of an Adam step on one parameter. */
  private static final int ADAM_FLOPS = 12;

  /** Floats of a row of the table: 3 + 3E. */
  int rowFloats() {
    return shape.rowWidth();
  }

  /** Bytes of a row without its key: 4·(3 + 3E). */
  long rowBytes() {
    return (long) rowFloats() * Float.BYTES;
  }

  /** Parameters P of the tower. */
  long parameters() {
    return shape.towerLayout().size();
  }

  /** Multiplications of a row's way forward through the tower: Σ n_l·n_{l+1}. */
  long products() {
    TowerLayout layout = shape.towerLayout();
    return IntStream.range(0, layout.layers())
        .mapToLong(l -> (long) layout.in(l) * layout.out(l))
        .sum();
  }

  /**
   * Bytes of the table: pages of rows with their keys and stamps, 4·(3 + 3E) + 12 a row and rounded
   * up to whole pages, and 12 a hash slot.
   */
  long tableBytes() {
    long pageRows = Integer.highestOneBit(Math.max(1, PAGE_FLOATS / rowFloats()));
    long pages = ceilDiv(keys.resident(), pageRows);
    return pages * pageRows * (rowBytes() + KEY_BYTES) + slots(keys.resident()) * SLOT_BYTES;
  }

  /**
   * Hash slots of a table of so many keys: a segment s of 1,024 has the smallest power of two, at
   * least 8, of which its keys fill at most 1/2 + s/4096.
   */
  static long slots(long keyCount) {
    long each = ceilDiv(keyCount, SEGMENTS);
    long total = 0;
    for (int s = 0; s < SEGMENTS; s++) {
      long slots = FIRST_SLOTS;
      while (each > slots / 2 + slots * s / (4L * SEGMENTS)) {
        slots *= 2;
      }
      total += slots;
    }
    return total;
  }

  /** Rows m of a worker in a round. */
  long roundRows() {
    return Math.min((long) batch * frequency, ceilDiv(windowRows, workers));
  }

  /** Rounds of a window: ⌈⌈N / W⌉ / (B·k)⌉. */
  long rounds() {
    return ceilDiv(ceilDiv(windowRows, workers), (long) batch * frequency);
  }

  /** Bytes that a worker gets for a round: 48 + 4m + 8·m·F + u(m)·4·(3 + 3E). */
  long taskBytes() {
    long m = roundRows();
    return TASK_HEADER
        + m * Float.BYTES
        + m * shape.fields() * (Float.BYTES + Integer.BYTES)
        + touchedBytes();
  }

  private long touchedBytes() {
    return Math.round(keys.distinct((double) roundRows()) * rowBytes());
  }

  /** Bytes of the dense parameters with their moments, once a round to each executor: 36 + 12P. */
  long denseBytes() {
    return DENSE_HEADER + 3 * Float.BYTES * parameters();
  }

  /** Bytes that a worker returns: 60 + u(m)·4·(3 + 3E) + 4m + the dense parameters'. */
  long updateBytes() {
    return UPDATE_HEADER + touchedBytes() + roundRows() * Float.BYTES + denseBytes();
  }

  /** Bytes between driver and workers in a round: W·(task + dense + update). */
  long roundBytes() {
    return workers * (taskBytes() + denseBytes() + updateBytes());
  }

  /** Bytes of a window's examples, N·(4 + 12F), which come to the driver before it is learned. */
  long exampleBytes() {
    return windowRows * (Float.BYTES + (long) shape.fields() * (Long.BYTES + Float.BYTES));
  }

  /** Bytes to and from the driver for a window: the examples and all rounds. */
  long windowBytes() {
    return exampleBytes() + rounds() * roundBytes();
  }

  /**
   * Memory of the driver: 512 MiB for the process, the table, 10.1 a key for the merge and the
   * commit, the dense parameters twice (as they are and as they are sent), every worker's task and
   * update twice (the same), and three windows of examples: learned, prepared, on their way.
   */
  long driverBytes() {
    return PROCESS_BYTES
        + tableBytes()
        + Math.round(keys.resident() * BOOKKEEPING_BYTES)
        + 2 * denseBytes()
        + 2L * workers * (taskBytes() + updateBytes())
        + 3 * exampleBytes();
  }

  /**
   * Memory of a worker: 512 MiB for the process, its task three times (received, decoded, learned)
   * and its update once, the dense parameters three times (received, decoded, learned), 16P for the
   * tower with gradient and moments, and 4·B·(Σ n_l + 2·max n_l) for a mini-batch on its way
   * through the tower.
   */
  long workerBytes() {
    TowerLayout layout = shape.towerLayout();
    long inputs = IntStream.range(0, layout.layers()).mapToLong(layout::in).sum();
    long widest = IntStream.range(0, layout.layers()).mapToLong(layout::in).max().orElse(0);
    return PROCESS_BYTES
        + 3 * taskBytes()
        + updateBytes()
        + 3 * denseBytes()
        + 4 * Float.BYTES * parameters()
        + (long) batch * Float.BYTES * (inputs + 2 * widest);
  }

  /**
   * Operations of the matrix products for a row, 6·Σ n_l·n_{l+1}: forward, gradient by the weights,
   * gradient by the inputs; a multiplication and an addition each.
   */
  double productFlops() {
    return 6.0 * products();
  }

  /**
   * All other operations for a row: 4·F·E to gather embeddings and scatter their gradients, and 12
   * a parameter for Adam, of the tower and of the embeddings that a mini-batch touches: 12·(P +
   * E·u(B)) / B.
   */
  double otherFlops() {
    return 4.0 * shape.towerInput()
        + ADAM_FLOPS * (parameters() + shape.embDim() * keys.distinct(batch)) / batch;
  }

  /** Operations for a row, {@link #productFlops} + {@link #otherFlops}. */
  double rowFlops() {
    return productFlops() + otherFlops();
  }

  /**
   * Bytes of a commit of changes, after {@code windows} windows: 36 + 12P for the dense parameters,
   * and 20 + u(N·windows)·(12 + 4·(3 + 3E)) for the rows.
   */
  long commitBytes(int windows) {
    return storedBytes(Math.round(keys.distinct((double) windowRows * windows)));
  }

  /** Bytes of a snapshot: 36 + 12P, and 20 + R·(12 + 4·(3 + 3E)). */
  long snapshotBytes() {
    return storedBytes(keys.resident());
  }

  private long storedBytes(long rows) {
    return DENSE_FILE_HEADER
        + 3 * Float.BYTES * parameters()
        + ROWS_FILE_HEADER
        + rows * (KEY_BYTES + rowBytes());
  }

  private static long ceilDiv(long a, long b) {
    return Math.floorDiv(a + b - 1, b);
  }
}
