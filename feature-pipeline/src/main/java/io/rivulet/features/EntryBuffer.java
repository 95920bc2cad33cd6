package io.rivulet.features;

import java.util.Arrays;

/** The entries of one example, in arrays that the next one uses again and that may be longer. */
final class EntryBuffer {
  private long[] keys;
  private float[] weights;
  private int[] fields;
  private int size;

  EntryBuffer(int capacity) {
    keys = new long[capacity];
    weights = new float[capacity];
    fields = new int[capacity];
  }

  void clear() {
    size = 0;
  }

  void add(long key, float weight, int field) {
    if (size == keys.length) {
      keys = Arrays.copyOf(keys, 2 * size);
      weights = Arrays.copyOf(weights, keys.length);
      fields = Arrays.copyOf(fields, keys.length);
    }
    keys[size] = key;
    weights[size] = weight;
    fields[size] = field;
    size++;
  }

  /** Gives all entries from {@code first} on another weight. */
  void reweigh(int first, float weight) {
    Arrays.fill(weights, first, size, weight);
  }

  int size() {
    return size;
  }

  long[] keys() {
    return keys;
  }

  float[] weights() {
    return weights;
  }

  int[] fields() {
    return fields;
  }
}
