package io.rivulet.features;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.decode;
import static org.apache.spark.sql.functions.encode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.octet_length;
import static org.apache.spark.sql.functions.when;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The door: bytes become text, or a reason why not. It belongs to the source, which runs on the CPU
 * wherever the features run, since no GPU expression checks UTF-8.
 */
public final class RawEvents {
  /** Kafka topic, or path of a file: string. */
  public static final String TOPIC = "topic";

  /** Kafka partition; 0 for a file: int. */
  public static final String PARTITION = "partition";

  /** Kafka offset, or number of the line from 0: bigint. */
  public static final String OFFSET = "offset";

  /** The event as it came: binary. */
  public static final String VALUE = "value";

  /** The event as text; null where it isn't: string. */
  public static final String TEXT = "text";

  /** Why an event can't be used; null where it can: string. */
  public static final String REASON = "reason";

  private static final String UTF_8 = "UTF-8";

  private RawEvents() {}

  /**
   * Adds {@link #TEXT} and {@link #REASON} to raw events.
   *
   * @param raw with topic, partition, offset and value
   * @param maxBytes length of the longest value that is looked at
   */
  public static Dataset<Row> decoded(Dataset<Row> raw, int maxBytes) {
    Column value = col(VALUE);
    Column unusable =
        when(value.isNull(), lit("null value"))
            .when(octet_length(value).equalTo(0), lit("empty value"))
            .when(octet_length(value).gt(maxBytes), lit("longer than event.max_bytes"))
            .when(encode(decode(value, UTF_8), UTF_8).notEqual(value), lit("invalid UTF-8"));
    return raw.select(col(TOPIC), col(PARTITION), col(OFFSET), value, unusable.as(REASON))
        .withColumn(TEXT, when(col(REASON).isNull(), value.cast("string")));
  }
}
