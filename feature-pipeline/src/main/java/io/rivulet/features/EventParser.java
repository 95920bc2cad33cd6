package io.rivulet.features;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.from_json;
import static org.apache.spark.sql.functions.isnan;
import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.split;
import static org.apache.spark.sql.functions.unix_millis;
import static org.apache.spark.sql.functions.when;

import io.rivulet.features.Schema.EventTime;
import io.rivulet.features.Schema.Field;
import io.rivulet.features.Schema.Label;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Raw events to typed columns: the label (float), one for each dense field (bigint, or double where
 * it needn't be whole), one for each categorical field (string) and each multi-valued one (array of
 * string), the event's id (string) and time (milliseconds, bigint) where declared, and the reason
 * why an event can't be used.
 *
 * <p>Each wire form ends in one text a path, '' or null where it is missing; from there on there is
 * one way. Another form, say Avro with a schema registry, is another way to these texts.
 *
 * <p>{@link RowFeatures} does the same to plain lines. What changes here changes there.
 */
public final class EventParser {
  /** 0 or 1: float. */
  public static final String LABEL = "label";

  /** The event's id, where declared: string. */
  public static final String EVENT_ID = "event_id";

  /** The event's time in milliseconds since 1970, where declared: bigint. */
  public static final String EVENT_TIME = "event_time";

  private static final String EVENT = "event";

  /** Up to here a double holds every integer. */
  private static final double MAX_EXACT = PlainTexts.MAX_EXACT;

  private final Schema schema;
  private final WireForm form;
  private final List<Column> reasons = new ArrayList<>();
  private final List<Column> columns = new ArrayList<>();

  private EventParser(Schema schema, WireForm form) {
    this.schema = schema;
    this.form = form;
  }

  /**
   * Parses raw events.
   *
   * @param raw with topic, partition, offset, key and value
   * @param maxBytes longer events are refused unread
   * @throws IllegalArgumentException if a column is missing or of another type than {@link
   *     RawEvents#TYPE} says; a key or value may also be text
   */
  public static Dataset<Row> parsed(Dataset<Row> raw, Schema schema, WireForm form, int maxBytes) {
    return new EventParser(schema, form).parse(RawEvents.decoded(raw, maxBytes, form, schema));
  }

  private Dataset<Row> parse(Dataset<Row> decoded) {
    reasons.add(col(RawEvents.REASON));
    Dataset<Row> events =
        switch (form) {
          case TSV -> decoded.withColumn(EVENT, split(col(RawEvents.TEXT), "\t", -1));
          case JSON -> decoded.withColumn(EVENT, object(col(RawEvents.TEXT)));
          case MINDREC -> decoded.withColumnRenamed(RawEvents.CELLS, EVENT);
        };
    if (form == WireForm.TSV) {
      Column cells = size(col(EVENT));
      reasons.add(when(cells.notEqual(schema.columns().size()), lit(Refusals.WRONG_COLUMNS)));
    } else if (form == WireForm.JSON) {
      reasons.add(when(col(EVENT).isNull(), lit("not a JSON object")));
    }
    for (String kept :
        List.of(
            RawEvents.TOPIC,
            RawEvents.PARTITION,
            RawEvents.OFFSET,
            RawEvents.KEY,
            RawEvents.VALUE)) {
      columns.add(col(kept));
    }
    addLabel();
    addIdAndTime();
    for (Field field : schema.eventFields()) {
      switch (field.kind()) {
        case DENSE -> addNumber(field);
        case CATEGORICAL -> columns.add(cell(field.path()).as(field.name()));
        case MULTI_VALUED -> addList(field);
        case CROSS -> throw new IllegalStateException("A cross isn't in an event");
      }
    }
    columns.add(coalesce(reasons.toArray(Column[]::new)).as(RawEvents.REASON));
    return events.select(columns.toArray(Column[]::new));
  }

  /** The text at a path. */
  private Column cell(String path) {
    return switch (form) {
      case TSV -> col(EVENT).getItem(schema.columns().indexOf(path));
      case MINDREC -> col(EVENT).getItem(schema.paths().indexOf(path));
      case JSON -> {
        Column value = col(EVENT);
        for (String name : Paths.names(path)) {
          value = value.getField(name);
        }
        // The token NaN comes with quotes.
        yield when(value.notEqual("\"NaN\""), value);
      }
    };
  }

  private void addLabel() {
    Column text = cell(schema.label().path());
    Column click;
    Column noClick;
    if (!Double.isNaN(schema.label().atLeast())) {
      Column number = text.cast("double");
      click = number.geq(schema.label().atLeast()).and(isnan(number).equalTo(false));
      noClick = number.lt(schema.label().atLeast());
    } else if (schema.label().click().isEmpty()) {
      click = text.isin(Label.CLICK.toArray());
      noClick = text.isin(Label.NO_CLICK.toArray());
    } else {
      List<String> others = schema.label().noClick();
      click = text.isin(schema.label().click().toArray());
      noClick = others.isEmpty() ? text.notEqual("") : text.isin(others.toArray());
    }
    Column label = when(click, lit(1f)).when(noClick, lit(0f));
    reasons.add(when(label.isNull(), lit(Refusals.label(schema.label()))));
    columns.add(label.as(LABEL));
  }

  private void addIdAndTime() {
    if (!schema.eventId().isEmpty()) {
      Column id = cell(schema.eventId());
      reasons.add(when(id.isNull().or(id.equalTo("")), lit(Refusals.NO_ID)));
      columns.add(id.as(EVENT_ID));
    }
    EventTime time = schema.eventTime();
    if (!time.path().isEmpty()) {
      Column text = cell(time.path());
      Column millis =
          switch (time.unit()) {
            case ISO -> unix_millis(text.cast("timestamp"));
            case SECONDS -> {
              Column seconds = text.cast("double");
              yield when(
                  seconds.between(-MAX_EXACT / 1000, MAX_EXACT / 1000),
                  seconds.multiply(1000).cast("bigint"));
            }
            case MILLIS -> when(text.contains("."), whole(text)).otherwise(text.cast("bigint"));
          };
      reasons.add(when(millis.isNull(), lit("event time is not a time")));
      columns.add(millis.as(EVENT_TIME));
    }
  }

  private void addNumber(Field field) {
    Column text = cell(field.path());
    Column given = text.notEqual("");
    Column number;
    Column bad;
    if (field.whole()) {
      // The cast cuts "5.7" to 5, and so would hide that it isn't an integer.
      number =
          form == WireForm.JSON
              ? when(text.contains("."), whole(text)).otherwise(text.cast("bigint"))
              : when(not(text.contains(".")), text.cast("bigint"));
      bad = given.and(number.isNull());
      reasons.add(when(bad, lit(Refusals.integer(field))));
    } else {
      // Adding 0 makes one zero of two.
      number = text.cast("double").plus(0.0);
      bad = given.and(not(coalesce(isFinite(number), lit(false))));
      reasons.add(when(bad, lit(field.name() + " is not a number")));
    }
    columns.add(number.as(field.name()));
  }

  /** Weights are floats. */
  private static Column isFinite(Column number) {
    return number.between(-Float.MAX_VALUE, Float.MAX_VALUE);
  }

  /** The integer that a text with a point means, such as 3.0 or 1.5E7; null if it means none. */
  static Column whole(Column text) {
    Column number = text.cast("double");
    Column exact = number.between(-MAX_EXACT, MAX_EXACT).and(number.equalTo(floor(number)));
    return when(exact, number.cast("bigint"));
  }

  private void addList(Field field) {
    Column text = cell(field.path());
    Column values = when(length(text).gt(0), split(text, quoted(field.separator()), -1));
    if (form != WireForm.TSV) {
      Column isJson = text.startsWith("[");
      StructType wrapped =
          new StructType().add("v", DataTypes.createArrayType(DataTypes.StringType));
      Column json =
          from_json(concat(lit("{\"v\":"), text, lit("}")), wrapped, Map.of()).getField("v");
      values = when(isJson, json).otherwise(values);
      reasons.add(when(isJson.and(json.isNull()), lit(field.name() + " is not a list")));
    }
    columns.add(values.as(field.name()));
  }

  /** A pattern that matches the text itself, without \\Q, which GPUs don't read. */
  private static String quoted(String text) {
    return text.replaceAll("[^A-Za-z0-9]", "\\\\$0");
  }

  /**
   * A text that is one JSON object and nothing else, as nested texts; else null. Spark doesn't look
   * at what follows a document, so an end mark behind it tells that it was read whole.
   */
  private Column object(Column text) {
    StructType type = type(Paths.tree(schema.paths())).add(Paths.END, DataTypes.StringType);
    Column found =
        from_json(
                concat(lit("{\"e\":["), text, lit(",{\"" + Paths.END + "\":\"1\"}]}")),
                new StructType().add("e", DataTypes.createArrayType(type)),
                Map.of())
            .getField("e");
    return when(
        size(found).equalTo(2).and(found.getItem(1).getField(Paths.END).equalTo("1")),
        found.getItem(0));
  }

  /** The nested objects in which all paths are texts. */
  @SuppressWarnings("unchecked")
  private static StructType type(Map<String, Object> tree) {
    StructType type = new StructType();
    for (Map.Entry<String, Object> entry : tree.entrySet()) {
      type =
          type.add(
              entry.getKey(),
              entry.getValue() instanceof String
                  ? DataTypes.StringType
                  : type((Map<String, Object>) entry.getValue()));
    }
    return type;
  }
}
