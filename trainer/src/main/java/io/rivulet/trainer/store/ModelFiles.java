package io.rivulet.trainer.store;

import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.EmbeddingTable;
import io.rivulet.trainer.model.ModelShape;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.DigestInputStream;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.function.IntToLongFunction;
import java.util.function.IntUnaryOperator;
import java.util.function.ObjIntConsumer;

/**
 * The binary files of a version, little-endian: dense parameters, embedding rows, and keys whose
 * rows are gone. Lengths are checked against the file's before anything is allocated, and SHA-256
 * while reading.
 */
final class ModelFiles {
  private static final byte[] DENSE_MAGIC = {'R', 'V', 'L', 'T', 'D', 'N', 'S', '1'};
  private static final byte[] ROWS_MAGIC = {'R', 'V', 'L', 'T', 'R', 'O', 'W', '2'};

  /** Of files without stamps. */
  private static final byte[] FIRST_ROWS_MAGIC = {'R', 'V', 'L', 'T', 'R', 'O', 'W', '1'};

  private static final byte[] EVICTED_MAGIC = {'R', 'V', 'L', 'T', 'E', 'V', 'C', '1'};
  private static final int DENSE_HEADER = 8 + Long.BYTES + Long.BYTES + 3 * Float.BYTES;
  private static final int ROWS_HEADER = 8 + Integer.BYTES + Long.BYTES;
  private static final int EVICTED_HEADER = 8 + Long.BYTES;
  private static final int BUFFER = 1 << 16;

  private ModelFiles() {}

  static StoreFiles.Content dense(DenseState state) {
    return out -> {
      ByteBuffer header = buffer(DENSE_HEADER);
      header.put(DENSE_MAGIC).putLong(state.tower.length).putLong(state.step);
      for (float f : state.wideBias) {
        header.putFloat(f);
      }
      out.write(header.array());
      writeFloats(out, state.tower);
      writeFloats(out, state.moment1);
      writeFloats(out, state.moment2);
    };
  }

  /** Keys whose rows were removed. */
  static StoreFiles.Content evicted(long[] keys) {
    return out -> {
      ByteBuffer header = buffer(EVICTED_HEADER);
      out.write(header.put(EVICTED_MAGIC).putLong(keys.length).array());
      ByteBuffer block = buffer(BUFFER);
      for (int from = 0; from < keys.length; from += BUFFER / Long.BYTES) {
        int n = Math.min(BUFFER / Long.BYTES, keys.length - from);
        block.asLongBuffer().put(keys, from, n);
        out.write(block.array(), 0, n * Long.BYTES);
      }
    };
  }

  /** Removes the rows of a file's keys, as far as the table has them. */
  static void removeEvicted(StoreFiles files, DataFile file, EmbeddingTable table)
      throws IOException {
    try (Reader in = new Reader(files, file, file.bytes())) {
      in.require(Arrays.equals(in.read(EVICTED_MAGIC.length).array(), EVICTED_MAGIC));
      long count = in.read(Long.BYTES).getLong();
      in.require(count >= 0 && count <= Integer.MAX_VALUE);
      in.require(file.bytes() == EVICTED_HEADER + count * Long.BYTES);
      for (long i = 0; i < count; i++) {
        int number = table.find(in.read(Long.BYTES).getLong());
        if (number >= 0) {
          table.remove(number);
        }
      }
      in.verify();
    }
  }

  /** The given rows of a table. */
  static StoreFiles.Content rows(EmbeddingTable table, int[] rowNumbers) {
    return rows(
        table.rowWidth(),
        rowNumbers.length,
        i -> table.key(rowNumbers[i]),
        i -> table.stamp(rowNumbers[i]),
        (row, i) -> table.read(rowNumbers[i], row, 0));
  }

  /** Rows that lie one after the other: [keys × width]. */
  static StoreFiles.Content rows(long[] keys, int[] stamps, float[] rows, int width) {
    return rows(
        width,
        keys.length,
        i -> keys[i],
        i -> stamps[i],
        (row, i) -> System.arraycopy(rows, i * width, row, 0, width));
  }

  private static StoreFiles.Content rows(
      int width,
      int count,
      IntToLongFunction key,
      IntUnaryOperator stamp,
      ObjIntConsumer<float[]> read) {
    return out -> {
      ByteBuffer header = buffer(ROWS_HEADER);
      header.put(ROWS_MAGIC).putInt(width).putLong(count);
      out.write(header.array());
      int rowBytes = rowBytes(width);
      ByteBuffer block = buffer(Math.max(1, BUFFER / rowBytes) * rowBytes);
      float[] row = new float[width];
      for (int i = 0; i < count; i++) {
        if (block.remaining() < rowBytes) {
          out.write(block.array(), 0, block.position());
          block.clear();
        }
        block.putLong(key.applyAsLong(i)).putInt(stamp.applyAsInt(i));
        read.accept(row, i);
        block.asFloatBuffer().put(row);
        block.position(block.position() + width * Float.BYTES);
      }
      out.write(block.array(), 0, block.position());
    };
  }

  /** Reads the dense parameters of a version, which has seen {@code step} mini-batches. */
  static DenseState readDense(StoreFiles files, DataFile file, ModelShape shape, long step)
      throws IOException {
    int size = shape.towerLayout().size();
    try (Reader in = new Reader(files, file, denseBytes(size))) {
      float[] bias = readBias(in, size, step);
      float[] tower = in.readFloats(size);
      float[] moment1 = in.readFloats(size);
      float[] moment2 = in.readFloats(size);
      in.verify();
      return new DenseState(tower, moment1, moment2, bias, step);
    }
  }

  /** Reads the same without optimizer state. */
  static TowerParameters readTower(StoreFiles files, DataFile file, ModelShape shape, long step)
      throws IOException {
    int size = shape.towerLayout().size();
    try (Reader in = new Reader(files, file, denseBytes(size))) {
      float[] bias = readBias(in, size, step);
      float[] tower = in.readFloats(size);
      in.pass(2L * size * Float.BYTES);
      in.verify();
      return new TowerParameters(tower, bias[0]);
    }
  }

  private static long denseBytes(int size) {
    return DENSE_HEADER + 3L * size * Float.BYTES;
  }

  private static float[] readBias(Reader in, int size, long step) throws IOException {
    in.require(Arrays.equals(in.read(DENSE_MAGIC.length).array(), DENSE_MAGIC));
    ByteBuffer header = in.read(DENSE_HEADER - 8);
    in.require(header.getLong() == size);
    in.require(header.getLong() == step);
    float[] bias = {header.getFloat(), header.getFloat(), header.getFloat()};
    in.requireFinite(bias);
    return bias;
  }

  /**
   * Sets the rows of the file in {@code table}, adding those that it lacks. No key may come twice.
   *
   * @param width floats of a row in the file; a table of narrower rows gets the first floats of
   *     each
   * @param all whether rows that the file lacks are removed
   */
  static void readRows(
      StoreFiles files, DataFile file, int width, EmbeddingTable table, boolean all)
      throws IOException {
    try (Reader in = new Reader(files, file, file.bytes())) {
      byte[] magic = in.read(ROWS_MAGIC.length).array();
      boolean stamped = Arrays.equals(magic, ROWS_MAGIC);
      in.require(stamped || Arrays.equals(magic, FIRST_ROWS_MAGIC));
      int rowBytes = rowBytes(width) - (stamped ? 0 : Integer.BYTES);
      ByteBuffer header = in.read(ROWS_HEADER - 8);
      in.require(header.getInt() == width);
      long count = header.getLong();
      in.require(count >= 0 && count <= Integer.MAX_VALUE);
      in.require(file.bytes() == ROWS_HEADER + count * rowBytes);
      float[] row = new float[width];
      BitSet seen = new BitSet();
      for (long i = 0; i < count; i++) {
        ByteBuffer bytes = in.read(rowBytes);
        long key = bytes.getLong();
        int stamp = stamped ? bytes.getInt() : 0;
        in.require(stamp >= 0);
        bytes.asFloatBuffer().get(row);
        in.requireFinite(row);
        int found = table.find(key);
        int number = found >= 0 ? found : table.add(key);
        in.require(!seen.get(number));
        seen.set(number);
        table.write(number, row, 0);
        table.stamp(number, stamp);
      }
      in.verify();
      // Backwards, so that the row that takes a removed one's number is one that stays.
      for (int number = table.size() - 1; all && number >= 0; number--) {
        if (!seen.get(number)) {
          table.remove(number);
        }
      }
    }
  }

  private static int rowBytes(int width) {
    return Long.BYTES + Integer.BYTES + width * Float.BYTES;
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void writeFloats(OutputStream out, float[] values) throws IOException {
    ByteBuffer block = buffer(BUFFER);
    int chunk = BUFFER / Float.BYTES;
    for (int from = 0; from < values.length; from += chunk) {
      int n = Math.min(chunk, values.length - from);
      block.asFloatBuffer().put(values, from, n);
      out.write(block.array(), 0, n * Float.BYTES);
    }
  }

  /** Reads a file of known length, checking length and SHA-256. */
  static final class Reader implements AutoCloseable {
    private final DataFile file;
    private final DigestInputStream in;

    Reader(StoreFiles files, DataFile file, long expectedBytes) throws IOException {
      this.file = file;
      long bytes = files.length(file.path());
      if (bytes < 0) {
        throw new StoreException(
            files.root() + "/" + file.path() + " is missing, though a manifest names it");
      }
      require(bytes == file.bytes() && bytes == expectedBytes);
      this.in =
          new DigestInputStream(
              new java.io.BufferedInputStream(files.open(file.path()), BUFFER),
              StoreFiles.sha256());
    }

    ByteBuffer read(int bytes) throws IOException {
      ByteBuffer buffer = buffer(bytes);
      require(in.readNBytes(buffer.array(), 0, bytes) == bytes);
      return buffer;
    }

    float[] readFloats(int count) throws IOException {
      float[] values = new float[count];
      int chunk = BUFFER / Float.BYTES;
      for (int at = 0; at < count; at += chunk) {
        int n = Math.min(chunk, count - at);
        read(n * Float.BYTES).asFloatBuffer().get(values, at, n);
      }
      requireFinite(values);
      return values;
    }

    /** Reads bytes that nobody wants, but for the SHA-256. */
    void pass(long bytes) throws IOException {
      byte[] block = new byte[BUFFER];
      for (long left = bytes; left > 0; ) {
        int n = (int) Math.min(BUFFER, left);
        require(in.readNBytes(block, 0, n) == n);
        left -= n;
      }
    }

    void require(boolean holds) {
      if (!holds) {
        throw new StoreException(
            file.path() + " is damaged: its content is not what its manifest says");
      }
    }

    /** Checks that these are numbers, as a model has. */
    void requireFinite(float[] values) {
      for (float value : values) {
        if (!Float.isFinite(value)) {
          throw new StoreException(file.path() + " is damaged: it has a parameter " + value);
        }
      }
    }

    void verify() {
      String sha256 = HexFormat.of().formatHex(in.getMessageDigest().digest());
      require(sha256.equals(file.sha256()));
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  /** Checks length and SHA-256 of any data file. */
  static void verify(StoreFiles files, DataFile file) throws IOException {
    long bytes = files.length(file.path());
    if (bytes != file.bytes()) {
      throw new StoreException(
          file.path()
              + (bytes < 0 ? " is missing" : " has " + bytes + " bytes")
              + ", its manifest says "
              + file.bytes()
              + " bytes");
    }
    try (InputStream raw = files.open(file.path());
        DigestInputStream in = new DigestInputStream(raw, StoreFiles.sha256())) {
      in.transferTo(OutputStream.nullOutputStream());
      if (!HexFormat.of().formatHex(in.getMessageDigest().digest()).equals(file.sha256())) {
        throw new StoreException(file.path() + " is damaged: its SHA-256 is not its manifest's");
      }
    }
  }
}
