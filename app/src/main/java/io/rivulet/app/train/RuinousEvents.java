package io.rivulet.app.train;

import static org.apache.spark.sql.functions.lit;

import io.rivulet.app.source.RecordedEvents;
import io.rivulet.features.Quarantine;
import io.rivulet.features.RawEvents;
import io.rivulet.trainer.store.OffsetRange;
import java.util.List;

/** Puts events to quarantine of which only the learner saw that they can't be learned. */
final class RuinousEvents {
  private final RecordedEvents recorded;
  private final Quarantine quarantine;

  /**
   * For one thread.
   *
   * @param recorded no other thread's
   */
  RuinousEvents(RecordedEvents recorded, Quarantine quarantine) {
    this.recorded = recorded;
    this.quarantine = quarantine;
  }

  /** Reads the events once more, since their bytes were left where they came from. */
  void quarantine(long window, int epoch, List<OffsetRange> places) {
    quarantine.add(
        window,
        epoch,
        recorded.readSingle(places).withColumn(RawEvents.REASON, lit(LearnedWindow.REASON)));
  }
}
