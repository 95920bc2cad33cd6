package io.rivulet.app.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rivulet.app.kafka.EventEncoder;
import io.rivulet.app.kafka.EventEncoder.Message;
import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.Schema;
import io.rivulet.features.Schema.EventTime;
import io.rivulet.features.Schema.Field;
import io.rivulet.features.Schema.Kind;
import io.rivulet.features.Schema.Label;
import io.rivulet.features.Schema.Missing;
import io.rivulet.features.Schema.Pooling;
import io.rivulet.features.WireForm;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Events of one schema in a wire form, nine in ten of them damaged. */
final class EventSamples {
  /** Longer events are refused; few are. */
  static final int MAX_BYTES = 4000;

  /** All kinds of fields, an id, a time, and a label by a number. */
  static final Schema SCHEMA =
      new Schema(
          "shop",
          new Label("score", List.of(), List.of(), 0.5),
          "$.event.id",
          new EventTime("$.event.time", EventTime.Unit.ISO),
          List.of(
              Field.dense("price", "$.item.price", Scaling.LOG1P, false),
              Field.dense("discount", "discount", Scaling.NONE, false),
              Field.dense("orders", "$.user.orders", Scaling.LOG1P, true),
              Field.categorical("user", "$.user.id"),
              new Field(
                  "brand",
                  "brand",
                  Kind.CATEGORICAL,
                  Scaling.LOG1P,
                  false,
                  Missing.ZERO,
                  -1,
                  "|",
                  Pooling.MEAN),
              Field.multiValued("tags", "$.item.tags", Pooling.MEAN),
              new Field(
                  "query",
                  "query",
                  Kind.MULTI_VALUED,
                  Scaling.LOG1P,
                  false,
                  Missing.ZERO,
                  -1,
                  "--",
                  Pooling.SUM)),
          List.of());

  /** Cells that are read in more ways than one, or by none. */
  private static final List<String> ODD =
      List.of(
          "",
          " ",
          "0",
          "1",
          "-0",
          "+1",
          " 1",
          "1 ",
          "01",
          "1.",
          ".5",
          "1.0",
          "5.7",
          "1e5",
          "1E-3",
          "1e400",
          "1d",
          "1f",
          "1L",
          "0x10",
          "1_000",
          "1,5",
          "NaN",
          "nan",
          "\"NaN\"",
          "Infinity",
          "-Infinity",
          "inf",
          "9007199254740993",
          "9223372036854775807",
          "9223372036854775808",
          "99999999999999999999",
          "3.4e38",
          "3.5e38",
          "0.1000000000000000055511151231257827",
          "true",
          "false",
          "null",
          "None",
          "[]",
          "[1,2]",
          "[\"a\",null]",
          "{}",
          "{\"v\":1}",
          "\"",
          "\\",
          "\\u0041",
          "\u0000",
          "\u0085",
          "\u2028",
          "\uFEFF1",
          "\u0661",
          "\u00A01",
          "a|b",
          "|",
          "||",
          "a--b",
          "---",
          "--",
          "2024-02-30",
          "2024-02-29",
          "2024-1-2",
          "2024-01-02T03:04:05",
          "2024-01-02 03:04:05.123456789Z",
          "2024-01-02T03:04:05+18:00",
          "24:00",
          "1704164645",
          "\uD83D\uDE00",
          "e\u0301",
          "a\rb",
          "a\nb",
          "x".repeat(500));

  private final EventEncoder encoder;

  EventSamples(WireForm form) {
    this.encoder = new EventEncoder(SCHEMA, form);
  }

  /** An event; its key and value may be null. */
  Message event(SplittableRandom random) {
    String[] cells = cells(random);
    int damage = random.nextInt(10);
    if (damage >= 1 && damage <= 5) {
      do {
        cells[random.nextInt(cells.length)] = ODD.get(random.nextInt(ODD.size()));
      } while (random.nextInt(3) == 0);
    }
    Message sound = encoder.encode(String.join("\t", cells).getBytes(UTF_8));
    byte[] key = sound.key().length == 0 ? null : sound.key();
    if (damage <= 5) {
      return new Message(key, sound.value());
    }
    return switch (random.nextInt(40)) {
      case 0 -> new Message(key, null);
      case 1 -> new Message(key, new byte[0]);
      case 2 -> new Message(null, sound.value());
      case 3 -> new Message(new byte[0], sound.value());
      case 4 -> new Message(key, noise(random));
      case 5, 6, 7, 8 ->
          new Message(
              key == null ? sound.value() : Mutator.mutate(key, sound.value(), random),
              sound.value());
      default -> new Message(key, Mutator.mutate(sound.value(), sound.value(), random));
    };
  }

  private static byte[] noise(SplittableRandom random) {
    byte[] noise = new byte[random.nextInt(2 * MAX_BYTES)];
    random.nextBytes(noise);
    return noise;
  }

  private static String[] cells(SplittableRandom random) {
    return new String[] {
      random.nextInt(101) / 100.0 + "",
      random.nextInt(20_000) / 100.0 + "",
      random.nextInt(101) / 100.0 + "",
      random.nextInt(50) + "",
      "u" + random.nextInt(100),
      random.nextBoolean() ? "" : "b" + random.nextInt(20),
      texts("|", random),
      texts("--", random),
      "e-" + random.nextInt(),
      "2024-01-0" + (1 + random.nextInt(9)) + "T03:04:05Z"
    };
  }

  private static String texts(String separator, SplittableRandom random) {
    return String.join(
        separator, IntStream.range(0, random.nextInt(4)).mapToObj(i -> "t" + i).toList());
  }
}
