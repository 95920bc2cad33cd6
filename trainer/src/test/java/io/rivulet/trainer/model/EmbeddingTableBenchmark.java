package io.rivulet.trainer.model;

import io.rivulet.trainer.HotLoopBenchmark;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The embedding table with rows of 51 floats, so E = 16. An operation finds one key, or reads or
 * writes one row of 204 bytes. Keys and rows are drawn evenly from the whole table, so caches help
 * as little as they can; a click's frequent keys are found faster.
 */
@State(Scope.Thread)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EmbeddingTableBenchmark extends HotLoopBenchmark {
  private static final int EMB_DIM = 16;

  /** Operations until keys and rows come again; a power of two. */
  private static final int DRAWN = 1 << 20;

  @Param({"200000", "2000000"})
  private int rows;

  private final long[] drawnKeys = new long[DRAWN];
  private final int[] drawnRows = new int[DRAWN];
  private final float[] row = new float[RowLayout.width(EMB_DIM)];
  private EmbeddingTable table;
  private int next;

  @Setup
  public void setUp() {
    table = new EmbeddingTable(row.length);
    for (int i = 0; i < rows; i++) {
      table.add(CounterRandom.mix(i));
    }
    Random random = new Random(1);
    for (int i = 0; i < DRAWN; i++) {
      drawnRows[i] = random.nextInt(rows);
      drawnKeys[i] = table.key(drawnRows[i]);
    }
  }

  private int next() {
    next = (next + 1) & (DRAWN - 1);
    return next;
  }

  @Benchmark
  public int find() {
    return table.find(drawnKeys[next()]);
  }

  @Benchmark
  public float[] read() {
    table.read(drawnRows[next()], row, 0);
    return row;
  }

  @Benchmark
  public void write() {
    table.write(drawnRows[next()], row, 0);
  }
}
