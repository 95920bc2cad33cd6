package io.rivulet.trainer.spark;

import io.rivulet.trainer.model.CounterRandom;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.store.OffsetRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** A window as it comes from the feature pipeline. */
public final class WindowExamples {
  private final ExampleBlock examples;
  private final Map<String, Long> refused;
  private final long sampledOut;

  /** Where the rows came from that were read, of which the examples are {@link #chosen}. */
  private final List<ChunkRows> read;

  private final int[] chosen;

  WindowExamples(int fieldCount, List<ChunkRows> rows, Map<String, Long> refused) {
    this(ChunkRows.concatenate(rows, fieldCount), refused, 0, rows, null);
  }

  private WindowExamples(
      ExampleBlock examples,
      Map<String, Long> refused,
      long sampledOut,
      List<ChunkRows> read,
      int[] chosen) {
    this.examples = examples;
    this.refused = refused;
    this.sampledOut = sampledOut;
    this.read = read;
    this.chosen = chosen == null ? IntStream.range(0, examples.rows()).toArray() : chosen;
  }

  /** In the order of (topic, partition, offset). */
  public ExampleBlock examples() {
    return examples;
  }

  /** Number of events that are not examples, by reason. */
  public Map<String, Long> refused() {
    return refused;
  }

  /** Number of events that are not examples. */
  public long refusedCount() {
    return refused.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Number of examples that {@link #sample} left out. */
  public long sampledOut() {
    return sampledOut;
  }

  /** Number of events. */
  public long events() {
    return examples.rows() + refusedCount() + sampledOut;
  }

  /**
   * The window with all clicks and a sample of the other examples, each of which stands for so many
   * more (He et al., "Practical Lessons from Predicting Clicks on Ads at Facebook", ADKDD 2014,
   * section 6.3). Which ones are in follows from topic, partition and offset.
   *
   * @param negativeRate share of the examples without a click that stay
   * @param arriving share of them that came, so each of them stands for the more
   */
  public WindowExamples sample(double negativeRate, double arriving) {
    float weight = (float) (1 / (negativeRate * arriving));
    if (negativeRate == 1) {
      return weight == 1f
          ? this
          : new WindowExamples(
              examples.withNegativeWeight(weight), refused, sampledOut, read, chosen);
    }
    BitSet stay = new BitSet();
    int row = 0;
    for (ChunkRows part : read) {
      long seed = part.chunk().topic().hashCode();
      int partition = part.chunk().partition();
      for (int i = part.from(); i < part.until(); i++, row++) {
        long offset = part.chunk().offsets()[i];
        if (part.chunk().labels()[i] > 0.5f
            || CounterRandom.uniform(seed, partition, offset) < negativeRate) {
          stay.set(row);
        }
      }
    }
    int[] rows = stay.stream().toArray();
    return new WindowExamples(
        examples.select(rows).withNegativeWeight(weight),
        refused,
        examples.rows() - rows.length,
        read,
        rows);
  }

  /**
   * The window with some examples counted as refused.
   *
   * @param rows of {@link #examples}, ascending
   */
  public WindowExamples refuse(int[] rows, String reason) {
    BitSet stay = new BitSet();
    stay.set(0, examples.rows());
    Arrays.stream(rows).forEach(stay::clear);
    int[] left = stay.stream().toArray();
    Map<String, Long> reasons = new TreeMap<>(refused);
    reasons.merge(reason, (long) rows.length, Long::sum);
    return new WindowExamples(
        examples.select(left),
        reasons,
        sampledOut,
        read,
        Arrays.stream(left).map(row -> chosen[row]).toArray());
  }

  /**
   * Where examples came from, as one range of one offset for each.
   *
   * @param rows of {@link #examples}, ascending
   */
  public List<OffsetRange> places(int[] rows) {
    List<OffsetRange> places = new ArrayList<>();
    int first = 0;
    int next = 0;
    for (ChunkRows part : read) {
      for (; next < rows.length && chosen[rows[next]] < first + part.rows(); next++) {
        ExampleChunk chunk = part.chunk();
        long offset = chunk.offsets()[part.from() + chosen[rows[next]] - first];
        places.add(new OffsetRange(chunk.topic(), chunk.partition(), offset, offset + 1));
      }
      first += part.rows();
    }
    return places;
  }
}
