package io.rivulet.trainer.spark;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;

/** Rounds of this process, for the tasks that Spark runs in it in local mode. */
final class LocalRounds {
  private static final Map<Long, IntConsumer> ROUNDS = new ConcurrentHashMap<>();
  private static final AtomicLong NEXT = new AtomicLong();

  private LocalRounds() {}

  /**
   * Begins a round.
   *
   * @param task runs the task of a number; a repeated one does the same again
   * @return the round's number
   */
  static long begin(IntConsumer task) {
    long round = NEXT.incrementAndGet();
    ROUNDS.put(round, task);
    return round;
  }

  static void run(long round, int task) {
    ROUNDS.get(round).accept(task);
  }

  static void end(long round) {
    ROUNDS.remove(round);
  }
}
