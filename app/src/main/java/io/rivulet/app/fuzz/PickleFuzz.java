package io.rivulet.app.fuzz;

import io.rivulet.features.MindRecDictionaries;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** Damages one of MindRec's pickled dictionaries. */
final class PickleFuzz implements Fuzz {
  private static final Set<String> DENSE = Set.of("I1", "I2", "I3", "I4", "I5", "I6");
  private static final Set<String> CATEGORICAL = Set.of("C1", "C2", "C3");
  private static final List<String> NAMES = List.of("max", "min", "cat2id");

  private final long seed;
  private final Path directory;

  /** The three dictionaries in pickle protocols 0, 2 (by NumPy 1) and 4, one after the other. */
  private final List<byte[]> samples = new ArrayList<>();

  PickleFuzz(long seed, Path directory) {
    this.seed = seed;
    this.directory = directory;
    for (int protocol : new int[] {0, 2, 4}) {
      for (String name : NAMES) {
        samples.add(resource(name + "-" + protocol + ".pkl"));
      }
    }
  }

  private static byte[] resource(String name) {
    try (InputStream in = PickleFuzz.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void run(long from, long until, Outcomes outcomes) {
    for (long number = from; number < until; number++) {
      SplittableRandom random = Fuzz.random(seed, number);
      int protocol = random.nextInt(samples.size() / NAMES.size());
      int damaged = random.nextInt(NAMES.size());
      byte[] other = samples.get(random.nextInt(samples.size()));
      for (int i = 0; i < NAMES.size(); i++) {
        byte[] sound = samples.get(protocol * NAMES.size() + i);
        write(path(i), i == damaged ? Mutator.mutate(sound, other, random) : sound);
      }
      outcomes.run(number, this::outcome);
    }
  }

  private Path path(int i) {
    return directory.resolve(NAMES.get(i) + ".pkl");
  }

  private static void write(Path file, byte[] content) {
    try {
      Files.write(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String outcome() {
    try {
      MindRecDictionaries.read(path(0), path(1), path(2), DENSE, CATEGORICAL);
      return "read";
    } catch (IllegalArgumentException e) {
      // A subclass comes from a conversion that went wrong.
      if (e.getClass() != IllegalArgumentException.class
          || !e.getMessage().startsWith("Can't import " + directory)
          || e.getMessage().contains("\n")) {
        throw e;
      }
      return "refused";
    }
  }
}
