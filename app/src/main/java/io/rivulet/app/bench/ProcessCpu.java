package io.rivulet.app.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** CPU time of this process. */
final class ProcessCpu {
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private static final double NANO = 1e9;

  private ProcessCpu() {}

  /** Seconds that all threads have run, since the process was started. */
  static double seconds() {
    return SYSTEM.getProcessCpuTime() / NANO;
  }
}
