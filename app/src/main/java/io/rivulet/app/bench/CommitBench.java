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
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.store.EpochTerms;
import io.rivulet.trainer.store.OpenMode;
import io.rivulet.trainer.store.StoreWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a commit costs, by how many windows go into one. */
@Command(
    name = "commit",
    mixinStandardHelpOptions = true,
    description = {
      "Bytes and time of a commit: of the changed rows after some windows, and of all rows.",
      "A real store is written; windows and mini-batches are those of the settings."
    })
final class CommitBench implements Callable<Integer> {
  private static final String SNAPSHOT = "snapshot";
  private static final String FORM = "tsv";

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
      names = "--commit-every",
      split = ",",
      paramLabel = "N",
      defaultValue = "1,2,5,10",
      description = "Windows of a commit. Default: ${DEFAULT-VALUE}.")
  private List<Integer> commitEvery;

  @Option(
      names = "--vocab",
      paramLabel = "V",
      defaultValue = "200000",
      description = "Keys with rows in the table. Default: ${DEFAULT-VALUE}.")
  private int vocab;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "100000",
      description = "Rows to learn from, again and again. Default: ${DEFAULT-VALUE}.")
  private int rows;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Directory on the disk to measure. Default: where temporary files are.")
  private Path directory;

  @Override
  public Integer call() {
    int repeats = bench.repeats();
    commitEvery.forEach(every -> UserError.requireAtLeast(1, "--commit-every", every));
    UserError.requireAtLeast(1, "--vocab", vocab);
    if (directory != null && !Files.isDirectory(directory)) {
      throw new UserError(
          "There is no directory " + directory + "; make it, or name another --dir");
    }
    Settings settings = options.settings();
    UserError.requireAtLeast(settings.get(Settings.WINDOW_ROWS), "--rows", rows);
    BenchOptions.progress("Reading rows …");
    ExampleBlock examples = BenchRows.withVocabulary(bench.rows(settings).examples(rows), vocab);
    for (int emb : embs) {
      Settings own = settings.with(Settings.EMB_DIM, Integer.toString(emb));
      try (Scratch scratch = directory == null ? Scratch.create() : Scratch.in(directory)) {
        measure(emb, own, examples, scratch.resolve("store").toString(), repeats);
      }
    }
    return 0;
  }

  private void measure(
      int emb, Settings settings, ExampleBlock examples, String location, int repeats) {
    BenchOptions.progress("commit E=" + emb + " …");
    LearnerSettings learnerSettings = settings.learner();
    WideDeepModel model = new WideDeepModel(learnerSettings);
    ResidentKeys.fill(model, vocab);
    List<Integer> everies = commitEvery.stream().distinct().toList();
    StoreWriter store =
        StoreWriter.open(
            location,
            new Configuration(),
            OpenMode.GO_ON,
            new EpochTerms(
                learnerSettings, "bench", settings.get(Settings.EVENT_MAX_BYTES), FORM, FORM),
            // In each round every delta once, then it is time for a snapshot.
            everies.size() + 1,
            settings.get(Settings.STORE_KEEP_MAX));
    try (ThreadedWorkers threads = new ThreadedWorkers(learnerSettings);
        OnlineLearner learner =
            new OnlineLearner(model, BenchOptions.admission(learnerSettings), threads)) {
      Committer committer =
          new Committer(store, learner, examples, settings.get(Settings.WINDOW_ROWS));
      committer.commit(1);
      Interleaved<CommitSample> contenders = new Interleaved<>();
      for (int every : everies) {
        contenders.add(Integer.toString(every), () -> committer.commit(every));
      }
      contenders.add(SNAPSHOT, () -> committer.commit(1));
      Rounds<CommitSample> measured = contenders.run(repeats);
      for (int every : everies) {
        System.out.println(report(emb, every, measured).line());
      }
    }
  }

  private static Report report(int emb, int every, Rounds<CommitSample> measured) {
    String name = Integer.toString(every);
    return new Report()
        .put("case", "commit E=" + emb + " every=" + every)
        .put("emb", emb)
        .put("commit_every", every)
        .put("touched_rows", Math.round(measured.median(name, CommitSample::touchedRows)))
        .put("delta_bytes", Math.round(measured.median(name, CommitSample::bytes)))
        .put("delta_ms", measured.median(name, CommitSample::ms))
        .put("snapshot_bytes", Math.round(measured.median(SNAPSHOT, CommitSample::bytes)))
        .put("snapshot_ms", measured.median(SNAPSHOT, CommitSample::ms))
        .put("table_rows", Math.round(measured.median(name, CommitSample::tableRows)));
  }
}
