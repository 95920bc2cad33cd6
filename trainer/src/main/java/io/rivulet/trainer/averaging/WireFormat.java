package io.rivulet.trainer.averaging;

import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.WorkingSet;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Tasks, updates and dense parameters as bytes: little-endian, each array with its length before
 * it. Java's own serialization of such arrays takes longer than the training of a small round.
 */
public final class WireFormat {
  private WireFormat() {}

  /** The bytes of {@code state}. */
  public static byte[] encode(DenseState state) {
    ByteBuffer out = buffer(bytes(state));
    put(out, state);
    return out.array();
  }

  /** What {@link #encode(DenseState)} encoded; a new object each time. */
  public static DenseState decodeDense(byte[] bytes) {
    return readDense(wrap(bytes));
  }

  /** The bytes of {@code task}. */
  public static byte[] encode(WorkerTask task) {
    WorkingSet set = task.workingSet();
    ByteBuffer out =
        buffer(
            5L * Integer.BYTES
                + Float.BYTES
                + bytes(set.labels().length)
                + bytes(set.index().length)
                + bytes(set.weights().length)
                + bytes(set.starts().length)
                + bytes(set.fields().length)
                + bytes(set.rowFloats()));
    out.putInt(task.worker());
    out.putInt(set.examples())
        .putInt(set.fieldCount())
        .putInt(set.rowCount())
        .putInt(set.rowWidth())
        .putFloat(set.negativeWeight());
    put(out, set.labels());
    put(out, set.index());
    put(out, set.weights());
    put(out, set.starts());
    put(out, set.fields());
    put(out, set.rows(), set.rowFloats());
    return out.array();
  }

  /** What {@link #encode(WorkerTask)} encoded. */
  public static WorkerTask decodeTask(byte[] bytes) {
    ByteBuffer in = wrap(bytes);
    int worker = in.getInt();
    int examples = in.getInt();
    int fieldCount = in.getInt();
    int rowCount = in.getInt();
    int rowWidth = in.getInt();
    float negativeWeight = in.getFloat();
    return new WorkerTask(
        worker,
        new WorkingSet(
            examples,
            fieldCount,
            floats(in),
            ints(in),
            floats(in),
            ints(in),
            ints(in),
            negativeWeight,
            rowCount,
            rowWidth,
            floats(in)));
  }

  /** The bytes of {@code update}. */
  public static byte[] encode(WorkerUpdate update) {
    ByteBuffer out =
        buffer(
            3L * Integer.BYTES
                + 5L * Long.BYTES
                + bytes(update.rowFloats())
                + bytes(update.predictions().length)
                + bytes(update.dense()));
    out.putInt(update.worker()).putInt(update.examples()).putInt(update.sound() ? 1 : 0);
    put(out, update.rows(), update.rowFloats());
    put(out, update.predictions());
    put(out, update.dense());
    // Last, since they alone differ between two attempts.
    StepTimes times = update.times();
    out.putLong(times.gather())
        .putLong(times.forward())
        .putLong(times.backward())
        .putLong(times.towerOptimizer())
        .putLong(times.sparseOptimizer());
    return out.array();
  }

  /** What {@link #encode(WorkerUpdate)} encoded. */
  public static WorkerUpdate decodeUpdate(byte[] bytes) {
    ByteBuffer in = wrap(bytes);
    int worker = in.getInt();
    int examples = in.getInt();
    boolean sound = in.getInt() == 1;
    float[] rows = floats(in);
    float[] predictions = floats(in);
    DenseState dense = readDense(in);
    StepTimes times =
        new StepTimes(in.getLong(), in.getLong(), in.getLong(), in.getLong(), in.getLong());
    return new WorkerUpdate(worker, examples, rows, rows.length, dense, predictions, sound, times);
  }

  private static void put(ByteBuffer out, DenseState state) {
    out.putLong(state.step);
    put(out, state.wideBias);
    put(out, state.tower);
    put(out, state.moment1);
    put(out, state.moment2);
  }

  private static DenseState readDense(ByteBuffer in) {
    long step = in.getLong();
    float[] wideBias = floats(in);
    return new DenseState(floats(in), floats(in), floats(in), wideBias, step);
  }

  private static long bytes(DenseState state) {
    return Long.BYTES + bytes(state.wideBias.length) + 3 * bytes(state.tower.length);
  }

  /** Bytes of an array of floats or ints, its length included. */
  private static long bytes(int length) {
    return Integer.BYTES + (long) length * Float.BYTES;
  }

  private static ByteBuffer buffer(long bytes) {
    return wrap(new byte[Math.toIntExact(bytes)]);
  }

  private static ByteBuffer wrap(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void put(ByteBuffer out, float[] values) {
    put(out, values, values.length);
  }

  private static void put(ByteBuffer out, float[] values, int length) {
    out.putInt(length).asFloatBuffer().put(values, 0, length);
    skip(out, length);
  }

  private static void put(ByteBuffer out, int[] values) {
    out.putInt(values.length).asIntBuffer().put(values);
    skip(out, values.length);
  }

  private static float[] floats(ByteBuffer in) {
    float[] values = new float[length(in)];
    in.asFloatBuffer().get(values);
    skip(in, values.length);
    return values;
  }

  private static int[] ints(ByteBuffer in) {
    int[] values = new int[length(in)];
    in.asIntBuffer().get(values);
    skip(in, values.length);
    return values;
  }

  /** A length, checked against what is left before anything is allocated. */
  private static int length(ByteBuffer in) {
    int length = in.getInt();
    if (length < 0 || length > in.remaining() / Float.BYTES) {
      throw new IllegalArgumentException(
          "An array of " + length + " values in " + in.remaining() + " bytes");
    }
    return length;
  }

  private static void skip(ByteBuffer buffer, int values) {
    buffer.position(buffer.position() + values * Float.BYTES);
  }
}
