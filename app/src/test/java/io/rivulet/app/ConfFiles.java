package io.rivulet.app;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;

/** Settings files that the tests read. */
public final class ConfFiles {
  private ConfFiles() {}

  /** A file of the checkout's folder conf. */
  public static Path shipped(String name) {
    Path here = Path.of(System.getProperty("user.dir")).toAbsolutePath();
    return Stream.iterate(here, Objects::nonNull, Path::getParent)
        .filter(folder -> Files.isDirectory(folder.resolve("submit")))
        .findFirst()
        .orElseThrow()
        .resolve("conf")
        .resolve(name);
  }

  /** MindRec's own settings. */
  public static Path mindRecs() {
    try {
      return Path.of(ConfFiles.class.getResource("/mindrec-default_config.yaml").toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
