package io.rivulet.trainer.spark;

import io.rivulet.trainer.spark.ExampleChunk.RawBytes;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * The raw events among others of which a decoder makes no example. Those that didn't come with its
 * examples are found by decoding once more, with nothing to plan: a condition that names their
 * offsets would take Spark longer than reading them.
 */
final class UnreadEvents {
  /** Why an event isn't an example: string. */
  private static final String REASON = "reason";

  private static final StructType REFUSED =
      new StructType()
          .add("topic", DataTypes.StringType)
          .add("partition", DataTypes.IntegerType)
          .add("offset", DataTypes.LongType)
          .add("key", DataTypes.BinaryType)
          .add("value", DataTypes.BinaryType)
          .add(REASON, DataTypes.StringType);

  private final Dataset<Row> raw;
  private final RowDecoder.Factory decoders;
  private final RawPacker.Columns columns;

  UnreadEvents(Dataset<Row> raw, RowDecoder.Factory decoders) {
    this.raw = raw;
    this.decoders = decoders;
    this.columns = RawPacker.Columns.of(raw.schema());
  }

  /** Those that only Spark SQL can judge. */
  Dataset<Row> odd() {
    RowDecoder.Factory factory = decoders;
    RawPacker.Columns places = columns;
    return dataset(
        raw.schema(),
        rows -> {
          RowDecoder decoder = factory.create();
          return stream(rows)
              .filter(row -> !decoder.read(places.value(row)) && decoder.refusal() == null)
              .iterator();
        });
  }

  /**
   * Those that the decoder refuses, with a further column for its reason.
   *
   * @param chunks all that have refused events
   */
  Dataset<Row> refused(List<ExampleChunk> chunks) {
    List<Row> rows = new ArrayList<>();
    for (ExampleChunk chunk : chunks) {
      if (chunk.refusedEvents().length == 0) {
        return refused();
      }
      for (int i = 0; i < chunk.refused().length; i++) {
        RawBytes event = chunk.refusedEvents()[i];
        rows.add(
            RowFactory.create(
                chunk.topic(),
                chunk.partition(),
                chunk.refused()[i],
                event.key(),
                event.value(),
                chunk.reasons()[i]));
      }
    }
    return raw.sparkSession().createDataFrame(rows, REFUSED);
  }

  private Dataset<Row> refused() {
    RowDecoder.Factory factory = decoders;
    RawPacker.Columns places = columns;
    return dataset(
        raw.schema().add(REASON, DataTypes.StringType),
        rows -> {
          RowDecoder decoder = factory.create();
          return stream(rows)
              .filter(row -> !decoder.read(places.value(row)) && decoder.refusal() != null)
              .map(row -> withReason(row, decoder.refusal()))
              .iterator();
        });
  }

  private static InternalRow withReason(InternalRow row, String reason) {
    return new JoinedRow(row, new GenericInternalRow(new Object[] {UTF8String.fromString(reason)}));
  }

  private static Stream<InternalRow> stream(Iterator<InternalRow> rows) {
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(rows, Spliterator.ORDERED), false);
  }

  private Dataset<Row> dataset(
      StructType schema, FlatMapFunction<Iterator<InternalRow>, InternalRow> chosen) {
    JavaRDD<InternalRow> rows = raw.queryExecution().toRdd().toJavaRDD().mapPartitions(chosen);
    return raw.sparkSession().internalCreateDataFrame(rows.rdd(), schema, false);
  }
}
