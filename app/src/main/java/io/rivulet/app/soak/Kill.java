package io.rivulet.app.soak;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * One kill of a campaign.
 *
 * @param victim what is killed
 * @param delayMs how long after the moment that the victim names, milliseconds
 */
record Kill(Victim victim, long delayMs) {
  private static final int STARTING_MS = 6_000;
  private static final int LEARNING_MS = 2_000;

  /** Every five kills are these, in an order that is drawn. */
  private static final List<Victim> FIVE =
      List.of(Victim.DRIVER, Victim.DRIVER, Victim.DRIVER, Victim.EXECUTOR, Victim.STARTING_DRIVER);

  /** What is killed. */
  enum Victim {
    /** The driver, after it has committed something. */
    DRIVER,
    /** The driver, after it was started: perhaps before it has committed anything. */
    STARTING_DRIVER,
    /** One of the executors, after the driver has committed something. */
    EXECUTOR
  }

  /** The kills of a campaign; the same for the same seed. */
  static List<Kill> campaign(int kills, long seed) {
    Random random = new Random(seed);
    List<Victim> victims = new ArrayList<>();
    List<Kill> campaign = new ArrayList<>();
    for (int i = 0; i < kills; i++) {
      if (victims.isEmpty()) {
        victims.addAll(FIVE);
        Collections.shuffle(victims, random);
      }
      Victim victim = victims.remove(victims.size() - 1);
      int within = victim == Victim.STARTING_DRIVER ? STARTING_MS : LEARNING_MS;
      campaign.add(new Kill(victim, random.nextInt(within)));
    }
    return campaign;
  }

  /** Whether a driver that is started before the kill of number {@code next} loses an executor. */
  static boolean needsExecutors(List<Kill> campaign, int next) {
    return next < campaign.size() && campaign.get(next).victim == Victim.EXECUTOR;
  }
}
