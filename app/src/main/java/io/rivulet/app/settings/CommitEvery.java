package io.rivulet.app.settings;

import java.time.Duration;

/**
 * When a version is committed: after so many windows, or when so much time has passed.
 *
 * @param windows number of windows; 0 where time decides
 * @param time time between commits; zero where windows decide
 */
public record CommitEvery(int windows, Duration time) {
  static CommitEvery parse(String text) {
    String digits = text.endsWith("s") ? text.substring(0, text.length() - 1) : text;
    int number;
    try {
      number = Integer.parseInt(digits);
    } catch (NumberFormatException e) {
      number = 0;
    }
    if (number < 1) {
      throw new IllegalArgumentException("must be a number of batches (1) or seconds (30s)");
    }
    return text.endsWith("s")
        ? new CommitEvery(0, Duration.ofSeconds(number))
        : new CommitEvery(number, Duration.ZERO);
  }

  /** Whether a commit is due. */
  public boolean due(int windowsSince, Duration since) {
    return windows > 0 ? windowsSince >= windows : since.compareTo(time) >= 0;
  }
}
