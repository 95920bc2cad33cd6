package io.rivulet.app.callback;

import io.rivulet.trainer.metrics.Quality;
import java.nio.file.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** What a callback may ask for. Nothing of it changes the model. */
public interface RunContext {
  /**
   * Scores events with the model as it is now, without learning.
   *
   * @param events with a column {@code value}; with a column {@code key} too they have the form of
   *     Kafka's events, else that of files (event.format, file.format)
   */
  Quality evaluate(Dataset<Row> events);

  /**
   * Copies the newest version, with all that it takes to score and to go on, to a directory that
   * must not exist: a store of its own.
   */
  void saveCheckpoint(Path directory);

  /** Asks for an end of the training after the windows begun, a few at most. */
  void requestStop();

  /** Shows a line to the user. */
  void print(String line);
}
