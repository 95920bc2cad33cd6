package io.rivulet.app.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Counts how the cases of one kind of input end, and tells of those that fail. */
final class Outcomes {
  /** What a case may allocate. */
  static final long MAX_ALLOCATED = 64 << 20;

  private static final long MAX_NANOS = 30_000_000_000L;
  private static final String FAILED = "failed";
  private static final int MAX_SHOWN = 20;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final String input;
  private final Consumer<String> console;
  private final Map<String, Long> counts = new TreeMap<>();
  private long mostAllocated;

  /**
   * Counts of nothing yet.
   *
   * @param input what it is that is damaged, as {@code --only} names it
   */
  Outcomes(String input, Consumer<String> console) {
    this.input = input;
    this.console = console;
    counts.put(FAILED, 0L);
  }

  /** A case; gives its outcome, or throws what no case may throw. */
  interface Attempt {
    String run() throws Exception;
  }

  /** Runs a case in this thread and counts it. */
  void run(long number, Attempt attempt) {
    long allocated = THREADS.getCurrentThreadAllocatedBytes();
    long nanos = System.nanoTime();
    String outcome;
    try {
      outcome = attempt.run();
    } catch (Throwable e) {
      failed(number, e.toString());
      return;
    }
    allocated = THREADS.getCurrentThreadAllocatedBytes() - allocated;
    nanos = System.nanoTime() - nanos;
    mostAllocated = Math.max(mostAllocated, allocated);
    if (allocated > MAX_ALLOCATED || nanos > MAX_NANOS) {
      failed(number, outcome + " after " + allocated + " bytes and " + nanos + " ns");
    } else {
      count(outcome, 1);
    }
  }

  void count(String outcome, long cases) {
    counts.merge(outcome, cases, Long::sum);
  }

  void failed(long number, String why) {
    count(FAILED, 1);
    if (failures() <= MAX_SHOWN) {
      console.accept("--only " + input + "=" + number + " failed: " + why);
    }
  }

  long failures() {
    return counts.get(FAILED);
  }

  /** Cases by outcome. */
  Map<String, Long> counts() {
    return counts;
  }

  /** Most bytes that a case allocated. */
  long mostAllocated() {
    return mostAllocated;
  }
}
