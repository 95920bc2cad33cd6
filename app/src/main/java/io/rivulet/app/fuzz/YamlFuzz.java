package io.rivulet.app.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rivulet.app.UserError;
import io.rivulet.app.settings.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Damages a file of settings, or a schema. */
final class YamlFuzz implements Fuzz {
  private static final byte[] SETTINGS =
      """
      # Settings of each kind.
      emb_dim: 8
      deep_layer_dim: [16, 8]
      deep_layer_act: relu
      keep_prob: 0.9
      weight_bias_init: [normal, zero]
      init_args: [-0.01, 0.01]
      seed: 7
      adam: {learning_rate: 0.001}
      ftrl:
        learning_rate: 0.05
        l1: 1.0e-8
      kafka:
        bootstrap_servers: localhost:9092
        topic: 'clicks'
      window.rows: 1000
      """
          .getBytes(UTF_8);

  private static final byte[] SCHEMA =
      """
      name: shop
      label: {path: $.event.type, click: [click, "purchase"], no_click: [impression]}
      event_id: $.event.id
      event_time: {path: $.event.time, unit: millis}
      fields:
        - {name: price, path: $.item.price, kind: dense, scaling: none}
        - {name: orders, kind: dense, whole: true}
        - name: user
          path: $.user.id
          min_count: 20
        - {name: brand, missing: zero}
        - {name: tags, path: $.item.tags, kind: multi_valued, separator: '|', pooling: sum}
      """
          .getBytes(UTF_8);

  private final long seed;
  private final Path file;
  private final List<byte[]> samples =
      List.of(SETTINGS, SCHEMA, Settings.reference().getBytes(UTF_8));

  YamlFuzz(long seed, Path directory) {
    this.seed = seed;
    this.file = directory.resolve("damaged.yaml");
  }

  @Override
  public void run(long from, long until, Outcomes outcomes) {
    for (long number = from; number < until; number++) {
      SplittableRandom random = Fuzz.random(seed, number);
      // The reference is long, and so are its cases.
      byte[] sound = samples.get(random.nextInt(16) == 0 ? 2 : random.nextInt(2));
      byte[] other = samples.get(random.nextInt(2));
      try {
        Files.write(file, Mutator.mutate(sound, other, random));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      outcomes.run(number, () -> outcome(sound == SCHEMA));
    }
  }

  private String outcome(boolean schema) {
    try {
      if (schema) {
        Settings.of(Map.of(Settings.FEATURES_SCHEMA.name(), file.toString()));
      } else {
        Settings.read(file, Map.of());
      }
      return "read";
    } catch (UserError e) {
      if (e.getMessage().isBlank()) {
        throw new IllegalStateException("refused without a reason", e);
      }
      return "refused";
    }
  }
}
