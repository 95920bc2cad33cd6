package io.rivulet.app;

import io.rivulet.app.generate.ClickGenerator;
import io.rivulet.trainer.model.CounterRandom;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "generate",
    mixinStandardHelpOptions = true,
    description = {
      "Writes made-up clicks in Criteo's form, the same for the same seed.",
      "Categories follow Zipf's law with Criteo's cardinalities; effects of values and of pairs of"
          + " values are planted."
    })
final class GenerateCommand implements Callable<Integer> {
  private static final long FLIP_STREAM = 1;

  @Parameters(paramLabel = "FILE", description = "Where to; gzip if the name ends in .gz.")
  private Path file;

  @Option(names = "--rows", defaultValue = "100000", description = "Default: ${DEFAULT-VALUE}.")
  private long rows;

  @Option(
      names = "--skip",
      defaultValue = "0",
      description = "First clicks that are left out, to get later ones of the same stream.")
  private long skip;

  @Option(names = "--seed", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--drift",
      defaultValue = "0",
      description = "How fast effects change: 1 for wholly other ones within 100,000 rows.")
  private double drift;

  @Option(
      names = "--drift-every",
      paramLabel = "ROWS",
      description = "Effects become wholly other ones at once, each time after so many rows.")
  private long driftEvery = Long.MAX_VALUE;

  @Option(
      names = "--flip",
      paramLabel = "FROM-UNTIL",
      description =
          "Of these rows a share gets the other label, as if someone poisoned the stream.")
  private String flip = "0-0";

  @Option(
      names = "--flip-share",
      defaultValue = "0.3",
      description = "Which share. Default: ${DEFAULT-VALUE}.")
  private double flipShare;

  @Option(
      names = "--truth",
      paramLabel = "FILE",
      description = "Where to write the true probability of each click, one a line.")
  private Path truth;

  @Override
  public Integer call() throws IOException {
    UserError.requireAtLeast(0, "--rows", rows);
    UserError.requireAtLeast(0, "--skip", skip);
    UserError.requireAtLeast(1, "--drift-every", driftEvery);
    Matcher flipped = Pattern.compile("(\\d{1,18})-(\\d{1,18})").matcher(flip);
    if (!flipped.matches()) {
      throw new UserError("--flip must be FROM-UNTIL, such as 5000-6000, not " + flip);
    }
    long flipFrom = Long.parseLong(flipped.group(1));
    long flipUntil = Long.parseLong(flipped.group(2));
    ClickGenerator generator = new ClickGenerator(seed, drift, driftEvery);
    try (Writer clicks = writer(file);
        Writer truths = truth == null ? Writer.nullWriter() : writer(truth)) {
      for (long i = skip; i < skip + rows; i++) {
        ClickGenerator.Click click = generator.click(i);
        boolean flips =
            i >= flipFrom
                && i < flipUntil
                && CounterRandom.uniform(seed, FLIP_STREAM, i) < flipShare;
        clicks.append(flips ? click.withOtherLabel() : click.line()).append('\n');
        truths.append(Double.toString(click.probability())).append('\n');
      }
    }
    System.out.printf("%,d clicks in %s%n", rows, file);
    return 0;
  }

  private static Writer writer(Path path) throws IOException {
    OutputStream out = Files.newOutputStream(path);
    boolean gzip = path.toString().endsWith(".gz");
    return new BufferedWriter(
        new OutputStreamWriter(gzip ? new GZIPOutputStream(out) : out, StandardCharsets.UTF_8));
  }
}
