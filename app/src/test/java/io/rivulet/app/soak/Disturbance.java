package io.rivulet.app.soak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/** Disturbs tasks in real executors, as {@code spark.rivulet.test.disturbance} says. */
public final class Disturbance implements SparkPlugin {
  private static final String SETTING = "spark.rivulet.test.";
  private static final int MB = 1 << 20;
  private static final Duration POLL = Duration.ofMillis(20);

  /** What is done to tasks. */
  enum Kind {
    /** One executor's heap is full from the begin of its first task on. */
    FILL_ONE,
    /** Each executor's is. */
    FILL_ALL,
    /** Tasks on {@link #SLOW_HOST} wait until the directory has a file {@link #RELEASED}. */
    STRAGGLE
  }

  static final String SLOW_HOST = "127.0.0.2";
  static final String RELEASED = "released";
  private static final String FILLED = "filled";
  private static final String HELD = "held";

  /** Options for a driver's JVM. */
  static List<String> options(Kind kind, Path directory) {
    return List.of(
        "-Dspark.plugins=" + Disturbance.class.getName(),
        "-D" + SETTING + "disturbance=" + kind,
        "-D" + SETTING + "directory=" + directory);
  }

  /** Whether a task was held up. */
  static boolean heldUp(Path directory) {
    return Files.exists(directory.resolve(HELD));
  }

  /** Whether an executor's heap was filled. */
  static boolean filled(Path directory) {
    return Files.exists(directory.resolve(FILLED));
  }

  @Override
  public DriverPlugin driverPlugin() {
    return null;
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new ExecutorPlugin() {
      private final List<byte[]> ballast = new ArrayList<>();
      private Kind kind;
      private Path directory;

      @Override
      public void init(PluginContext context, Map<String, String> extra) {
        kind = Kind.valueOf(context.conf().get(SETTING + "disturbance"));
        directory = Path.of(context.conf().get(SETTING + "directory"));
      }

      @Override
      public void onTaskStart() {
        switch (kind) {
          case FILL_ONE -> {
            if (created(FILLED)) {
              fill();
            }
          }
          case FILL_ALL -> fill();
          case STRAGGLE -> {
            if (SparkEnv.get().blockManager().blockManagerId().host().equals(SLOW_HOST)) {
              created(HELD);
              while (!Files.exists(directory.resolve(RELEASED))) {
                LockSupport.parkNanos(POLL.toNanos());
              }
            }
          }
        }
      }

      private boolean created(String name) {
        try {
          Files.createFile(directory.resolve(name));
          return true;
        } catch (FileAlreadyExistsException e) {
          return false;
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }

      /** Leaves the task nothing to allocate. */
      private synchronized void fill() {
        for (int bytes = MB; bytes > 1; bytes /= 2) {
          try {
            while (true) {
              ballast.add(new byte[bytes]);
            }
          } catch (OutOfMemoryError e) {
            // That much is no longer free.
          }
        }
      }
    };
  }
}
