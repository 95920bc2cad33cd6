package io.rivulet.app.fuzz;

import io.rivulet.trainer.model.CounterRandom;
import java.util.SplittableRandom;

/** Feeds damaged input of one kind to the code that reads it. */
interface Fuzz {
  /**
   * Runs the cases {@code from} to {@code until - 1}. What a case does depends on nothing but the
   * seed and its number.
   */
  void run(long from, long until, Outcomes outcomes);

  /** The random numbers of a case. */
  static SplittableRandom random(long seed, long number) {
    return new SplittableRandom(CounterRandom.mix(seed) ^ number);
  }
}
