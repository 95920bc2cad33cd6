package io.rivulet.app.bench;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/** The heap of this process. */
final class Heap {
  static final double GIB = 1 << 30;

  private Heap() {}

  /** What -Xmx says; Runtime.maxMemory leaves out what the collector keeps free. */
  static long maxBytes() {
    return Long.parseLong(
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
            .getVMOption("MaxHeapSize")
            .getValue());
  }

  /** What is in use after a collection. */
  static long usedBytes() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
