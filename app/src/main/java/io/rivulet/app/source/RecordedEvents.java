package io.rivulet.app.source;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rivulet.app.kafka.KafkaConnection;
import io.rivulet.features.RawEvents;
import io.rivulet.trainer.store.OffsetRange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation;
import org.apache.spark.sql.kafka010.KafkaSourceProvider;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import scala.Option;

/**
 * Reads any range of events again, from Kafka or from the file that it came from. The topic of a
 * file is its absolute path, which no topic of Kafka can be called.
 */
public final class RecordedEvents implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final SparkSession spark;
  private final KafkaConnection connection;

  /** Keeps its place, so that reading a file stretch by stretch reads it once. */
  private final FileSource fileSource;

  /** Events of a Kafka cluster and of this machine's files; connects when Kafka is asked. */
  public RecordedEvents(SparkSession spark, KafkaConnection connection) {
    this.spark = spark;
    this.connection = connection;
    this.fileSource = new FileSource(spark, List.of(), 1);
  }

  /** Whether a topic is a file. */
  public static boolean isFile(String topic) {
    return topic.startsWith("/");
  }

  /** What the plan of a window calls the source of these ranges. */
  public static String source(List<OffsetRange> ranges) {
    boolean files = ranges.stream().anyMatch(range -> isFile(range.topic()));
    boolean kafka = ranges.stream().anyMatch(range -> !isFile(range.topic()));
    return files && kafka ? "files+kafka" : files ? "files" : "kafka";
  }

  /** Exactly the events of these ranges, with topic, partition, offset, key and value. */
  public Dataset<Row> read(List<OffsetRange> ranges) {
    List<OffsetRange> files = ranges.stream().filter(range -> isFile(range.topic())).toList();
    List<OffsetRange> kafka = ranges.stream().filter(range -> !isFile(range.topic())).toList();
    if (files.isEmpty()) {
      return kafka(kafka);
    }
    Dataset<Row> lines = fileSource.read(files);
    return kafka.isEmpty() ? lines : lines.unionByName(kafka(kafka));
  }

  /**
   * The events of some offsets.
   *
   * @param places ranges of one offset, ordered by topic, partition and offset; not empty
   */
  public Dataset<Row> readSingle(List<OffsetRange> places) {
    List<OffsetRange> hulls = new ArrayList<>();
    Column chosen = lit(false);
    for (int from = 0, to = 0; from < places.size(); from = to) {
      OffsetRange first = places.get(from);
      while (to < places.size() && places.get(to).compareTo(first) == 0) {
        to++;
      }
      List<OffsetRange> ofPartition = places.subList(from, to);
      hulls.add(
          new OffsetRange(
              first.topic(), first.partition(), first.from(), places.get(to - 1).until()));
      chosen =
          chosen.or(
              col(RawEvents.TOPIC)
                  .equalTo(first.topic())
                  .and(col(RawEvents.PARTITION).equalTo(first.partition()))
                  .and(
                      col(RawEvents.OFFSET)
                          .isin(ofPartition.stream().map(OffsetRange::from).toArray())));
    }
    return read(hulls).filter(chosen);
  }

  private Dataset<Row> kafka(List<OffsetRange> ranges) {
    Map<String, Map<Integer, Long>> from = new TreeMap<>();
    Map<String, Map<Integer, Long>> until = new TreeMap<>();
    Map<String, List<Integer>> partitions = new TreeMap<>();
    for (OffsetRange range : ranges) {
      from.computeIfAbsent(range.topic(), t -> new TreeMap<>())
          .put(range.partition(), range.from());
      until
          .computeIfAbsent(range.topic(), t -> new TreeMap<>())
          .put(range.partition(), range.until());
      partitions.computeIfAbsent(range.topic(), t -> new ArrayList<>()).add(range.partition());
    }
    Map<String, String> options = new HashMap<>(connection.sparkOptions());
    options.put("assign", json(partitions));
    options.put("startingOffsets", json(from));
    options.put("endingOffsets", json(until));
    return columns(kafka(new CaseInsensitiveStringMap(options)));
  }

  /**
   * Reads by Spark's second source API, where {@code spark.read()} takes the first, which makes
   * Scala objects of each record. It can't be set for reading alone, and a plan that writes by the
   * second shows Kafka's password.
   */
  private Dataset<Row> kafka(CaseInsensitiveStringMap options) {
    Table table = new KafkaSourceProvider().getTable(options);
    return Dataset.ofRows(
        spark, DataSourceV2Relation.create(table, Option.empty(), Option.empty(), options));
  }

  /** The columns of raw events, of all that Spark's Kafka source has. */
  static Dataset<Row> columns(Dataset<Row> records) {
    return records.select(
        RawEvents.TOPIC, RawEvents.PARTITION, RawEvents.OFFSET, RawEvents.KEY, RawEvents.VALUE);
  }

  static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    fileSource.close();
  }
}
