package io.rivulet.app.bench;

import io.rivulet.app.SettingsOptions;
import io.rivulet.app.UserError;
import io.rivulet.app.bench.Interleaved.Rounds;
import io.rivulet.app.process.Scratch;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.train.Report;
import io.rivulet.trainer.averaging.OnlineLearner;
import io.rivulet.trainer.averaging.ThreadedWorkers;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.ModelShape;
import io.rivulet.trainer.model.TowerLayout;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.tower.SgemmRate;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * How fast examples in memory are learned, beside PyTorch and stock DL4J, and how near that is to
 * what the machine's matrix products allow. All keys have their rows before.
 */
@Command(
    name = "kernel",
    mixinStandardHelpOptions = true,
    description = {
      "Rows a second of the learner alone, on examples in memory, beside PyTorch and stock DL4J.",
      "roofline_share: operations of the tower's products over those that sgemm can do. gather to"
          + " sparse_optimizer: shares of the workers' time, the rest being copies of dense"
          + " parameters and waiting for each other; driver_gather and merge: shares of all time."
    })
final class KernelBench implements Callable<Integer> {
  private static final String RIVULET = "rivulet";
  private static final String TORCH = "torch";
  private static final String DL4J = "dl4j";
  private static final String SGEMM = "sgemm";

  /** The PyTorch program keeps 13 keys for the dense fields. */
  private static final int LEAST_VOCAB = 14;

  @Spec private CommandSpec spec;
  @Mixin private SettingsOptions options;
  @Mixin private BenchOptions bench;
  @Mixin private PeerOptions peerOptions;

  @Option(
      names = "--emb",
      split = ",",
      paramLabel = "E",
      defaultValue = "16,80",
      description = "Widths of embeddings. Default: ${DEFAULT-VALUE}.")
  private List<Integer> embs;

  @Option(
      names = "--batch",
      split = ",",
      paramLabel = "ROWS",
      defaultValue = "1000,100",
      description = "Rows of a mini-batch. Default: ${DEFAULT-VALUE}.")
  private List<Integer> batches;

  @Option(
      names = "--frequency",
      split = ",",
      paramLabel = "K",
      defaultValue = "1,8",
      description = "Mini-batches between two merges. Default: ${DEFAULT-VALUE}.")
  private List<Integer> frequencies;

  @Option(
      names = "--workers",
      paramLabel = "W",
      defaultValue = "2",
      description =
          "Workers, a thread each; also the threads of PyTorch. Default: ${DEFAULT-VALUE}.")
  private int workers;

  @Option(
      names = "--vocab",
      paramLabel = "V",
      defaultValue = "200000",
      description = "Keys with rows in the table. Default: ${DEFAULT-VALUE}.")
  private int vocab;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "64000",
      description =
          "Rows learned in a round of measuring, in whole windows of workers × batch × frequency"
              + " rows, at least one. Default: ${DEFAULT-VALUE}.")
  private int rows;

  @Option(
      names = "--dl4j",
      description =
          "Measure stock DL4J too, in the cases of largest batch and frequency; it is slow and gets"
              + " fewer rows.")
  private boolean dl4j;

  @Option(
      names = "--dl4j-vocab",
      split = ",",
      paramLabel = "V",
      defaultValue = "200000,20000000",
      description =
          "With --dl4j: vocabularies that DL4J is measured at, those other than --vocab in a"
              + " process of their own with a heap like this one's. Default: ${DEFAULT-VALUE}.")
  private List<Integer> dl4jVocabs;

  /** One combination of what is varied. */
  private record Case(int emb, int batch, int frequency) {
    String name() {
      return "kernel E=" + emb + " batch=" + batch + " frequency=" + frequency;
    }
  }

  @Override
  public Integer call() {
    int repeats = bench.repeats();
    UserError.requireAtLeast(1, "--rows", rows);
    UserError.requireAtLeast(LEAST_VOCAB, "--vocab", vocab);
    Settings settings = options.settings();
    Optional<PeerProgram> peer = peerOptions.program();
    List<Case> cases = cases();
    int needed = cases.stream().mapToInt(c -> wanted(settings(settings, c))).max().orElseThrow();
    BenchOptions.progress("Reading rows …");
    BenchRows source = bench.rows(settings);
    ExampleBlock examples = BenchRows.withVocabulary(source.examples(needed), vocab);
    try (Scratch scratch = Scratch.create()) {
      Path tsv = scratch.resolve("rows.tsv");
      if (peer.isPresent()) {
        source.write(tsv, examples.rows());
      }
      for (Case c : cases) {
        BenchOptions.progress(c.name() + " …");
        System.out.println(measure(c, settings(settings, c), examples, peer, tsv, repeats).line());
      }
    }
    if (dl4j) {
      measureDl4jApart(settings);
    }
    return 0;
  }

  private List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (int emb : embs) {
      for (int batch : batches) {
        for (int frequency : frequencies) {
          cases.add(new Case(emb, batch, frequency));
        }
      }
    }
    return cases;
  }

  private Settings settings(Settings settings, Case c) {
    return settings
        .with(Settings.EMB_DIM, Integer.toString(c.emb))
        .with(Settings.BATCH_SIZE, Integer.toString(c.batch))
        .with(Settings.AVERAGING_FREQUENCY, Integer.toString(c.frequency))
        .with(Settings.WORKERS, Integer.toString(workers));
  }

  private static int windowRows(LearnerSettings settings) {
    return Math.multiplyExact(
        settings.workers() * settings.batchSize(), settings.averagingFrequency());
  }

  /** Rows of a case: whole windows, at least one. */
  private int wanted(Settings settings) {
    int window = windowRows(settings.learner());
    return Math.max(1, rows / window) * window;
  }

  private Report measure(
      Case c,
      Settings settings,
      ExampleBlock examples,
      Optional<PeerProgram> peer,
      Path tsv,
      int repeats) {
    LearnerSettings learnerSettings = settings.learner();
    List<ExampleBlock> windows = windows(examples, learnerSettings);
    int learned = windows.size() * windows.get(0).rows();
    WideDeepModel model = new WideDeepModel(learnerSettings);
    ResidentKeys.fill(model, vocab);
    Dl4jContender stock = dl4jIn(c) ? new Dl4jContender(learnerSettings, vocab, examples) : null;
    try (ThreadedWorkers threads = new ThreadedWorkers(learnerSettings);
        OnlineLearner learner =
            new OnlineLearner(model, BenchOptions.admission(learnerSettings), threads)) {
      Interleaved<KernelSample> contenders = new Interleaved<>();
      contenders.add(RIVULET, () -> KernelSample.measure(learner, windows));
      peer.ifPresent(
          program ->
              contenders.add(
                  TORCH, () -> KernelSample.of(torch(program, tsv, learnerSettings, learned))));
      if (stock != null) {
        contenders.add(DL4J, () -> KernelSample.of(stock.rowsPerSecond()));
      }
      contenders.add(
          SGEMM,
          () -> KernelSample.of(SgemmRate.measure(learnerSettings.shape(), c.batch, workers)));
      return report(c, learnerSettings.shape(), contenders.run(repeats));
    } finally {
      if (stock != null) {
        stock.close();
      }
    }
  }

  private List<ExampleBlock> windows(ExampleBlock examples, LearnerSettings settings) {
    int window = windowRows(settings);
    int count = Math.min(Math.max(1, rows / window), examples.rows() / window);
    if (count == 0) {
      throw new UserError(
          "There are only "
              + examples.rows()
              + " rows, but a window of workers × batch × frequency has "
              + window
              + "; give more rows, or a smaller --batch or --frequency");
    }
    List<ExampleBlock> windows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      windows.add(BenchRows.slice(examples, i * window, (i + 1) * window));
    }
    return windows;
  }

  /** Where DL4J averages least often, which is where it is fastest. */
  private boolean dl4jIn(Case c) {
    return dl4j
        && dl4jVocabs.contains(vocab)
        && c.batch == Collections.max(batches)
        && c.frequency == Collections.max(frequencies);
  }

  private double torch(PeerProgram program, Path tsv, LearnerSettings settings, int limit) {
    List<String> arguments = PeerProgram.options(settings, vocab);
    arguments.addAll(List.of("--limit", Integer.toString(limit)));
    return program.run(tsv, arguments).path("train_rows_per_s").asDouble(Double.NaN);
  }

  private Report report(Case c, ModelShape shape, Rounds<KernelSample> rounds) {
    Report report =
        new Report()
            .put("case", c.name())
            .put("emb", c.emb)
            .put("batch", c.batch)
            .put("vocab", vocab)
            .put("averaging_frequency", c.frequency)
            .put("workers", workers)
            .put("rows_per_s", rounds.median(RIVULET, KernelSample::rate))
            .put("torch_rows_per_s", rounds.median(TORCH, KernelSample::rate))
            .put("ratio_torch", rounds.ratio(RIVULET, TORCH, KernelSample::rate))
            .put("dl4j_rows_per_s", rounds.median(DL4J, KernelSample::rate))
            .put("ratio_dl4j", rounds.ratio(RIVULET, DL4J, KernelSample::rate))
            .put("sgemm_gflops", rounds.median(SGEMM, KernelSample::rate));
    double rowsPerGflop = rounds.ratio(RIVULET, SGEMM, KernelSample::rate);
    return report
        .put("roofline_share", flopsPerRow(shape) * rowsPerGflop / 1e9)
        .put("gather", rounds.median(RIVULET, KernelSample::gather))
        .put("forward", rounds.median(RIVULET, KernelSample::forward))
        .put("backward", rounds.median(RIVULET, KernelSample::backward))
        .put("tower_optimizer", rounds.median(RIVULET, KernelSample::towerOptimizer))
        .put("sparse_optimizer", rounds.median(RIVULET, KernelSample::sparseOptimizer))
        .put("driver_gather", rounds.median(RIVULET, KernelSample::driverGather))
        .put("merge", rounds.median(RIVULET, KernelSample::merge));
  }

  /** Of each layer three products: forward, by the weights, by the input. */
  private static double flopsPerRow(ModelShape shape) {
    TowerLayout layout = shape.towerLayout();
    double flops = 0;
    for (int l = 0; l < layout.layers(); l++) {
      flops += 6.0 * layout.in(l) * layout.out(l);
    }
    return flops;
  }

  private void measureDl4jApart(Settings settings) {
    Case c = new Case(embs.get(0), Collections.max(batches), Collections.max(frequencies));
    for (int size : dl4jVocabs) {
      if (size != vocab) {
        String name = "dl4j E=" + c.emb + " batch=" + c.batch + " vocab=" + size;
        BenchOptions.progress(name + " …");
        Report report =
            new Report()
                .put("case", name)
                .put("emb", c.emb)
                .put("batch", c.batch)
                .put("vocab", size)
                .put("averaging_frequency", c.frequency)
                .put("workers", workers);
        Dl4jBench.runApart(
            spec.commandLine().getParseResult(), settings(settings, c).learner(), size, report);
        System.out.println(report.line());
      }
    }
  }
}
