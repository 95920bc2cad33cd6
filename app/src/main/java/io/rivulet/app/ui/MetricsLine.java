package io.rivulet.app.ui;

import org.apache.spark.scheduler.SparkListenerEvent;

/**
 * A line of {@code metrics.jsonl}, in Spark's event log too.
 *
 * @param line JSON
 */
public record MetricsLine(String line) implements SparkListenerEvent {}
