package io.rivulet.app.bench;

import io.rivulet.app.Sessions;
import io.rivulet.app.SettingsOptions;
import io.rivulet.app.UserError;
import io.rivulet.app.bench.Interleaved.Rounds;
import io.rivulet.app.kafka.EventEncoder;
import io.rivulet.app.kafka.EventEncoder.Message;
import io.rivulet.app.process.Scratch;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.source.EventFiles;
import io.rivulet.app.train.FeatureRows;
import io.rivulet.app.train.FeatureStage;
import io.rivulet.app.train.Report;
import io.rivulet.features.FeatureSpec;
import io.rivulet.features.RawEvents;
import io.rivulet.features.RowFeatures;
import io.rivulet.features.WireForm;
import io.rivulet.trainer.spark.ExampleReader;
import io.rivulet.trainer.spark.PlainRows;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Raw events to examples on the driver, by wire form and execution, beside the parser of the
 * PyTorch program. Events are in memory; Spark has them in one partition, so one task reads them.
 *
 * <p>What one thread does is timed by the clock. Spark's jobs have more threads, so they are timed
 * by the CPU time of the process, in which planning, garbage collection and the copy to the driver
 * are.
 */
@Command(
    name = "features",
    mixinStandardHelpOptions = true,
    description = {
      "Rows that a core turns from raw events into examples a second.",
      "sql: by Spark SQL; rows: row by row, in one thread without Spark; rows_spark: the same in a"
          + " Spark job. peer: the parser of the PyTorch program, of tab-separated lines."
    })
final class FeaturesBench implements Callable<Integer> {
  private static final String SQL = "sql";
  private static final String ROWS = "rows";
  private static final String ROWS_SPARK = "rows_spark";
  private static final String PEER = "peer";

  /** The smallest net: only the peer's parser counts. */
  private static final List<String> PEER_OPTIONS =
      List.of("--emb", "1", "--layers", "1", "--batch", "1000", "--threads", "1");

  private static final double NANO = 1e9;

  private static final List<Case> CASES =
      List.of(
          new Case(WireForm.TSV, SQL),
          new Case(WireForm.JSON, SQL),
          new Case(WireForm.MINDREC, SQL),
          new Case(WireForm.TSV, ROWS),
          new Case(WireForm.TSV, ROWS_SPARK));

  @Mixin private SettingsOptions options;
  @Mixin private BenchOptions bench;
  @Mixin private PeerOptions peerOptions;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "50000",
      description = "Rows to read at a time. Default: ${DEFAULT-VALUE}.")
  private int rows;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "1",
      description = "Reads them again until so much time has passed. Default: ${DEFAULT-VALUE}.")
  private double seconds;

  /** What is measured: a way to read events of a form. */
  private record Case(WireForm form, String execution) {
    String formName() {
      return form.name().toLowerCase(Locale.ROOT);
    }

    String name() {
      return "features " + formName() + " " + execution;
    }
  }

  @Override
  public Integer call() {
    int repeats = bench.repeats();
    UserError.requireAtLeast(1, "--rows", rows);
    Settings settings = options.settings();
    Optional<PeerProgram> peer = peerOptions.program();
    try (Scratch scratch = Scratch.create()) {
      Path tsv = scratch.resolve("rows.tsv");
      BenchOptions.progress("Reading rows …");
      bench.rows(settings).write(tsv, rows);
      List<byte[]> lines = lines(tsv);
      BenchOptions.progress("Starting Spark …");
      try (SparkSession spark = Sessions.create("bench features")) {
        Interleaved<Double> contenders = new Interleaved<>();
        for (Case c : CASES) {
          contenders.add(c.name(), contender(c, spark, settings, lines));
        }
        peer.ifPresent(
            program ->
                contenders.add(
                    PEER,
                    () -> {
                      double time = program.run(tsv, PEER_OPTIONS).path("parse_s").asDouble();
                      return lines.size() / time;
                    }));
        BenchOptions.progress("features …");
        Rounds<Double> rounds = contenders.run(repeats);
        CASES.forEach(c -> System.out.println(report(c, rounds).line()));
      }
    }
    return 0;
  }

  private static List<byte[]> lines(Path tsv) {
    Iterator<byte[]> all = EventFiles.lines(List.of(tsv.toString()));
    return Stream.generate(() -> all).takeWhile(Iterator::hasNext).map(Iterator::next).toList();
  }

  private Supplier<Double> contender(
      Case c, SparkSession spark, Settings settings, List<byte[]> lines) {
    FeatureSpec spec = FeatureSpec.unfitted(settings.schema());
    int fields = settings.schema().fields().size();
    int maxBytes = settings.get(Settings.EVENT_MAX_BYTES);
    if (c.execution.equals(ROWS)) {
      RowFeatures features = RowFeatures.of(spec, c.form, maxBytes).orElseThrow();
      return () -> rate(() -> readAll(features, lines), () -> System.nanoTime() / NANO);
    }
    Dataset<Row> raw = cached(spark, settings, c.form, lines);
    if (c.execution.equals(ROWS_SPARK)) {
      FeatureRows.Recipe recipe = new FeatureRows.Recipe(spec, c.form, maxBytes);
      return () ->
          rate(
              () -> PlainRows.read(raw, recipe, fields).all().all().examples().rows(),
              ProcessCpu::seconds);
    }
    FeatureStage stage = FeatureStage.of(spark, settings.with(Settings.EVENT_FORMAT, c.formName()));
    return () ->
        rate(
            () ->
                ExampleReader.read(stage.examples(raw, List.of()), fields).all().examples().rows(),
            ProcessCpu::seconds);
  }

  private static Dataset<Row> cached(
      SparkSession spark, Settings settings, WireForm form, List<byte[]> lines) {
    EventEncoder encoder = new EventEncoder(settings.schema(), form);
    List<Row> events = new ArrayList<>();
    for (byte[] line : lines) {
      Message message = encoder.encode(line);
      byte[] key = message.key().length == 0 ? null : message.key();
      events.add(RowFactory.create("bench", 0, (long) events.size(), key, message.value()));
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Dataset<Row> raw =
        spark.createDataFrame(context.parallelize(events, 1), RawEvents.TYPE).persist();
    raw.count();
    return raw;
  }

  private static int readAll(RowFeatures features, List<byte[]> lines) {
    int read = 0;
    for (byte[] line : lines) {
      if (features.read(line)) {
        read++;
      }
    }
    return read;
  }

  /** Rows by seconds of a clock. */
  private double rate(IntSupplier reader, DoubleSupplier clock) {
    double start = clock.getAsDouble();
    long read = 0;
    double passed;
    do {
      int found = reader.getAsInt();
      if (found == 0) {
        throw new IllegalStateException("No event became an example");
      }
      read += found;
      passed = clock.getAsDouble() - start;
    } while (passed < seconds || passed == 0);
    return read / passed;
  }

  private static Report report(Case c, Rounds<Double> rounds) {
    return new Report()
        .put("case", c.name())
        .put("form", c.formName())
        .put("execution", c.execution)
        .put("rows_per_core_s", rounds.median(c.name(), rate -> rate))
        .put("peer_rows_per_core_s", rounds.median(PEER, rate -> rate))
        .put("ratio_peer", rounds.ratio(c.name(), PEER, rate -> rate));
  }
}
