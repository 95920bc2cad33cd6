package io.rivulet.trainer.store;

import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of the store that changes as long as a training runs, so that another can wait and see. It
 * protects nothing: that is what epochs do. No two clocks are compared.
 */
public final class SignOfLife implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SignOfLife.class);
  private static final Duration EVERY = Duration.ofSeconds(5);

  private static final Duration POLL = Duration.ofMillis(50);

  /** So long without a change, and nobody is there. */
  private static final Duration PATIENCE = EVERY.multipliedBy(3);

  private final StoreFiles files;
  private final int epoch;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread made = new Thread(task, "rivulet-alive");
            made.setDaemon(true);
            return made;
          });
  private long signs;

  SignOfLife(StoreFiles files, int epoch, Duration every) {
    this.files = files;
    this.epoch = epoch;
    thread.scheduleAtFixedRate(this::sign, 0, every.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Gives signs until it is closed. */
  public static SignOfLife of(StoreWriter writer) {
    return new SignOfLife(writer.files(), writer.epoch().epoch(), EVERY);
  }

  private void sign() {
    String sign = "epoch " + epoch + ", sign " + ++signs + "\n";
    try {
      files.copy(new ByteArrayInputStream(sign.getBytes(StandardCharsets.UTF_8)), StoreNames.ALIVE);
    } catch (IOException | RuntimeException e) {
      LOG.warn("Can't give a sign of life in the store: {}", e.getMessage());
    }
  }

  /**
   * Waits for a sign, if the last training didn't take its leave.
   *
   * @throws StoreException if one comes
   */
  public static void requireNone(String location, Configuration hadoop) {
    requireNone(new StoreFiles(location, hadoop), PATIENCE);
  }

  static void requireNone(StoreFiles files, Duration patience) {
    Optional<String> first = read(files);
    long deadline = System.nanoTime() + patience.toNanos();
    while (first.isPresent() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(POLL.toNanos());
      Optional<String> now = read(files);
      if (now.isEmpty()) {
        return;
      }
      if (!now.equals(first)) {
        throw new StoreException(
            "Another training runs on "
                + files.root()
                + "; stop it first, or with store.takeover: true this one ends it");
      }
    }
  }

  private static Optional<String> read(StoreFiles files) {
    try {
      return Optional.of(new String(files.read(StoreNames.ALIVE), StandardCharsets.UTF_8));
    } catch (FileNotFoundException none) {
      return Optional.empty();
    } catch (IOException e) {
      throw new StoreException("Can't read " + StoreNames.ALIVE + ": " + e.getMessage(), e);
    }
  }

  /** Takes the leave: the next training needn't wait. */
  @Override
  public void close() {
    thread.shutdown();
    try {
      thread.awaitTermination(EVERY.toSeconds(), TimeUnit.SECONDS);
      files.delete(StoreNames.ALIVE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      LOG.warn("Can't remove the sign of life from the store: {}", e.getMessage());
    }
  }
}
