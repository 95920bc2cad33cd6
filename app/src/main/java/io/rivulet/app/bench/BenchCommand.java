package io.rivulet.app.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The benchmarks; each prints JSON, one object a line a case, and tells its progress on stderr. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = {
      "Measures this machine. Every case is a line of JSON on standard output.",
      "What is compared runs in turn in one run, A B C A B C …; figures are medians."
    },
    subcommands = {
      KernelBench.class,
      VocabBench.class,
      ChurnBench.class,
      FeaturesBench.class,
      PipelineBench.class,
      CommitBench.class,
      BatchBench.class,
      ScaleBench.class,
      FreshnessBench.class,
      ServeBench.class,
      AveragingBench.class,
      GpuBench.class,
      Dl4jBench.class
    })
public final class BenchCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "Which one? kernel, vocab, churn, features, pipeline, commit, batch, scale, freshness,"
            + " serve, averaging or gpu");
  }
}
