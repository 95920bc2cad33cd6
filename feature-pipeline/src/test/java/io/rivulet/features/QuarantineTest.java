package io.rivulet.features;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.features.Events.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuarantineTest {
  private static final long WINDOW = 3;

  @TempDir Path directory;

  private record Refused(String topic, int partition, long offset, String reason, String hex) {}

  @Test
  void exactlyTheRefusedEventsAreKeptWithPositionReasonAndBytes() {
    byte[] good = Events.line(1).getBytes(UTF_8);
    byte[] label = Events.with(Events.line(2), "label", "2").getBytes(UTF_8);
    byte[] noText = {'0', (byte) 0x80, '1'};

    put(WINDOW, Arrays.asList(good, label, null, good, noText));

    assertThat(kept("window=0000000003"))
        .containsExactlyInAnyOrder(
            new Refused(Events.TOPIC, 1, 101, "label is not 0 or 1", hex(label)),
            new Refused(Events.TOPIC, 0, 102, "null value", hex(null)),
            new Refused(Events.TOPIC, 0, 104, "invalid UTF-8", hex(noText)));
  }

  @Test
  void aWindowWrittenAgainReplacesItselfAndNoOther() {
    put(WINDOW, List.of(new byte[0], new byte[] {'x'}));
    put(WINDOW + 1, List.of(new byte[] {'y'}));

    put(WINDOW, List.of(new byte[] {'z'}));

    assertThat(kept("window=0000000003")).extracting(Refused::hex).containsExactly("7a");
    assertThat(kept("window=0000000004")).extracting(Refused::hex).containsExactly("79");
    assertThat(kept("")).extracting(Refused::hex).containsExactlyInAnyOrder("7a", "79");
  }

  @Test
  void itsColumnsAreThoseOfTheEventAndTheReason() {
    put(WINDOW, List.of(new byte[0]));

    assertThat(read("window=0000000003").columns())
        .containsExactly("topic", "partition", "offset", "reason", "key", "value", "epoch");
  }

  @Test
  void theKeyIsKeptAsItCame() {
    String key = Events.mindRecKey(List.of("label", "I1", "C1"));
    Dataset<Row> parsed =
        Events.parsed(
            Events.SMALL,
            WireForm.MINDREC,
            List.of(
                new Message(key, "[1, 5.0]"),
                new Message(key, "[1, 5.0, \"ab\"]"),
                new Message("no JSON", "[1, 5.0, \"ab\"]"),
                new Message(null, "[1, 5.0, \"ab\"]")));

    parquet().put(WINDOW, 1, parsed);

    assertThat(read("window=0000000003").orderBy(RawEvents.OFFSET).collectAsList())
        .extracting(row -> hex(row.getAs(RawEvents.KEY)))
        .containsExactly(hex(key.getBytes(UTF_8)), hex("no JSON".getBytes(UTF_8)), "null");
  }

  @Test
  void aLaterEpochReplacesWhatAnEarlierOneWrote() {
    put(WINDOW, 1, List.of(new byte[] {'x'}));
    put(WINDOW, 3, List.of(new byte[] {'y'}));

    assertThat(kept("")).extracting(Refused::hex).containsExactly("79");
  }

  @Test
  void aLaterEpochThatRefusesNothingRemovesWhatAnEarlierOneWrote() {
    put(WINDOW, 1, List.of(new byte[] {'x'}));
    put(WINDOW + 1, 1, List.of(new byte[] {'y'}));
    parquet().drop(WINDOW, 2);

    assertThat(kept("")).extracting(Refused::hex).containsExactly("79");
  }

  @Test
  void furtherEventsOfAWindowAreAdded() {
    put(WINDOW, List.of(new byte[] {'x'}));
    parquet().add(WINDOW, 1, refused(List.of(new byte[] {'y'})));
    parquet().add(WINDOW + 1, 1, refused(List.of(new byte[] {'z'})));

    assertThat(kept("window=0000000003"))
        .extracting(Refused::hex)
        .containsExactlyInAnyOrder("78", "79");
    assertThat(kept("window=0000000004")).extracting(Refused::hex).containsExactly("7a");
  }

  @Test
  void eventsThatWereKeptLongEnoughAreDeletedAndThatIsKnown() throws IOException {
    put(WINDOW, List.of(new byte[] {'x'}));
    put(WINDOW + 1, List.of(new byte[] {'y'}));
    Path old = directory.resolve("window=0000000003/epoch=1");
    try (Stream<Path> files = Files.list(old)) {
      for (Path file : files.toList()) {
        Instant written = Instant.now().minus(Duration.ofDays(3));
        Files.setLastModifiedTime(file, FileTime.from(written));
      }
    }

    Quarantine.parquet(directory.toString(), new Configuration(), Duration.ZERO).expire();
    assertThat(kept("")).hasSize(2);
    parquet().expire();
    parquet().expire();

    assertThat(kept("")).extracting(Refused::hex).containsExactly("79");
    try (Stream<Path> files = Files.list(old)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(Quarantine.EXPIRED, "." + Quarantine.EXPIRED + ".crc");
    }
  }

  private Quarantine parquet() {
    return Quarantine.parquet(directory.toString(), new Configuration(), Duration.ofDays(2));
  }

  private void put(long window, List<byte[]> values) {
    put(window, 1, values);
  }

  private void put(long window, int epoch, List<byte[]> values) {
    parquet().put(window, epoch, refused(values));
  }

  private static Dataset<Row> refused(List<byte[]> values) {
    return EventParser.parsed(Events.raw(values), Events.CRITEO, WireForm.TSV, Events.MAX_BYTES);
  }

  private Dataset<Row> read(String folder) {
    return LocalSpark.SESSION.read().parquet(directory.resolve(folder).toString());
  }

  private List<Refused> kept(String folder) {
    return read(folder).collectAsList().stream()
        .map(
            row ->
                new Refused(
                    row.getAs(RawEvents.TOPIC),
                    row.getAs(RawEvents.PARTITION),
                    row.getAs(RawEvents.OFFSET),
                    row.getAs(RawEvents.REASON),
                    hex(row.getAs(RawEvents.VALUE))))
        .toList();
  }

  private static String hex(byte[] bytes) {
    return bytes == null ? "null" : HexFormat.of().formatHex(bytes);
  }
}
