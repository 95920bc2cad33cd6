package io.rivulet.trainer.store;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Lines for people, in one file that grows. Where files can't grow, in parts: the newest is written
 * again with each line, until it has {@link #PART_CHARS}.
 */
final class MetricsLog {
  private static final int PART_CHARS = 64 << 10;

  private final StoreFiles files;
  private final int epoch;
  private final StringBuilder part = new StringBuilder();
  private int number = 1;

  MetricsLog(StoreFiles files, int epoch) {
    this.files = files;
    this.epoch = epoch;
  }

  void add(String line) throws IOException {
    if (files.appends()) {
      files.append(StoreNames.METRICS, line);
      return;
    }
    byte[] lines = part.append(line).append('\n').toString().getBytes(StandardCharsets.UTF_8);
    files.copy(new ByteArrayInputStream(lines), StoreNames.metrics(epoch, number));
    if (part.length() >= PART_CHARS) {
      part.setLength(0);
      number++;
    }
  }
}
