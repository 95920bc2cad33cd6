package io.rivulet.trainer.store;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of a store's files. Each carries the epoch that wrote it, so two writers never write the
 * same file, and whether a file counts can be told from its name and the epochs' records.
 */
final class StoreNames {
  static final String EPOCHS = "epochs";
  static final String PLANS = "plans";
  static final String MANIFESTS = "manifests";
  static final String DATA = "data";
  static final String METRICS = "metrics.jsonl";

  private static final Pattern NUMBERED = Pattern.compile("[vw](\\d{10})-e(\\d{4,})[.-].*");
  private static final Pattern EPOCH = Pattern.compile("e(\\d{4,})\\.json");

  private StoreNames() {}

  /**
   * A file name taken apart.
   *
   * @param name the name without its folder
   * @param number version of a manifest or data file, window of a plan
   * @param epoch the epoch that wrote it
   */
  record Numbered(String name, long number, int epoch) {}

  static String epoch(int epoch) {
    return String.format(Locale.ROOT, "%s/e%04d.json", EPOCHS, epoch);
  }

  static String plan(long window, int epoch) {
    return String.format(Locale.ROOT, "%s/w%010d-e%04d.json", PLANS, window, epoch);
  }

  static String manifest(long version, int epoch) {
    return String.format(Locale.ROOT, "%s/v%010d-e%04d.json", MANIFESTS, version, epoch);
  }

  static String data(long version, int epoch, String what) {
    return String.format(Locale.ROOT, "%s/v%010d-e%04d-%s", DATA, version, epoch, what);
  }

  /** Epoch numbers among names, ascending; other names are skipped. */
  static List<Integer> epochs(List<String> names) {
    return names.stream()
        .map(EPOCH::matcher)
        .filter(Matcher::matches)
        .map(m -> Integer.parseInt(m.group(1)))
        .sorted()
        .toList();
  }

  /** Numbered names by number, then epoch; other names are skipped. */
  static List<Numbered> numbered(List<String> names) {
    return names.stream()
        .map(NUMBERED::matcher)
        .filter(Matcher::matches)
        .map(m -> new Numbered(m.group(), Long.parseLong(m.group(1)), Integer.parseInt(m.group(2))))
        .sorted(Comparator.comparingLong(Numbered::number).thenComparingInt(Numbered::epoch))
        .toList();
  }
}
