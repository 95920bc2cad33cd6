package io.rivulet.app.train;

import io.rivulet.trainer.spark.WindowExamples;
import java.util.function.Supplier;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A window that can be learned.
 *
 * @param window its examples, and how many events are none
 * @param judged the events that Spark SQL judged, with its reasons: all that are no examples are
 *     among them
 */
record PreparedWindow(WindowExamples window, Supplier<Dataset<Row>> judged) {}
