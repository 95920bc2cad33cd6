package io.rivulet.app.bench;

import io.rivulet.app.SettingsOptions;
import io.rivulet.app.UserError;
import io.rivulet.app.bench.Interleaved.Rounds;
import io.rivulet.app.settings.Settings;
import io.rivulet.app.train.Report;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.tower.Dropout;
import io.rivulet.trainer.tower.TowerKernel;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What a worker's round costs where the tower is ND4J's, on a GPU or not, beside oneDNN on a core:
 * the tower's way there and back once, and its mini-batches with their inputs and gradients.
 */
@Command(
    name = "gpu",
    mixinStandardHelpOptions = true,
    description = {
      "Whether tower nd4j pays beside blas: on a GPU with a jar built by -Pgpu (backend says which).",
      "transfer_ms: parameters and moments to the tower and back, as far as that takes time of its"
          + " own, once a round. step_ms: a mini-batch, with its inputs and their gradients."
          + " round_ms: transfer and averaging_frequency steps.",
      "pays_from_frequency: the least averaging_frequency with which a round is faster than by"
          + " blas, null if none is; pays_from_window_rows: the rows of such a round."
    })
final class GpuBench implements Callable<Integer> {
  private static final String ND4J = "nd4j";
  private static final String BLAS = "blas";

  @Mixin private SettingsOptions options;
  @Mixin private BenchOptions bench;

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
      defaultValue = "100,1000,8000",
      description = "Rows of a mini-batch. Default: ${DEFAULT-VALUE}.")
  private List<Integer> batches;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "10",
      description = "Mini-batches in a measurement. Default: ${DEFAULT-VALUE}.")
  private int steps;

  /** Milliseconds. */
  private record Sample(double transfer, double step) {}

  /** A tower with made-up parameters and inputs. */
  private final class Tower implements AutoCloseable {
    private final LearnerSettings settings;
    private final TowerKernel kernel;
    private final DenseState state;
    private final DenseState learned;
    private final float[] input;
    private final float[] logits;
    private final float[] gradient;
    private final float[] inputGradient;

    Tower(LearnerSettings settings) {
      this.settings = settings;
      kernel = TowerKernel.create(settings);
      state = DenseState.initial(settings);
      learned = state.copy();
      int rows = settings.batchSize();
      SplittableRandom random = new SplittableRandom(1);
      input = new float[Math.multiplyExact(rows, settings.shape().towerInput())];
      for (int i = 0; i < input.length; i++) {
        input[i] = (float) random.nextDouble(-0.01, 0.01);
      }
      logits = new float[rows];
      gradient = new float[rows];
      Arrays.fill(gradient, 0.5f / rows);
      inputGradient = new float[input.length];
    }

    /** What a round has besides its steps follows from rounds of one and of many. */
    Sample measure() {
      double one = round(1);
      double step = Math.max(0, round(steps) - one) / (steps - 1);
      return new Sample(Math.max(0, one - step), step);
    }

    /** Milliseconds of a round as a worker has it. */
    private double round(int number) {
      long start = System.nanoTime();
      kernel.load(state);
      for (int step = 1; step <= number; step++) {
        int rows = settings.batchSize();
        kernel.putInput(0, input, rows);
        kernel.forward(rows, logits, Dropout.NONE);
        kernel.backward(gradient);
        kernel.getInputGradient(0, inputGradient, rows);
        if (step < number) {
          kernel.update(settings.adam(), step);
        } else {
          // A GPU may still be at it; this waits for it.
          kernel.updateInto(settings.adam(), step, learned);
        }
      }
      return (System.nanoTime() - start) / 1e6;
    }

    @Override
    public void close() {
      kernel.close();
    }
  }

  @Override
  public Integer call() {
    int repeats = bench.repeats();
    UserError.requireAtLeast(2, "--steps", steps);
    Settings given = options.settings();
    for (int emb : embs) {
      for (int batch : batches) {
        Settings settings =
            given
                .with(Settings.EMB_DIM, Integer.toString(emb))
                .with(Settings.BATCH_SIZE, Integer.toString(batch));
        BenchOptions.progress("gpu E=" + emb + " batch=" + batch + " …");
        System.out.println(measure(settings, repeats).line());
      }
    }
    return 0;
  }

  private Report measure(Settings settings, int repeats) {
    LearnerSettings learner = settings.learner();
    try (Tower nd4j = new Tower(settings.with(Settings.TOWER, ND4J).learner());
        Tower blas = new Tower(settings.with(Settings.TOWER, BLAS).learner())) {
      Interleaved<Sample> contenders = new Interleaved<>();
      contenders.add(ND4J, nd4j::measure);
      contenders.add(BLAS, blas::measure);
      Rounds<Sample> rounds = contenders.run(repeats);
      Sample there = medians(rounds, ND4J);
      Sample here = medians(rounds, BLAS);
      int frequency = learner.averagingFrequency();
      OptionalLong least = leastFrequency(there, here);
      Report report =
          new Report()
              .put("case", "gpu E=" + learner.shape().embDim() + " batch=" + learner.batchSize())
              .put("backend", nd4j.kernel.name())
              .put("averaging_frequency", frequency);
      put(report, "", there, frequency);
      put(report, "blas_", here, frequency);
      return report
          .put("ratio_step", rounds.ratio(BLAS, ND4J, Sample::step))
          .put("pays_from_frequency", boxed(least))
          .put(
              "pays_from_window_rows",
              boxed(
                  least.isEmpty()
                      ? least
                      : OptionalLong.of(
                          least.getAsLong() * learner.workers() * learner.batchSize())));
    }
  }

  private static Sample medians(Rounds<Sample> rounds, String contender) {
    return new Sample(
        rounds.median(contender, Sample::transfer), rounds.median(contender, Sample::step));
  }

  private static void put(Report report, String prefix, Sample sample, int frequency) {
    report
        .put(prefix + "transfer_ms", sample.transfer)
        .put(prefix + "step_ms", sample.step)
        .put(prefix + "round_ms", sample.transfer + frequency * sample.step);
  }

  /** The least number of steps a round with which {@code one} takes less than {@code other}. */
  static OptionalLong leastFrequency(double transfer, double step, double other, double otherStep) {
    double more = transfer - other;
    double less = otherStep - step;
    if (more + step < otherStep) {
      return OptionalLong.of(1);
    }
    return less > 0 ? OptionalLong.of((long) Math.floor(more / less) + 1) : OptionalLong.empty();
  }

  private static OptionalLong leastFrequency(Sample one, Sample other) {
    return leastFrequency(one.transfer, one.step, other.transfer, other.step);
  }

  private static Object boxed(OptionalLong number) {
    return number.isPresent() ? number.getAsLong() : null;
  }
}
