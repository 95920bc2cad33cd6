package io.rivulet.features;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.split;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Parses tab-separated events: the label, then the schema's fields in order; '' is missing. Adds a
 * column for the label (float), one for each dense field (bigint) and one for each categorical
 * field (string), and completes the reason for events that don't parse.
 */
public final class TsvEvents {
  /** Name of the label's column. */
  public static final String LABEL = "label";

  private static final String CELLS = "cells";

  private TsvEvents() {}

  /** Parses the text of {@code decoded}, which {@link RawEvents#decoded} made. */
  public static Dataset<Row> parsed(Dataset<Row> decoded, Schema schema) {
    Column[] kept =
        new Column[] {
          col(RawEvents.TOPIC),
          col(RawEvents.PARTITION),
          col(RawEvents.OFFSET),
          col(RawEvents.VALUE),
          col(RawEvents.REASON)
        };
    List<Column> columns = new ArrayList<>(List.of(kept));
    columns.add(split(col(RawEvents.TEXT), "\t", -1).as(CELLS));
    Dataset<Row> cells = decoded.select(columns.toArray(Column[]::new));

    Column label = cell(0);
    List<Column> reasons = new ArrayList<>();
    reasons.add(col(RawEvents.REASON));
    reasons.add(
        when(
            size(col(CELLS)).notEqual(schema.fields().size() + 1), lit("wrong number of columns")));
    reasons.add(when(not(label.equalTo("0").or(label.equalTo("1"))), lit("label is not 0 or 1")));
    List<Column> parsed = new ArrayList<>(List.of(kept).subList(0, kept.length - 1));
    parsed.add(label.cast("float").as(LABEL));
    for (int f = 0; f < schema.fields().size(); f++) {
      Schema.Field field = schema.fields().get(f);
      Column cell = cell(f + 1);
      if (field.dense()) {
        Column number = cell.cast("bigint");
        // The cast cuts "5.7" to 5, and so would hide that it isn't an integer.
        Column bad = cell.notEqual("").and(number.isNull().or(cell.contains(".")));
        reasons.add(when(bad, lit(field.name() + " is not an integer")));
        parsed.add(number.as(field.name()));
      } else {
        parsed.add(cell.as(field.name()));
      }
    }
    parsed.add(coalesce(reasons.toArray(Column[]::new)).as(RawEvents.REASON));
    return cells.select(parsed.toArray(Column[]::new));
  }

  private static Column cell(int i) {
    return col(CELLS).getItem(i);
  }
}
