package io.rivulet.app.bench;

import io.rivulet.app.UserError;
import io.rivulet.app.generate.ClickGenerator;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.source.EventFiles;
import io.rivulet.features.FeatureSpec;
import io.rivulet.features.RowFeatures;
import io.rivulet.features.WireForm;
import io.rivulet.trainer.model.ExampleBlock;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/**
 * The rows of a benchmark, the same each time that they are asked for: of a file, or made up. Lines
 * that aren't plain examples are left out.
 */
final class BenchRows {
  private final String name;
  private final Supplier<Iterator<byte[]>> lines;
  private final Settings settings;
  private final WireForm form;

  private BenchRows(
      String name, Supplier<Iterator<byte[]>> lines, Settings settings, WireForm form) {
    this.name = name;
    this.lines = lines;
    this.settings = settings;
    this.form = form;
  }

  /**
   * The rows of a file, plain or gzip.
   *
   * @throws UserError if it can't be read
   */
  static BenchRows ofFile(Settings settings, Path file) {
    List<String> paths = EventFiles.resolve(List.of(file));
    return new BenchRows(
        file.getFileName().toString(),
        () -> EventFiles.lines(paths),
        settings,
        settings.fileFormat());
  }

  /** Rows without end; {@code drift} as {@link ClickGenerator} takes it. */
  static BenchRows madeUp(Settings settings, long seed, double drift) {
    if (!settings.schema().name().equals("criteo")) {
      throw new UserError(
          "The made-up clicks have Criteo's fields; give events of schema "
              + settings.schema().name()
              + " with --data");
    }
    ClickGenerator generator = new ClickGenerator(seed, drift);
    return new BenchRows(
        "generated",
        () ->
            LongStream.iterate(0, i -> i + 1)
                .mapToObj(i -> generator.click(i).line().getBytes(StandardCharsets.UTF_8))
                .iterator(),
        settings,
        WireForm.TSV);
  }

  /** Name of the file, or {@code generated}. */
  String name() {
    return name;
  }

  /**
   * The first {@code count} examples, or all if there are fewer.
   *
   * @throws UserError if there is none at all
   */
  ExampleBlock examples(int count) {
    int fields = settings.schema().fields().size();
    float[] labels = new float[count];
    long[] keys = new long[Math.multiplyExact(count, fields)];
    float[] weights = new float[keys.length];
    int rows =
        forEach(
            count,
            (row, line, features) -> {
              labels[row] = features.label();
              System.arraycopy(features.keys(), 0, keys, row * fields, fields);
              System.arraycopy(features.weights(), 0, weights, row * fields, fields);
            });
    return rows == count
        ? ExampleBlock.ofOneKeyPerField(fields, labels, keys, weights)
        : ExampleBlock.ofOneKeyPerField(
            fields,
            Arrays.copyOf(labels, rows),
            Arrays.copyOf(keys, rows * fields),
            Arrays.copyOf(weights, rows * fields));
  }

  /** Writes the lines of the first {@code count} examples, for other programs. */
  void write(Path file, int count) {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      forEach(
          count,
          (row, line, features) -> {
            out.write(line);
            out.write('\n');
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface Consumer {
    void accept(int row, byte[] line, RowFeatures features) throws IOException;
  }

  private int forEach(int count, Consumer consumer) {
    RowFeatures features = features();
    Iterator<byte[]> all = lines.get();
    int rows = 0;
    try {
      while (rows < count && all.hasNext()) {
        byte[] line = all.next();
        if (features.read(line)) {
          consumer.accept(rows++, line, features);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (rows == 0) {
      throw new UserError(
          "No line of " + name + " is an event of the schema; is it the right file?");
    }
    return rows;
  }

  private RowFeatures features() {
    if (!settings.get(Settings.FEATURES_PATH).isEmpty()) {
      throw new UserError("bench knows no fitted features; leave features.path out");
    }
    if (settings.schema().pooled()) {
      throw new UserError(
          "bench needs one key a field, but schema "
              + settings.schema().name()
              + " has multi-valued fields");
    }
    return RowFeatures.of(
            FeatureSpec.unfitted(settings.schema()), form, settings.get(Settings.EVENT_MAX_BYTES))
        .orElseThrow(() -> new UserError("bench reads events of file.format tsv alone"));
  }

  /**
   * The same examples over the keys 0 to {@code vocab} − 1, so that all of them can be resident.
   */
  static ExampleBlock withVocabulary(ExampleBlock block, int vocab) {
    long[] keys = new long[block.keys().length];
    Arrays.setAll(keys, i -> Math.floorMod(block.keys()[i], vocab));
    return withKeys(block, keys);
  }

  /** The same examples with other keys. */
  static ExampleBlock withKeys(ExampleBlock block, long[] keys) {
    return new ExampleBlock(
        block.fieldCount(), block.labels(), keys, block.weights(), block.starts(), block.fields());
  }

  /** Examples {@code from … to} of a block with one key a field. */
  static ExampleBlock slice(ExampleBlock block, int from, int to) {
    int first = block.start(from);
    int end = block.start(to);
    return ExampleBlock.ofOneKeyPerField(
        block.fieldCount(),
        Arrays.copyOfRange(block.labels(), from, to),
        Arrays.copyOfRange(block.keys(), first, end),
        Arrays.copyOfRange(block.weights(), first, end));
  }
}
