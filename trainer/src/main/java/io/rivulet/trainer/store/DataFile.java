package io.rivulet.trainer.store;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * A file that a manifest names.
 *
 * @param path below the store's root
 * @param bytes its length
 * @param sha256 of its content, hexadecimal
 */
public record DataFile(String path, long bytes, String sha256) {
  private static final Pattern PATH = Pattern.compile("data/[a-z0-9][a-z0-9.-]*");

  /** Refuses paths that lead out of the store's data folder. */
  public DataFile {
    Objects.requireNonNull(sha256, "sha256");
    if (!PATH.matcher(path).matches() || bytes < 0) {
      throw new IllegalArgumentException("Not a data file of a store: " + path);
    }
  }
}
