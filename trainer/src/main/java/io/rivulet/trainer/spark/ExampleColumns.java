package io.rivulet.trainer.spark;

/**
 * The columns in which examples come; see {@code docs/architecture.md}. All integers are long
 * enough for what they carry: {@code label float, keys array<bigint>, weights array<float>, fields
 * array<int>} (null when every field has one key), {@code topic string, partition int, offset
 * bigint, reason string} (null for an example, else why the event isn't one).
 */
final class ExampleColumns {
  static final String[] NAMES = {
    "label", "keys", "weights", "fields", "topic", "partition", "offset", "reason"
  };
  static final int LABEL = 0;
  static final int KEYS = 1;
  static final int WEIGHTS = 2;
  static final int FIELDS = 3;
  static final int TOPIC = 4;
  static final int PARTITION = 5;
  static final int OFFSET = 6;
  static final int REASON = 7;

  private ExampleColumns() {}
}
