package io.rivulet.app.callback;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Saves the model every so many optimizer steps as {@code DIRECTORY/PREFIX-STEP}: a model store
 * that every command takes by {@code --store}.
 */
public final class ModelCheckpoint implements Callback {
  private final String prefix;
  private final Path directory;
  private final long saveCheckpointSteps;
  private final int keepCheckpointMax;
  private long next;

  /** Saves every 100 steps and keeps 5. */
  public ModelCheckpoint(String prefix, Path directory) {
    this(prefix, directory, 100, 5);
  }

  /**
   * Saves at the first version that is {@code saveCheckpointSteps} steps or more after the last.
   *
   * @param prefix letters, digits, - and _
   * @param keepCheckpointMax older ones of the same prefix are deleted
   * @throws IllegalArgumentException if the prefix is another, or a number is below 1
   */
  public ModelCheckpoint(
      String prefix, Path directory, int saveCheckpointSteps, int keepCheckpointMax) {
    if (!prefix.matches("[A-Za-z0-9_-]+")) {
      throw new IllegalArgumentException(
          "prefix must be letters, digits, - and _, but got '" + prefix + "'");
    }
    if (saveCheckpointSteps < 1 || keepCheckpointMax < 1) {
      throw new IllegalArgumentException(
          "save_checkpoint_steps and keep_checkpoint_max must be int and > 0, but got "
              + saveCheckpointSteps
              + " and "
              + keepCheckpointMax);
    }
    this.prefix = prefix;
    this.directory = directory;
    this.saveCheckpointSteps = saveCheckpointSteps;
    this.keepCheckpointMax = keepCheckpointMax;
    this.next = saveCheckpointSteps;
  }

  @Override
  public boolean readsModel() {
    return false;
  }

  @Override
  public void windowEnd(RunContext context, CommittedWindow window) {
    if (window.step() < next || !window.lastOfVersion()) {
      return;
    }
    next = window.step() + saveCheckpointSteps;
    try {
      Path target = directory.resolve(prefix + "-" + window.step());
      delete(target);
      context.saveCheckpoint(target);
      List<Path> others = saved().stream().filter(path -> !path.equals(target)).toList();
      for (Path old : others.subList(0, Math.max(0, others.size() + 1 - keepCheckpointMax))) {
        delete(old);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The checkpoints of this prefix, oldest first. */
  private List<Path> saved() throws IOException {
    Pattern name = Pattern.compile(Pattern.quote(prefix) + "-(\\d{1,18})");
    try (Stream<Path> all = Files.list(directory)) {
      return all.filter(path -> name.matcher(path.getFileName().toString()).matches())
          .sorted(Comparator.comparingLong(path -> step(name, path)))
          .toList();
    }
  }

  private static long step(Pattern name, Path path) {
    Matcher matcher = name.matcher(path.getFileName().toString());
    return matcher.matches() ? Long.parseLong(matcher.group(1)) : 0;
  }

  private static void delete(Path path) throws IOException {
    if (Files.exists(path)) {
      try (Stream<Path> all = Files.walk(path)) {
        for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(each);
        }
      }
    }
  }
}
