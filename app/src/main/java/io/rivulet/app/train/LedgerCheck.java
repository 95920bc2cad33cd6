package io.rivulet.app.train;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.udf;

import io.rivulet.app.UserError;
import io.rivulet.app.kafka.Topics;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.settings.Settings.QuarantineTo;
import io.rivulet.app.source.RecordedEvents;
import io.rivulet.features.Quarantine;
import io.rivulet.features.RawEvents;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.OffsetRange;
import io.rivulet.trainer.store.TrainedWindow;
import io.rivulet.trainer.store.WindowPlan;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF3;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;

/**
 * Compares what a store says that it has learned with what Kafka or the files hold and with the
 * quarantine: every event between the first and the last offset of a partition must be learned or
 * quarantined, and only once.
 */
public final class LedgerCheck {
  private static final String IN_WINDOW = "in_window";
  private static final String EVENTS = "events";

  private final SparkSession spark;
  private final Settings settings;

  /** A check that finds Kafka and the quarantine as the settings say. */
  public LedgerCheck(SparkSession spark, Settings settings) {
    this.spark = spark;
    this.settings = settings;
  }

  /** What became of an event. */
  public enum State {
    /**
     * The model has learned it; or it is in a quarantine that isn't compared: a topic, or one whose
     * events were deleted by {@code quarantine.keep_days}.
     */
    TRAINED,
    /** Put to quarantine. */
    QUARANTINED,
    /** In a window of which all clicks and a sample of the other events were learned. */
    SAMPLED,
    /** Left out by overload. */
    SKIPPED,
    /** Left out by a rollback. */
    RETRACTED,
    /**
     * An offset that Kafka had deleted before its event was learned, of which {@code
     * kafka.fail_on_data_loss} allowed the loss.
     */
    EXPIRED,
    /** An offset of a window of whose events the source has deleted some since. */
    DELETED
  }

  /**
   * What became of a partition's events.
   *
   * @param topic Kafka topic, or path of a file
   * @param partition Kafka partition; 0 for a file
   * @param first first offset of the store's first window
   * @param next offset after the store's last window
   * @param counts events in each state that has some
   * @param waiting offsets of the source after {@code next}
   */
  public record Partition(
      String topic, int partition, long first, long next, Map<State, Long> counts, long waiting) {

    /** Number of events in a state. */
    public long count(State state) {
      return counts.getOrDefault(state, 0L);
    }

    private void add(State state, long events) {
      if (events > 0) {
        counts.merge(state, events, Long::sum);
      }
    }
  }

  /**
   * The ledger of a version, partition by partition.
   *
   * @param lost events in a recorded window's offsets that it neither learned, sampled out nor
   *     quarantined
   * @param doubled events that a window counted beyond those in its offsets, or that are twice in
   *     the quarantine
   * @param problem the first thing that is wrong; empty if nothing is
   */
  public record Result(List<Partition> partitions, long lost, long doubled, String problem) {
    /** Number of events of all partitions in a state. */
    public long count(State state) {
      return partitions.stream().mapToLong(partition -> partition.count(state)).sum();
    }

    /**
     * Says what is wrong.
     *
     * @throws UserError if anything is
     */
    public void requireSound() {
      if (!problem.isEmpty()) {
        throw new UserError(
            problem + ". In all, " + lost + " events are lost and " + doubled + " doubled");
      }
    }
  }

  /** Which window an offset is in. Windows of a partition follow each other without gaps. */
  private record WindowOf(Map<String, long[]> firsts, Map<String, long[]> windows)
      implements UDF3<String, Integer, Long, Long>, Serializable {

    @Override
    public Long call(String topic, Integer partition, Long offset) {
      String name = name(topic, partition);
      long[] first = firsts.get(name);
      int found = first == null ? -1 : Arrays.binarySearch(first, offset);
      int at = found >= 0 ? found : -found - 2;
      return at < 0 ? null : windows.get(name)[at];
    }
  }

  /** Events of one partition in one window. */
  private record Share(String partition, long window) {}

  private static String name(String topic, int partition) {
    return topic + "-" + partition;
  }

  /** The windows' ranges that aren't empty, by partition and in order. */
  private static final class Recorded {
    private final Map<TopicPartition, List<OffsetRange>> ranges = new TreeMap<>(Topics.BY_NAME);
    private final Map<TopicPartition, List<Long>> windows = new HashMap<>();

    Recorded(List<TrainedWindow> ledger) {
      for (TrainedWindow window : ledger) {
        for (OffsetRange range : window.plan().ranges()) {
          if (range.length() > 0) {
            TopicPartition p = new TopicPartition(range.topic(), range.partition());
            ranges.computeIfAbsent(p, of -> new ArrayList<>()).add(range);
            windows.computeIfAbsent(p, of -> new ArrayList<>()).add(window.plan().window());
          }
        }
      }
    }

    /** The partitions in Kafka. */
    List<TopicPartition> inKafka() {
      return ranges.keySet().stream().filter(p -> !RecordedEvents.isFile(p.topic())).toList();
    }

    long first(TopicPartition partition) {
      return ranges.get(partition).get(0).from();
    }

    long next(TopicPartition partition) {
      List<OffsetRange> of = ranges.get(partition);
      return of.get(of.size() - 1).until();
    }

    UserDefinedFunction windowOf() {
      Map<String, long[]> firsts = new HashMap<>();
      Map<String, long[]> numbers = new HashMap<>();
      ranges.forEach(
          (p, of) -> {
            firsts.put(name(p), of.stream().mapToLong(OffsetRange::from).toArray());
            numbers.put(name(p), windows.get(p).stream().mapToLong(Long::longValue).toArray());
          });
      return udf(new WindowOf(firsts, numbers), DataTypes.LongType);
    }

    private static String name(TopicPartition partition) {
      return LedgerCheck.name(partition.topic(), partition.partition());
    }
  }

  /** Where Kafka's partitions begin and end at the moment. */
  private record Held(Map<TopicPartition, Long> earliest, Map<TopicPartition, Long> latest) {
    long from(String topic, int partition) {
      return earliest.getOrDefault(new TopicPartition(topic, partition), 0L);
    }
  }

  /**
   * Reads all of the version's events again, and counts them.
   *
   * @throws UserError if Kafka can't be reached or a topic isn't there
   */
  public Result check(ModelStore store, Manifest manifest) {
    List<TrainedWindow> ledger = store.ledger(manifest);
    Recorded recorded = new Recorded(ledger);
    UserDefinedFunction windowOf = recorded.windowOf();
    Held held = held(recorded.inKafka());
    Map<Share, Long> events = events(recorded, held, windowOf);
    QuarantineCounts quarantine = quarantine(ledger, windowOf);
    Tally tally = new Tally(quarantine.doubled, quarantine.problem);
    Map<String, Partition> partitions = new LinkedHashMap<>();
    for (TopicPartition p : recorded.ranges.keySet()) {
      long next = recorded.next(p);
      long waiting = Math.max(0, held.latest.getOrDefault(p, next) - next);
      partitions.put(
          name(p.topic(), p.partition()),
          new Partition(
              p.topic(),
              p.partition(),
              recorded.first(p),
              next,
              new EnumMap<>(State.class),
              waiting));
    }
    for (TrainedWindow window : ledger) {
      WindowPlan plan = window.plan();
      boolean complete = true;
      long found = 0;
      long refused = 0;
      for (OffsetRange range : plan.ranges()) {
        if (range.length() == 0) {
          continue;
        }
        String name = name(range.topic(), range.partition());
        Partition partition = partitions.get(name);
        Share share = new Share(name, plan.window());
        long itsEvents = events.getOrDefault(share, 0L);
        long itsRefused = quarantine.events.getOrDefault(share, 0L);
        boolean whole = range.from() >= held.from(range.topic(), range.partition());
        complete &= whole;
        found += itsEvents;
        refused += itsRefused;
        if (plan.expired()) {
          partition.add(State.EXPIRED, range.length());
        } else if (!whole) {
          partition.add(State.DELETED, range.length());
        } else if (plan.leftOut()) {
          partition.add(plan.skipped() ? State.SKIPPED : State.RETRACTED, itsEvents);
        } else {
          partition.add(
              plan.negativeRate() < 1 ? State.SAMPLED : State.TRAINED, itsEvents - itsRefused);
          partition.add(State.QUARANTINED, itsRefused);
        }
      }
      if (!plan.leftOut()) {
        tally.window(
            window, complete, found, quarantine.has(window) ? refused : window.quarantined());
      }
    }
    return new Result(List.copyOf(partitions.values()), tally.lost, tally.doubled, tally.problem);
  }

  private Held held(List<TopicPartition> partitions) {
    if (partitions.isEmpty()) {
      return new Held(Map.of(), Map.of());
    }
    try (Topics topics = new Topics(settings.kafka())) {
      partitions.stream().map(TopicPartition::topic).distinct().forEach(topics::partitions);
      return new Held(topics.earliest(partitions), topics.latest(partitions));
    }
  }

  /** Adds up what is wrong, window by window. */
  private static final class Tally {
    private long lost;
    private long doubled;
    private String problem;

    Tally(long doubled, String problem) {
      this.doubled = doubled;
      this.problem = problem;
    }

    void window(TrainedWindow window, boolean complete, long events, long inQuarantine) {
      long counted = window.trained() + window.sampledOut() + window.quarantined();
      if (complete && counted != events) {
        lost += Math.max(0, events - counted);
        doubled += Math.max(0, counted - events);
        say(window, counted + " events, but its offsets have " + events);
      }
      if (inQuarantine != window.quarantined()) {
        lost += Math.max(0, window.quarantined() - inQuarantine);
        doubled += Math.max(0, inQuarantine - window.quarantined());
        say(
            window,
            window.quarantined() + " quarantined events, but the quarantine has " + inQuarantine);
      }
    }

    private void say(TrainedWindow window, String what) {
      if (problem.isEmpty()) {
        problem = "Window " + window.plan().window() + " recorded " + what;
      }
    }
  }

  private Map<Share, Long> events(Recorded recorded, Held held, UserDefinedFunction windowOf) {
    List<OffsetRange> ranges = new ArrayList<>();
    for (TopicPartition p : recorded.ranges.keySet()) {
      long from = Math.max(recorded.first(p), held.from(p.topic(), p.partition()));
      if (from < recorded.next(p)) {
        ranges.add(new OffsetRange(p.topic(), p.partition(), from, recorded.next(p)));
      }
    }
    if (ranges.isEmpty()) {
      return Map.of();
    }
    try (RecordedEvents source = new RecordedEvents(spark, settings.kafka())) {
      return count(inWindows(source.read(ranges), windowOf), functions.count("*"));
    }
  }

  private static Dataset<Row> inWindows(Dataset<Row> events, UserDefinedFunction windowOf) {
    return events.withColumn(
        IN_WINDOW,
        windowOf.apply(col(RawEvents.TOPIC), col(RawEvents.PARTITION), col(RawEvents.OFFSET)));
  }

  private static Map<Share, Long> count(Dataset<Row> events, Column aggregate) {
    Map<Share, Long> counts = new HashMap<>();
    for (Row row :
        events
            .groupBy(RawEvents.TOPIC, RawEvents.PARTITION, IN_WINDOW)
            .agg(aggregate.as(EVENTS))
            .collectAsList()) {
      counts.put(new Share(name(row.getString(0), row.getInt(1)), row.getLong(2)), row.getLong(3));
    }
    return counts;
  }

  /**
   * What the quarantine has of the ledger's windows.
   *
   * @param unknown windows of which it can't be told, since a topic may have an event several
   *     times, or events were kept for long enough
   */
  private record QuarantineCounts(
      Set<Long> unknown, Map<Share, Long> events, long doubled, String problem) {
    boolean has(TrainedWindow window) {
      return !unknown.contains(window.plan().window());
    }
  }

  private QuarantineCounts quarantine(List<TrainedWindow> ledger, UserDefinedFunction windowOf) {
    Set<Long> unknown = new HashSet<>();
    List<String> folders = new ArrayList<>();
    for (TrainedWindow window : ledger) {
      long number = window.plan().window();
      // That of the epoch that trained it; others are of runs that were superseded before they
      // committed.
      String folder = Quarantine.folder(settings.quarantineDirectory(), number, window.epoch());
      if (settings.get(Settings.QUARANTINE_TO) == QuarantineTo.TOPIC) {
        unknown.add(number);
      } else if (window.quarantined() > 0 && exists(folder)) {
        if (exists(folder + "/" + Quarantine.EXPIRED)) {
          unknown.add(number);
        } else {
          folders.add(folder);
        }
      }
    }
    if (folders.isEmpty()) {
      return new QuarantineCounts(unknown, Map.of(), 0, "");
    }
    Dataset<Row> events = inWindows(spark.read().parquet(folders.toArray(String[]::new)), windowOf);
    Map<Share, Long> all = count(events, functions.count("*"));
    Map<Share, Long> distinct = count(events, functions.countDistinct(RawEvents.OFFSET));
    long doubled = sum(all.values()) - sum(distinct.values());
    return new QuarantineCounts(
        unknown,
        distinct,
        doubled,
        doubled == 0 ? "" : doubled + " events are in the quarantine more than once");
  }

  private static long sum(Collection<Long> counts) {
    return counts.stream().mapToLong(Long::longValue).sum();
  }

  private boolean exists(String file) {
    Path path = new Path(file);
    try {
      return path.getFileSystem(spark.sparkContext().hadoopConfiguration()).exists(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
