package io.rivulet.features;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.array_distinct;
import static org.apache.spark.sql.functions.array_position;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.from_json;
import static org.apache.spark.sql.functions.get;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.octet_length;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.transform;
import static org.apache.spark.sql.functions.when;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * The door: bytes become text, or a reason why not. It belongs to the source, which runs on the CPU
 * wherever the features run, since no GPU expression checks UTF-8; the plan of the features begins
 * behind it.
 */
public final class RawEvents {
  /** Kafka topic, or path of a file: string. */
  public static final String TOPIC = "topic";

  /** Kafka partition; 0 for a file: int. */
  public static final String PARTITION = "partition";

  /** Kafka offset, or number of the line from 0: bigint. */
  public static final String OFFSET = "offset";

  /** The Kafka record's key, null in a file: binary. */
  public static final String KEY = "key";

  /** The event as it came: binary. */
  public static final String VALUE = "value";

  /** The columns of raw events, those above. */
  public static final StructType TYPE =
      new StructType()
          .add(TOPIC, DataTypes.StringType)
          .add(PARTITION, DataTypes.IntegerType)
          .add(OFFSET, DataTypes.LongType)
          .add(KEY, DataTypes.BinaryType)
          .add(VALUE, DataTypes.BinaryType);

  /** The event as text; null where it isn't: string. */
  public static final String TEXT = "text";

  /**
   * Of {@link WireForm#MINDREC}: the values in the order of the schema's paths: array of string.
   */
  static final String CELLS = "cells";

  /** Why an event can't be used; null where it can: string. */
  public static final String REASON = "reason";

  private static final StructType DECODED =
      TYPE.add(REASON, DataTypes.StringType).add(TEXT, DataTypes.StringType);

  /** How Java writes a double. */
  private static final String FLOAT = "^-?[0-9]+\\.[0-9]+(E[0-9]+)?$";

  private RawEvents() {}

  /**
   * Adds {@link #TEXT} and {@link #REASON} to raw events, and {@link #CELLS} to those in MindRec's
   * form. The plan of what isn't a stream begins with these rows: what gives the raw events is
   * planned here, with stages before a shuffle run at once, and run whenever the rows are asked
   * for.
   *
   * @param raw with topic, partition, offset, key and value
   * @param maxBytes length of the longest value that is looked at
   * @throws IllegalArgumentException if a column is missing or of another type; a key or value may
   *     also be text
   */
  static Dataset<Row> decoded(Dataset<Row> raw, int maxBytes, WireForm form, Schema schema) {
    Dataset<Row> events = raw.select(columns(raw.schema()));
    Door door = new Door(maxBytes);
    Dataset<Row> text =
        raw.isStreaming()
            ? events.map((MapFunction<Row, Row>) door::decoded, Encoders.row(DECODED))
            : raw.sparkSession()
                .internalCreateDataFrame(
                    events.queryExecution().toRdd().toJavaRDD().map(door::decoded).rdd(),
                    DECODED,
                    false);
    return form == WireForm.MINDREC ? withCells(text, maxBytes, schema) : text;
  }

  private static Column[] columns(StructType raw) {
    return Arrays.stream(TYPE.fields())
        .map(
            field -> {
              DataType wanted = field.dataType();
              DataType given = raw.apply(field.name()).dataType();
              boolean asBytes =
                  wanted.equals(DataTypes.BinaryType)
                      && (given.equals(DataTypes.StringType) || given.equals(DataTypes.NullType));
              if (!given.equals(wanted) && !asBytes) {
                throw new IllegalArgumentException(
                    String.format(
                        "Column %s of the raw events is of type %s; it must be %s",
                        field.name(), given.simpleString(), wanted.simpleString()));
              }
              return col(field.name()).cast(wanted).as(field.name());
            })
        .toArray(Column[]::new);
  }

  /** Looks at the bytes of each event. */
  private record Door(int maxBytes) implements Serializable {
    private static final int VALUE_AT = TYPE.fieldIndex(VALUE);

    /** Without a conversion: Spark's text is UTF-8. */
    InternalRow decoded(InternalRow event) {
      byte[] value = event.isNullAt(VALUE_AT) ? null : event.getBinary(VALUE_AT);
      String reason = reason(value);
      return new JoinedRow(
          event,
          new GenericInternalRow(
              new Object[] {
                UTF8String.fromString(reason), reason == null ? UTF8String.fromBytes(value) : null
              }));
    }

    Row decoded(Row event) {
      byte[] value = event.getAs(VALUE_AT);
      String reason = reason(value);
      String text = reason == null ? new String(value, StandardCharsets.UTF_8) : null;
      return RowFactory.create(
          event.get(0), event.get(1), event.get(2), event.get(3), value, reason, text);
    }

    private String reason(byte[] value) {
      String unread = Refusals.unread(value, maxBytes);
      return unread != null || Utf8.isWellFormed(value) ? unread : Refusals.INVALID_UTF_8;
    }
  }

  private static Dataset<Row> withCells(Dataset<Row> events, int maxBytes, Schema schema) {
    Column names = col("names");
    Column values = col("values");
    Column key =
        when(
            col(REASON).isNull().and(octet_length(col(KEY)).leq(maxBytes)),
            col(KEY).cast("string"));
    Dataset<Row> parsed =
        events.withColumn("names", jsonArray(key)).withColumn("values", jsonArray(col(TEXT)));
    List<Column> reasons = new ArrayList<>();
    reasons.add(col(REASON));
    reasons.add(when(names.isNull(), lit("the key is not a JSON array of column names")));
    reasons.add(when(values.isNull(), lit("not a JSON array")));
    reasons.add(
        when(size(names).notEqual(size(values)), lit("the key names another number of columns")));
    reasons.add(
        when(
            size(array_distinct(names)).notEqual(size(names)),
            lit("the key names a column twice")));
    List<Column> cells = new ArrayList<>();
    for (String path : schema.paths()) {
      Column position = array_position(names, path);
      reasons.add(when(position.equalTo(0), lit("the key doesn't name column " + path)));
      cells.add(get(values, position.minus(1).cast("int")));
    }
    return parsed
        .withColumn(REASON, coalesce(reasons.toArray(Column[]::new)))
        .withColumn(
            CELLS,
            when(
                col(REASON).isNull(),
                transform(array(cells.toArray(Column[]::new)), RawEvents::asPandasMeans)))
        .drop("names", "values");
  }

  /** pandas writes a missing value as the token NaN, which comes with quotes; its 3.0 is 3. */
  private static Column asPandasMeans(Column cell) {
    return when(cell.equalTo("\"NaN\""), null)
        .when(cell.rlike(FLOAT), coalesce(EventParser.whole(cell).cast("string"), cell))
        .otherwise(cell);
  }

  /**
   * The elements of a text that is one JSON array and nothing else, as texts; else null. Spark
   * doesn't look at what follows a document, so an end mark behind it tells that it was read whole.
   */
  private static Column jsonArray(Column text) {
    DataType strings = DataTypes.createArrayType(DataTypes.StringType);
    Column found =
        from_json(
                concat(lit("{\"e\":["), text, lit(",[\"end\"]]}")),
                new StructType().add("e", DataTypes.createArrayType(strings)),
                Map.of())
            .getField("e");
    return when(
        size(found).equalTo(2).and(found.getItem(1).getItem(0).equalTo("end")), found.getItem(0));
  }
}
