package io.rivulet.app;

import io.rivulet.app.report.History;
import io.rivulet.app.report.ReportPage;
import io.rivulet.app.settings.Settings;
import io.rivulet.trainer.store.ModelStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = {
      "Writes one HTML page about a store: curves of quality, calibration, drift, the gate, versions"
          + " and settings.",
      "It needs nothing else and opens from disk."
    })
final class ReportCommand implements Callable<Integer> {
  @Mixin private SettingsOptions options;

  @Parameters(
      paramLabel = "STORE",
      arity = "0..1",
      description = "The model store; default: store.path of the settings.")
  private String location;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      defaultValue = "report.html",
      description = "Where it goes, over what is there. Default: ${DEFAULT-VALUE}.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    ModelStore store =
        ModelStore.open(
            location == null ? options.settings().get(Settings.STORE_PATH) : location,
            Sessions.hadoop());
    History history = new History();
    store.metrics(history::add);
    Files.writeString(out, ReportPage.html(store, history));
    System.out.printf(
        "%,d windows with %,d events are in %s%n", history.windows(), history.rows(), out);
    return 0;
  }
}
