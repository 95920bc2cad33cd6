package io.rivulet.app.bench;

import io.rivulet.trainer.model.CounterRandom;
import io.rivulet.trainer.model.ExampleBlock;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Takes clicks to the keys 0 to n − 1 of a table. A key of the clicks goes to a random place, the
 * same in each round, so that frequent ones stay frequent and rare ones are spread over the whole
 * table: a large table's rows are found neither in the caches nor in the TLB. Two keys of a round
 * that would meet are kept apart, so that tables of all sizes have equally many rows touched.
 */
final class KeySpread {
  private KeySpread() {}

  /**
   * A round over the keys of a table.
   *
   * @param keys of the table; at least as many as the round has
   */
  static ExampleBlock over(int keys, ExampleBlock round) {
    Map<Long, Long> places = new HashMap<>();
    Set<Long> taken = new HashSet<>();
    long[] mapped = new long[round.keys().length];
    for (int i = 0; i < mapped.length; i++) {
      mapped[i] = places.computeIfAbsent(round.keys()[i], key -> freePlace(key, keys, taken));
    }
    return BenchRows.withKeys(round, mapped);
  }

  private static long freePlace(long key, int keys, Set<Long> taken) {
    long place = Math.floorMod(CounterRandom.mix(key), keys);
    while (!taken.add(place)) {
      place = (place + 1) % keys;
    }
    return place;
  }
}
