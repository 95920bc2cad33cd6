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
  static final String PUBLISHED = "published";
  static final String DATA = "data";
  static final String METRICS = "metrics.jsonl";
  static final String ALIVE = "alive";

  static final String METRICS_PARTS = "metrics";

  private static final Pattern NUMBERED = Pattern.compile("[vw](\\d{10})-e(\\d{4,9})[.-].*");
  private static final Pattern EPOCH = Pattern.compile("e(\\d{4,9})\\.json");
  private static final Pattern CLAIM = Pattern.compile("e(\\d{4,9})\\.claim");
  private static final String JSON = ".json";

  private StoreNames() {}

  /**
   * A file name taken apart.
   *
   * @param name the name without its folder
   * @param number version of a manifest or data file, window of a plan
   * @param epoch the epoch that wrote it
   */
  record Numbered(String name, long number, int epoch) {
    /** Whether this is a whole manifest or plan, not one that was being put. */
    boolean complete() {
      return name.endsWith(JSON);
    }
  }

  static String epoch(int epoch) {
    return String.format(Locale.ROOT, "%s/e%04d.json", EPOCHS, epoch);
  }

  static String claim(int epoch) {
    return String.format(Locale.ROOT, "%s/e%04d.claim", EPOCHS, epoch);
  }

  static String plan(long window, int epoch) {
    return String.format(Locale.ROOT, "%s/w%010d-e%04d.json", PLANS, window, epoch);
  }

  /** Of a manifest and of its publication, without their folders. */
  static String fileName(Manifest manifest) {
    return String.format(Locale.ROOT, "v%010d-e%04d.json", manifest.version(), manifest.epoch());
  }

  static String manifest(long version, int epoch) {
    return String.format(Locale.ROOT, "%s/v%010d-e%04d.json", MANIFESTS, version, epoch);
  }

  /** Says that this manifest's version may be served. */
  static String publication(long version, int epoch) {
    return String.format(Locale.ROOT, "%s/v%010d-e%04d.json", PUBLISHED, version, epoch);
  }

  static String data(long version, int epoch, String what) {
    return String.format(Locale.ROOT, "%s/v%010d-e%04d-%s", DATA, version, epoch, what);
  }

  static String metrics(int epoch, int part) {
    return String.format(Locale.ROOT, "%s/e%04d-%04d.jsonl", METRICS_PARTS, epoch, part);
  }

  /** Numbers of the recorded epochs among names, ascending; other names are skipped. */
  static List<Integer> epochs(List<String> names) {
    return numbers(names, EPOCH);
  }

  /** The newest claimed epoch among names, 0 for none. */
  static int newestClaim(List<String> names) {
    List<Integer> claims = numbers(names, CLAIM);
    return claims.isEmpty() ? 0 : claims.get(claims.size() - 1);
  }

  private static List<Integer> numbers(List<String> names, Pattern pattern) {
    return names.stream()
        .map(pattern::matcher)
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
