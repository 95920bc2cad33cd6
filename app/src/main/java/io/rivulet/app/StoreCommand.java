package io.rivulet.app;

import io.rivulet.app.settings.Settings;
import io.rivulet.app.settings.Settings.QuarantineTo;
import io.rivulet.app.train.LedgerCheck;
import io.rivulet.app.train.Replay;
import io.rivulet.app.train.Report;
import io.rivulet.app.train.StoreMigration;
import io.rivulet.app.train.StoreRollback;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.store.Epoch;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.ModelStore.Verification;
import io.rivulet.trainer.store.PartitionOffset;
import io.rivulet.trainer.store.StoreWriter;
import java.util.EnumMap;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "store",
    mixinStandardHelpOptions = true,
    description = "Looks into a model store, or changes its model.")
final class StoreCommand implements Runnable {
  /** What verify says of the states that most partitions don't have. */
  private static final Map<LedgerCheck.State, String> LESS_USUAL =
      new EnumMap<>(
          Map.of(
              LedgerCheck.State.SAMPLED, "learned by a sample",
              LedgerCheck.State.SKIPPED, "skipped",
              LedgerCheck.State.RETRACTED, "retracted",
              LedgerCheck.State.EXPIRED, "expired",
              LedgerCheck.State.DELETED, "deleted since and not compared"));

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Which one? list, show, verify, replay, migrate, rollback or publish");
  }

  private static ModelStore open(Settings settings) {
    return ModelStore.open(settings.get(Settings.STORE_PATH), Sessions.hadoop());
  }

  private static Manifest version(ModelStore models, Long version) {
    return version == null ? EvaluateCommand.newest(models) : models.version(version);
  }

  private static WideDeepModel load(ModelStore models, Manifest manifest) {
    return models.load(manifest, models.epoch(manifest.epoch()).learner());
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the versions that are kept, oldest first.")
  void list(@Mixin SettingsOptions options, @Mixin StoreOption store) {
    ModelStore models = open(store.in(options.settings()));
    boolean gated = models.epochs().stream().anyMatch(Epoch::gated);
    for (Manifest m : models.versions()) {
      System.out.printf(
          "version %d  %s%s  window %d  step %,d  %,d rows  logloss %.4f  auc %.4f  %s%n",
          m.version(),
          m.full() ? "snapshot" : "delta   ",
          gated ? (models.isPublished(m) ? "  published" : "  held     ") : "",
          m.lastWindow(),
          m.step(),
          m.rowCount(),
          m.quality().logloss(),
          m.quality().auc(),
          m.committedAt());
    }
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Shows a version, with the SHA-256 of model and optimizer state.")
  void show(
      @Mixin SettingsOptions options,
      @Mixin StoreOption store,
      @Option(names = "--version-number", paramLabel = "N", description = "Default: the newest.")
          Long version) {
    ModelStore models = open(store.in(options.settings()));
    Manifest m = version(models, version);
    System.out.println("store      " + models.location());
    System.out.println("version    " + m.version() + ", committed " + m.committedAt());
    System.out.println("parent     " + (m.parent() == 0 ? "none" : "version " + m.parent()));
    System.out.println("epoch      " + m.epoch());
    System.out.println("model      " + m.shape());
    System.out.println("features   " + m.featureVersion());
    System.out.printf("learned    %d windows, %,d steps%n", m.lastWindow(), m.step());
    System.out.printf("table      %,d rows%n", m.rowCount());
    for (PartitionOffset offset : m.offsets()) {
      System.out.printf(
          "offsets    %s-%d up to %,d%n", offset.topic(), offset.partition(), offset.next());
    }
    System.out.println(
        "quality    " + new Report().put("rows", m.quality().rows()).put(m.quality()).line());
    System.out.println("sha256     " + load(models, m).sha256());
  }

  @Command(
      name = "verify",
      mixinStandardHelpOptions = true,
      description = "Checks every file, every chain of versions, and the ledger of offsets.")
  void verify(
      @Mixin SettingsOptions options,
      @Mixin StoreOption store,
      @Option(
              names = "--ledger",
              description = {
                "Also compares the newest version's ledger with the events that Kafka or the files"
                    + " hold and with the quarantine: each event learned or quarantined, and once.",
                "Exit code 1 if one is lost or doubled."
              })
          boolean ledger) {
    Settings settings = store.in(options.settings());
    ModelStore models = open(settings);
    Verification found = models.verify();
    System.out.printf(
        "%s is sound: %d versions, %d files, %,d MB; %,d events trained, %,d quarantined%s%n",
        models.location(),
        found.versions(),
        found.files(),
        found.bytes() >> 20,
        found.trained(),
        found.quarantined(),
        found.sampledOut() > 0 ? String.format(", %,d sampled out", found.sampledOut()) : "");
    if (ledger) {
      try (SparkSession spark = Sessions.create("ledger")) {
        LedgerCheck.Result result =
            new LedgerCheck(spark, settings).check(models, EvaluateCommand.newest(models));
        result.partitions().forEach(StoreCommand::print);
        result.requireSound();
        if (settings.get(Settings.QUARANTINE_TO) == QuarantineTo.TOPIC) {
          System.out.println(
              "Quarantined events are among the trained: the quarantine's topic isn't compared");
        }
        System.out.println("Each event was learned or quarantined, and once: 0 lost, 0 doubled");
      }
    }
  }

  private static void print(LedgerCheck.Partition partition) {
    System.out.printf(
        "%s-%d  offsets %,d to %,d: %,d trained, %,d quarantined",
        partition.topic(),
        partition.partition(),
        partition.first(),
        partition.next(),
        partition.count(LedgerCheck.State.TRAINED),
        partition.count(LedgerCheck.State.QUARANTINED));
    LESS_USUAL.forEach(
        (state, text) -> {
          if (partition.count(state) > 0) {
            System.out.printf(", %,d %s", partition.count(state), text);
          }
        });
    System.out.println(
        partition.waiting() > 0 ? String.format("; %,d wait", partition.waiting()) : "");
  }

  @Command(
      name = "replay",
      mixinStandardHelpOptions = true,
      description = {
        "Trains a version again from nothing by the recorded windows, and compares the bits.",
        "Reads Kafka or the files that the windows came from; exit code 1 if the bits differ."
      })
  int replay(
      @Mixin SettingsOptions options,
      @Mixin StoreOption store,
      @Option(names = "--version-number", paramLabel = "N", description = "Default: the newest.")
          Long version) {
    Settings settings = store.in(options.settings());
    try (SparkSession spark = Sessions.create("replay")) {
      ModelStore models = open(settings);
      Manifest m = version(models, version);
      String stored = load(models, m).sha256();
      String replayed = new Replay(spark, settings, System.out::println).replay(models, m).sha256();
      System.out.println("version " + m.version() + "  " + stored);
      System.out.println("replayed   " + replayed);
      if (!stored.equals(replayed)) {
        throw new UserError("The replay of the recorded windows gives another model");
      }
      System.out.println("The bits are the same");
    }
    return 0;
  }

  @Command(
      name = "migrate",
      mixinStandardHelpOptions = true,
      description = {
        "Carries the newest version over to other features (features.schema, features.path), another"
            + " emb_dim or other widths of layers, as a new version.",
        "Embeddings, weights and optimizer state are kept, fields matched by name. Ends a training"
            + " that runs on the store."
      })
  void migrate(@Mixin SettingsOptions options, @Mixin StoreOption store) {
    Settings settings = store.in(options.settings());
    try (SparkSession spark = Sessions.create("migrate")) {
      Manifest made = StoreMigration.run(spark, settings);
      System.out.printf(
          "version %d from version %d: %s, features %s%n",
          made.version(), made.parent(), made.shape(), made.featureVersion());
    }
  }

  @Command(
      name = "rollback",
      mixinStandardHelpOptions = true,
      description = {
        "Takes model and offsets back to a version that is kept; later versions are deleted, and"
            + " their events are learned again.",
        "Ends a training that runs on the store."
      })
  void rollback(
      @Mixin SettingsOptions options,
      @Mixin StoreOption store,
      @Parameters(paramLabel = "VERSION", description = "As `store list` shows it.") long version,
      @Option(
              names = "--skip-to",
              paramLabel = "PARTITION=OFFSET",
              split = ",",
              description = {
                "Leaves events out from then on: partition clicks-0 goes on at this offset.",
                "In the ledger they are retracted. The others' events are learned again."
              })
          Map<String, Long> skipTo) {
    Settings settings = store.in(options.settings());
    Manifest now =
        StoreRollback.run(settings, Sessions.hadoop(), version, skipTo == null ? Map.of() : skipTo);
    System.out.println("Training goes on from version " + now.version());
    for (PartitionOffset offset : now.offsets()) {
      System.out.printf("%s-%d at offset %,d%n", offset.topic(), offset.partition(), offset.next());
    }
  }

  @Command(
      name = "publish",
      mixinStandardHelpOptions = true,
      description = {
        "Lets those who serve take a version that the gate holds back.",
        "A training that runs on the store goes on."
      })
  void publish(
      @Mixin SettingsOptions options,
      @Mixin StoreOption store,
      @Parameters(paramLabel = "VERSION", description = "As `store list` shows it.") long version) {
    Settings settings = store.in(options.settings());
    boolean published =
        StoreWriter.publish(
            settings.get(Settings.STORE_PATH),
            Sessions.hadoop(),
            version,
            settings.get(Settings.STORE_SINGLE_WRITER));
    System.out.println(
        "Version " + version + (published ? " is published" : " was published already"));
  }
}
