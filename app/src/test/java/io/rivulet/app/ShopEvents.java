package io.rivulet.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.rivulet.features.Schema.Kind;
import io.rivulet.trainer.model.CounterRandom;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Made-up events of conf/schema-example.yaml as lines of JSON; event i is a function of i. One
 * field of each kind tells how likely a click is: the discount (dense), the device (categorical)
 * and the item's tags (multi-valued). All others tell nothing.
 */
final class ShopEvents {
  /** The schema, seen from the module's directory, where tests run. */
  static final String SCHEMA = Path.of("..", "conf", "schema-example.yaml").toString();

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long SEED = 11;
  private static final long FIRST_TIME = 1_767_225_600_000L;

  /** From likely to unlikely; those in the middle tell nothing. */
  private static final List<String> DEVICES = List.of("phone", "tablet", "desktop");

  private static final List<String> TAGS = List.of("new", "sale", "plain", "used", "old");

  private static final List<String> CLICKS = List.of("click", "add_to_cart", "purchase");

  private final long i;
  private final Set<Kind> telling;

  private ShopEvents(long i, Set<Kind> telling) {
    this.i = i;
    this.telling = telling;
  }

  /** Events {@code from}, {@code from} + 1 and so on. */
  static List<String> lines(long from, int count) {
    return lines(from, count, EnumSet.allOf(Kind.class));
  }

  /** Events in which only fields of these kinds tell something; the others' are all the same. */
  static List<String> lines(long from, int count, Set<Kind> telling) {
    return LongStream.range(from, from + count)
        .mapToObj(i -> new ShopEvents(i, telling).line())
        .toList();
  }

  private int pick(int stream, int choices) {
    return (int) (CounterRandom.uniform(SEED, stream, i) * choices);
  }

  private double discount() {
    return telling.contains(Kind.DENSE) ? pick(1, 101) / 100.0 : 0.5;
  }

  private int device() {
    return telling.contains(Kind.CATEGORICAL) ? pick(2, DEVICES.size()) : 1;
  }

  private List<Integer> tags() {
    if (!telling.contains(Kind.MULTI_VALUED)) {
      return List.of(2);
    }
    int first = pick(3, TAGS.size());
    return IntStream.rangeClosed(0, pick(4, 3))
        .mapToObj(next -> (first + next) % TAGS.size())
        .toList();
  }

  private boolean click() {
    double logit =
        6 * (discount() - 0.5)
            + 2 * (1 - device())
            + 1.5 * tags().stream().mapToDouble(tag -> 2 - tag).average().orElseThrow();
    return CounterRandom.uniform(SEED, 0, i) < 1 / (1 + StrictMath.exp(-logit));
  }

  private String line() {
    ObjectNode root = JSON.createObjectNode();
    root.putObject("event")
        .put("id", "e-" + i)
        .put("type", click() ? CLICKS.get(pick(5, CLICKS.size())) : "impression")
        .put("time", FIRST_TIME + 1000 * i);
    ObjectNode user = root.putObject("user");
    user.put("id", "u-" + pick(6, 200));
    user.put("country", List.of("DE", "FR", "JP", "US").get(pick(7, 4)));
    user.put("orders", pick(8, 20));
    if (pick(9, 4) > 0) {
      user.put("segment", "s" + pick(10, 4));
    }
    texts(11, "i-", 100).forEach(user.putArray("bought")::add);
    ObjectNode item = root.putObject("item");
    item.put("id", "i-" + pick(15, 100));
    item.put("price", (100 + pick(16, 20_000)) / 100.0);
    item.put("discount", discount());
    item.put("age_days", pick(17, 500));
    item.put("seller", "s-" + pick(18, 10));
    if (pick(19, 5) > 0) {
      item.put("brand", "b-" + pick(20, 20));
    }
    tags().stream().map(TAGS::get).forEach(item.putArray("tags")::add);
    ObjectNode page = root.putObject("page");
    page.put("type", List.of("search", "home", "item").get(pick(21, 3)));
    page.put("position", pick(22, 30));
    page.put("device", DEVICES.get(device()));
    if (pick(23, 2) > 0) {
      page.put("query", String.join(" ", texts(24, "word", 30)));
    }
    try {
      return JSON.writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** None to three texts; uses four streams. */
  private List<String> texts(int stream, String prefix, int choices) {
    List<String> texts = new ArrayList<>();
    for (int n = pick(stream, 4); n > 0; n--) {
      texts.add(prefix + pick(stream + n, choices));
    }
    return texts;
  }
}
