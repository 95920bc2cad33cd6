package io.rivulet.app.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.rivulet.app.settings.Settings;
import io.rivulet.trainer.model.DenseState;
import io.rivulet.trainer.model.EmbeddingTable;
import io.rivulet.trainer.model.WideDeepModel;
import io.rivulet.trainer.store.Manifest;
import io.rivulet.trainer.store.ModelStore;
import io.rivulet.trainer.store.PartitionOffset;
import io.rivulet.trainer.store.StoreException;
import io.rivulet.trainer.store.TrainedWindow;
import io.rivulet.trainer.store.WindowPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;

/**
 * Damages one file of a store. In half of the cases all checksums are made to fit again, so that
 * what lies behind them is reached. Then the store must be refused in a sentence that says where,
 * or give what the sound one gives; with fitting checksums it may also be another store that is
 * valid by all rules.
 */
final class StoreFuzz implements Fuzz {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final Pattern FILE = Pattern.compile("(epochs|plans|manifests|data)/[^ ]");

  private final long seed;
  private final Map<String, byte[]> sound;
  private final List<String> paths;
  private final Map<String, List<String>> namedBy = new HashMap<>();
  private final MemoryFileSystem memory;
  private final ModelStore store;
  private final Contents expected;

  /** What a reader gets of a store. */
  private record Contents(
      String sha256,
      List<PartitionOffset> offsets,
      List<TrainedWindow> ledger,
      List<WindowPlan> plans) {}

  StoreFuzz(long seed) {
    this.seed = seed;
    this.sound = SampleStore.files(Settings.defaults().learner());
    this.paths = List.copyOf(sound.keySet());
    for (String path : paths) {
      namedBy.put(
          path,
          paths.stream()
              .filter(p -> p.startsWith("manifests/"))
              .filter(p -> new String(sound.get(p), UTF_8).contains('"' + path + '"'))
              .toList());
    }
    Configuration hadoop = MemoryFileSystem.configuration();
    this.memory = MemoryFileSystem.shared(hadoop);
    memory.hold(sound);
    this.store = ModelStore.open(MemoryFileSystem.LOCATION, hadoop);
    this.expected = contents();
    store.verify();
  }

  @Override
  public void run(long from, long until, Outcomes outcomes) {
    for (long number = from; number < until; number++) {
      SplittableRandom random = Fuzz.random(seed, number);
      boolean fitting = random.nextBoolean();
      memory.hold(damaged(fitting, random));
      outcomes.run(number, () -> outcome(fitting));
    }
  }

  private String outcome(boolean fitting) {
    String kind = fitting ? "fitting " : "";
    try {
      boolean same = contents().equals(expected);
      if (!same && !fitting) {
        throw new IllegalStateException("the store gives something else and nobody notices");
      }
      store.verify();
      return kind + (same ? "same" : "other");
    } catch (StoreException e) {
      requireHelpful(e.getMessage());
      return kind + "refused";
    }
  }

  /** A sentence says where, and is one line. */
  private void requireHelpful(String sentence) {
    boolean where = sentence.contains(store.location()) || FILE.matcher(sentence).find();
    if (!where || sentence.contains("\n")) {
      throw new IllegalStateException("not a sentence that says where: " + sentence);
    }
  }

  private Contents contents() {
    Manifest newest = store.newest().orElse(null);
    if (newest == null) {
      return new Contents("", List.of(), List.of(), store.openPlans());
    }
    WideDeepModel model = store.load(newest, store.epoch(newest.epoch()).learner());
    requireFinite(model);
    return new Contents(model.sha256(), newest.offsets(), store.ledger(newest), store.openPlans());
  }

  private static void requireFinite(WideDeepModel model) {
    DenseState dense = model.dense();
    double sum = 0;
    for (float[] values : List.of(dense.tower, dense.moment1, dense.moment2, dense.wideBias)) {
      sum += sum(values);
    }
    EmbeddingTable table = model.table();
    float[] row = new float[table.rowWidth()];
    for (int number = 0; number < table.size(); number++) {
      table.read(number, row, 0);
      sum += sum(row);
    }
    if (!Double.isFinite(sum)) {
      throw new IllegalStateException("the model has a parameter that is no number");
    }
  }

  private static double sum(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum;
  }

  private Map<String, byte[]> damaged(boolean fitting, SplittableRandom random) {
    Map<String, byte[]> files = new HashMap<>(sound);
    String path = pick(random);
    String other = pick(random);
    if (random.nextInt(16) == 0) {
      files.put(path, sound.get(other));
      files.put(other, sound.get(path));
      if (fitting) {
        fit(path, files);
        fit(other, files);
      }
    } else if (fitting && Seal.isRecord(path)) {
      byte[] open = Seal.open(sound.get(path));
      files.put(path, Seal.seal(Mutator.mutate(open, sound.get(other), random)));
    } else {
      files.put(path, Mutator.mutate(sound.get(path), sound.get(other), random));
      if (fitting) {
        fit(path, files);
      }
    }
    return files;
  }

  private String pick(SplittableRandom random) {
    return paths.get(random.nextInt(paths.size()));
  }

  /** Writes length and SHA-256 of a data file into the manifests that name it. */
  private void fit(String path, Map<String, byte[]> files) {
    for (String manifest : namedBy.get(path)) {
      if (files.get(manifest) != sound.get(manifest)) {
        continue;
      }
      try {
        JsonNode tree = JSON.readTree(sound.get(manifest));
        ((ObjectNode) tree).remove("sha256");
        for (JsonNode file : tree.findParents("path")) {
          if (file.get("path").asText().equals(path)) {
            byte[] content = files.get(path);
            ((ObjectNode) file).put("bytes", content.length).put("sha256", Seal.sha256(content));
          }
        }
        byte[] json = JSON.writeValueAsBytes(tree);
        files.put(manifest, Seal.seal(Arrays.copyOf(json, json.length - 1)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
