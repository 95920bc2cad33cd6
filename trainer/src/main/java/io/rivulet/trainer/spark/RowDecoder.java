package io.rivulet.trainer.spark;

import java.io.Serializable;

/**
 * Makes an example of one raw event at a time. What was read last is asked for, in arrays that the
 * next {@link #read} may use again.
 */
public interface RowDecoder {

  /** Makes decoders, one for each task, several tasks at a time; it may travel to executors. */
  interface Factory extends Serializable {
    /** A decoder for one thread. */
    RowDecoder create();
  }

  /**
   * Reads an event.
   *
   * @param value the event as it came, or null
   * @return whether it is an example; if not, it may still be one for Spark SQL, see {@link
   *     #refusal}
   */
  boolean read(byte[] value);

  /**
   * Why an event that wasn't read isn't an example for Spark SQL either, in its words; null where
   * only Spark SQL can tell.
   */
  String refusal();

  /** Whether the event is a click: 0 or 1. */
  float label();

  /** Number of entries. */
  int entries();

  /** The key of each entry, [entries] and whatever comes behind. */
  long[] keys();

  /** The weight of each entry, [entries] and whatever comes behind. */
  float[] weights();

  /**
   * The field of each entry, [entries] and whatever comes behind; empty where every field has
   * exactly one.
   */
  int[] fields();
}
