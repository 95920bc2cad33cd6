package io.rivulet.trainer.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignOfLifeTest {
  private static final Duration OFTEN = Duration.ofMillis(5);
  private static final Duration LONG = Duration.ofMinutes(10);

  @TempDir Path directory;
  private StoreFiles files;

  @BeforeEach
  void openFiles() {
    files = new StoreFiles(directory.toString(), new Configuration());
  }

  @Test
  void aTrainingThatRunsIsSeenAndOneThatHasEndedIsNot() {
    try (SignOfLife alive = new SignOfLife(files, 3, OFTEN)) {
      assertThat(alive).isNotNull();
      assertThatThrownBy(
              () -> {
                while (true) {
                  // The first sign may not be there yet.
                  SignOfLife.requireNone(files, LONG);
                }
              })
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("Another training runs on")
          .hasMessageContaining("store.takeover");
    }
    assertThat(directory.resolve(StoreNames.ALIVE)).doesNotExist();
    assertThatCode(() -> SignOfLife.requireNone(files, LONG)).doesNotThrowAnyException();
  }

  @Test
  void aSignThatDoesNotChangeIsOfATrainingThatDied() throws Exception {
    Files.writeString(directory.resolve(StoreNames.ALIVE), "epoch 3, sign 17\n");

    long start = System.nanoTime();
    SignOfLife.requireNone(files, Duration.ofMillis(200));
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(200));
  }

  @Test
  void aTrainingThatEndsMeanwhileIsNotWaitedFor() throws Exception {
    Path sign = Files.writeString(directory.resolve(StoreNames.ALIVE), "epoch 3, sign 17\n");
    Thread ending =
        new Thread(
            () -> {
              try {
                Files.delete(sign);
              } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    ending.start();

    SignOfLife.requireNone(files, LONG);
    ending.join();
    assertThat(sign).doesNotExist();
  }
}
